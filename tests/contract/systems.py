"""Systems and receivers that do as they are told: answer anything, hang, reset, and remember who asked."""

import base64
import hashlib
import hmac
import http.client
import json
import socket
import struct
import threading
import time
import urllib.parse


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path = target.split("?")[0]
        self.at = time.time()

    def header(self, name):
        return self.headers.get(name.lower())

    @property
    def user(self):
        """User and password of basic authentication."""
        scheme, _, text = (self.header("authorization") or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        return tuple(base64.b64decode(text).decode().split(":", 1))

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode()))

    def __repr__(self):
        return f"{self.method} {self.target} {self.user or self.header('authorization')}"


def answer(status, body=b"", content_type="application/json", headers=()):
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    body = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Other')}", f"Content-Length: {len(body)}"]
    if content_type:
        head.append(f"Content-Type: {content_type}")
    head += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


GOOD = answer(200, {"value": []})
SIGN_IN_PAGE = answer(200, '<html><form><input type="password" name="p"></form></html>', "text/html")
REFUSED = answer(401, "no", "text/plain", [("WWW-Authenticate", 'Basic realm="walk"')])


class Hang:
    pass


class Reset:
    pass


class Cut:
    """Promises more than it sends."""


class Slow:
    def __init__(self, seconds, then=GOOD):
        self.seconds, self.then = seconds, then


class System:
    """Listens on a port of its own. `behaviour` is an answer, one of the above, or a function from request to such."""

    def __init__(self, behaviour=GOOD, port=0):
        self.behaviour, self.seen = behaviour, []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def forget(self):
        self.seen = []

    def close(self):
        # A close alone would not wake the thread that accepts, and the port would stay open.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def count(self, *user):
        """How many requests came, from this user and password or from anybody."""
        return sum(1 for request in self.seen if not user or request.user == user)

    def _accept(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(stream,), daemon=True).start()

    def _converse(self, stream):
        reader = stream.makefile("rb")
        try:
            while request := self._read(reader):
                self.seen.append(request)
                what = self.behaviour
                if callable(what) and not isinstance(what, type):
                    what = what(request)
                if isinstance(what, Slow):
                    time.sleep(what.seconds)
                    what = what.then
                if what is Hang:
                    time.sleep(120)
                    return
                if what is Reset:
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if what is Cut:
                    stream.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"half":')
                    return
                if request.method == "HEAD":
                    what = what.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
                stream.sendall(what)
        except (OSError, ValueError):
            pass
        finally:
            reader.close()
            stream.close()

    @staticmethod
    def _read(reader):
        line = reader.readline().decode("latin-1").split()
        if len(line) < 2:
            return None
        headers = {}
        while (header := reader.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = b""
        if "chunked" in headers.get("transfer-encoding", ""):
            while size := int(reader.readline().strip() or b"0", 16):
                body += reader.read(size)
                reader.readline()
            reader.readline()
        else:
            body = reader.read(int(headers.get("content-length", 0)))
        return Request(line[0], line[1], headers, body)


class Chatterer(System):
    """Answers in plain HTTP before anything was asked: no partner for TLS."""

    def _converse(self, stream):
        try:
            stream.sendall(answer(400, "no TLS here"))
            stream.recv(65536)
        finally:
            stream.close()


def guarded(user, password, then=GOOD):
    """Lets in who knows user and password."""
    return lambda request: then if request.user == (user, password) else REFUSED


class Receiver(System):
    """A receiver of webhooks that checks each signature."""

    def __init__(self, behaviour=None):
        super().__init__(behaviour or answer(204, content_type=None))
        self.secrets = []

    def events(self, kind=None):
        found = [(json.loads(request.body), request) for request in list(self.seen)]
        return [pair for pair in found if kind is None or pair[0]["type"] == kind]

    def is_signed(self, request, secret):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{request.header('webhook-id')}.{request.header('webhook-timestamp')}.".encode() + request.body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in (request.header("webhook-signature") or "").split()
