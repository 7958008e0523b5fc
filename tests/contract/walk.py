#!/usr/bin/env python3
"""Walks the contract line by line over the real program: one module per section, made-up systems on loopback.

    tests/contract/walk.py BINARY             every section
    tests/contract/walk.py BINARY statuses …  some

Prints what holds; each difference is told and the walk goes on; at the end it fails when there was one.
"""

import signal
import sys
import time

import budget
import commands
import configuration
import connecting
import credits
import errors
import events
import objects
import proxying
import statuses
import tokens
from instance import CONFIG, Instance

SECTIONS = {
    "objects": objects.walk,
    "errors": errors.walk,
    "connecting": connecting.walk,
    "statuses": statuses.walk,
    "budget": budget.walk,
    "tokens": tokens.walk,
    "proxying": proxying.walk,
    "credits": credits.walk,
    "events": events.walk,
    "commands": commands.walk,
    "configuration": configuration.walk,
}


class Walk:
    """What the sections share: the instance, a key that may all, and the tally."""

    def __init__(self, binary):
        self.binary, self.held, self.broken = binary, 0, []
        self.instance = self.api = None

    def fresh(self, config=CONFIG):
        """An instance of its own for a section."""
        if self.instance:
            self.instance.stop(signal.SIGKILL)
        self.instance = Instance(self.binary, config).start()
        self.api = self.instance.caller("all")
        return self.api

    def stocked(self, **customer):
        """The same, with credits and a customer: the key's caller and the customer's id."""
        api = self.fresh()
        api.post("/credits/grants", {"amount": 1000, "note": "walk"})
        return api, api.post("/customers", {"name": "Acme", **customer})["id"]

    def holds(self, truth, what, seen=None):
        """One line of the contract."""
        if truth:
            self.held += 1
        else:
            self.broken.append(f"{what} — seen: {seen!r}")
            print(f"   DIFFERS: {what} — seen: {seen!r}", flush=True)
        return bool(truth)

    def equal(self, seen, wanted, what):
        return self.holds(seen == wanted, f"{what} is {wanted!r}", seen)

    def problem(self, answer, status, code, what):
        """An answer is this problem, in the contract's form."""
        fine = (answer.status, answer.code) == (status, code) and (
            (answer.header("content-type") or "").startswith("application/problem+json")
            and all(answer.get(member) is not None for member in ("type", "title", "detail", "instance"))
            and answer.get("status") == status
            and answer.get("request_id") == answer.header("x-request-id")
        )
        return self.holds(fine, f"{what}: {status} {code}", answer)


def main():
    binary, *wanted = sys.argv[1:] or [""]
    if not binary or any(name not in SECTIONS for name in wanted):
        print(__doc__, "   Sections: " + ", ".join(SECTIONS), file=sys.stderr)
        return 2
    walk = Walk(binary)
    try:
        for name, section in SECTIONS.items():
            if wanted and name not in wanted:
                continue
            begun, held = time.monotonic(), walk.held
            print(f"-- {name}: {sys.modules[section.__module__].__doc__}", flush=True)
            section(walk)
            print(f"   {walk.held - held} hold, {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        if walk.instance:
            walk.instance.stop(signal.SIGKILL)
    print(f"{walk.held} lines of the contract hold, {len(walk.broken)} differ")
    for line in walk.broken:
        print("  " + line)
    return 1 if walk.broken else 0


if __name__ == "__main__":
    sys.exit(main())
