#!/usr/bin/env python3
"""Prints the licences of everything that is linked into the program, each text once.

packaging/licences.py TARGET. Asks cargo which crates are built for the target, takes the texts from their sources, and
those of the C libraries that two of them carry. A crate without any text or expression stops it.
"""
import json
import pathlib
import re
import subprocess
import sys

NAMES = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)", re.IGNORECASE)
# C code inside a crate: where its text lies.
CARRIED = {
    "sqlcipher-src": [("SQLCipher", ["sqlcipher/LICENSE-sqlcipher"]), ("LibTomCrypt", ["sqlcipher/LICENSE-libtomcrypt"])],
    "openssl-src": [("OpenSSL", ["openssl/LICENSE.txt"])],
}


def linked(target):
    """Crates reached by normal dependencies, and the sources of C code reached by build ones."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    data = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    found, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        for dependency in nodes[current]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            name = packages[dependency["pkg"]]["name"]
            if None in kinds or ("build" in kinds and name in CARRIED):
                waiting.append(dependency["pkg"])
    found.remove(data["resolve"]["root"])
    return sorted((packages[one] for one in found), key=lambda package: (package["name"], package["version"]))


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    paths = [path for path in folder.iterdir() if path.is_file() and NAMES.match(path.name)]
    if package.get("license_file"):
        paths.append(folder / package["license_file"])
    for licence_folder in ("LICENSES", "licenses"):
        if (folder / licence_folder).is_dir():
            paths += [path for path in (folder / licence_folder).iterdir() if path.is_file()]
    for path in sorted(set(paths)):
        yield path.read_text(errors="replace").replace("\r\n", "\n").strip()


def main():
    crates = linked(sys.argv[1])
    by_text, lines = {}, []
    for package in crates:
        label = f"{package['name']} {package['version']}"
        own = list(texts(package))
        expression = package.get("license") or ("see below" if own else None)
        if expression is None:
            sys.exit(f"{label} names no licence")
        lines.append(f"{label:<44} {expression}")
        for text in own:
            by_text.setdefault(text, []).append(label)
        for title, places in CARRIED.get(package["name"], []):
            folder = pathlib.Path(package["manifest_path"]).parent
            place = next((folder / place for place in places if (folder / place).exists()), None)
            if place is None:
                sys.exit(f"{label} should carry the licence of {title}, but does not")
            lines.append(f"  with {title}")
            by_text.setdefault(place.read_text(errors="replace").strip(), []).append(f"{title}, in {label}")
    print(f"Junctionbox is under Apache-2.0. Linked into it, or used to make its code, are these {len(crates)} libraries.\n")
    print("\n".join(lines))
    for text, labels in sorted(by_text.items(), key=lambda item: item[1]):
        print("\n" + "=" * 100)
        print(", ".join(labels))
        print("=" * 100 + "\n")
        print(text)


main()
