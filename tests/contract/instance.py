"""A running Junctionbox and the ways to speak to it: HTTP, raw bytes, the command line. Standard library only."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

CONFIG = """
[instance]
name = "Walk"
[egress]
allow = ["127.0.0.0/8"]
[health]
interval_seconds = 3600
confirm_delay_seconds = 1
connect_timeout_seconds = 1
response_timeout_seconds = 1
startup_grace_seconds = 0
[webhooks]
timeout_seconds = 2
schedule = ["0s", "1s", "1s", "1s"]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, seconds=15, pause=0.1):
    """Waits for a true answer of `what` and returns it, or the last answer when patience ends."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            return found
        time.sleep(pause)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    def __getitem__(self, key):
        return self.json.get(key) if isinstance(self.json, dict) else None

    def get(self, key):
        return self.json.get(key) if isinstance(self.json, dict) else None

    def header(self, name):
        return next((value for found, value in self.headers if found.lower() == name.lower()), None)

    @property
    def code(self):
        return self.get("code")

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Caller:
    """A program with a key."""

    def __init__(self, instance, key):
        self.instance, self.key = instance, key

    def __call__(self, method, path, body=None, headers=None, raw=None, prefix="/api/v1"):
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        sent.update(headers or {})
        if body is not None:
            raw = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        wire = http.client.HTTPConnection("127.0.0.1", self.instance.port, timeout=60)
        try:
            wire.request(method, prefix + path, body=raw, headers=sent)
            answer = wire.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            wire.close()

    def get(self, path, **more):
        return self("GET", path, **more)

    def post(self, path, body=None, **more):
        return self("POST", path, body, **more)

    def patch(self, path, body=None, **more):
        return self("PATCH", path, body, **more)

    def put(self, path, body=None, **more):
        return self("PUT", path, body, **more)

    def delete(self, path, **more):
        return self("DELETE", path, **more)


class Instance:
    """`junctionbox serve` over a data directory of its own; commands go to the same directory."""

    def __init__(self, binary, config=CONFIG, environment=None):
        self.binary = str(binary)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="junctionbox-walk-"))
        self.data, self.config = self.home / "data", self.home / "junctionbox.toml"
        self.config.write_text(config)
        self.environment = {**os.environ, **(environment or {})}
        self.process, self.port, self.output = None, free_port(), []

    def start(self, *more, patience=30):
        words = [self.binary, "serve", *self.at, "--listen", f"127.0.0.1:{self.port}", "--tls", "off", *more]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment
        )
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()
        if not until(lambda: self.process.poll() is not None or self.is_up(), patience):
            raise AssertionError("it did not start: " + "".join(self.output[-20:]))
        if self.process.poll() is not None:
            raise AssertionError("it ended at once: " + "".join(self.output[-20:]))
        return self

    def _listen(self, stream):
        for line in stream:
            self.output.append(line)

    def is_up(self):
        try:
            return Caller(self, None).get("/healthz", prefix="").status == 200
        except OSError:
            return False

    @property
    def at(self):
        return ["--config", str(self.config), "--data-dir", str(self.data)]

    def stop(self, how=signal.SIGTERM):
        """Ends it, and says after how many seconds and with which code."""
        begun = time.monotonic()
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        return time.monotonic() - begun, code

    def restart(self):
        self.stop()
        return self.start()

    def run(self, *words, **more):
        """One command over this directory."""
        return run(self.binary, *words, *self.at, environment=self.environment, **more)

    def key(self, *scopes, name="walk"):
        words = ["api-key", "create", "--name", name]
        for scope in scopes or ["all"]:
            words += ["--scope", scope]
        made = self.run(*words)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def caller(self, *scopes):
        return Caller(self, self.key(*scopes))

    def raw(self, data, patience=5.0):
        """What comes back for these bytes, until the server closes or patience ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as wire:
            wire.settimeout(patience)
            received = b""
            try:
                wire.sendall(data)
                while piece := wire.recv(65536):
                    received += piece
            except OSError:
                pass
            return received

    def setup_link(self):
        return next(iter(re.findall(r"http://\S+/setup/\S+", "".join(self.output))), None)


def run(binary, *words, environment=None, input=None, timeout=60):
    return subprocess.run(
        [str(binary), *words], capture_output=True, text=True, env=environment, input=input, timeout=timeout
    )


def path_of(url):
    return urllib.parse.urlsplit(url).path
