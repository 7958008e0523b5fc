"""§6: the signing proxy: paths as text, bodies both ways, what is judged and what passes."""

import hashlib
import http.client
import json

from instance import Answer, until
from statuses import connect
from systems import GOOD, Cut, Hang, Reset, System, answer, guarded


def walk(walk):
    api, customer = walk.stocked()
    paths(walk, api, customer)
    passing(walk, api, customer)
    failures(walk, api, customer)
    trials(walk, api, customer)


def raw(api, target, method="GET", body=None, headers=None):
    """Sends a target as it stands."""
    wire = http.client.HTTPConnection("127.0.0.1", api.instance.port, timeout=30)
    wire.putrequest(method, target, skip_accept_encoding=True)
    for name, value in {"Authorization": f"Bearer {api.key}", **(headers or {})}.items():
        wire.putheader(name, value)
    if body is not None:
        wire.putheader("Content-Length", str(len(body)))
    wire.endheaders(body)
    found = wire.getresponse()
    return Answer(found.status, found.getheaders(), found.read())


def paths(walk, api, customer):
    system = System()
    me = "/api/v1" + connect(api, customer, system, base_url=system.url + "/base")
    table = (
        ("/a/b", "/base/a/b"), ("/a%2Fb", "/base/a%2Fb"), ("/a//b", "/base/a//b"), ("/a/", "/base/a/"), ("", "/base"), ("/", "/base/"),
        ("/x?y=1&y=2&z=%20+", "/base/x?y=1&y=2&z=%20+"), ("/%C3%A9", "/base/%C3%A9"), ("/a;b=c,d", "/base/a;b=c,d"), ("/Sets(Key='a.b')", "/base/Sets(Key='a.b')"),
        ("/x?", "/base/x?"), ("/a.b/...", "/base/a.b/..."), ("/x?p=../..", "/base/x?p=../.."),
    )
    for sent, wanted in table:
        system.forget()
        found = raw(api, me + "/proxy" + sent)
        got = system.seen[-1].target if system.seen else None
        walk.holds(found.status == 200 and got in (wanted, wanted.rstrip("?"), (wanted + "/") if sent == "" else wanted), f"{sent!r} becomes {wanted!r}", (got, found))
    for bad in ("/../x", "/a/../../x", "/%2e%2e/x", "/.%2E/x", "/a/%2e/b", "/./a", "/a\\b", "/a%5Cb", "/..%2Fx", "/a%2F..%2Fb", "//evil.example/x", "/%2Fx", "/a/..", "/.."):
        system.forget()
        refused = raw(api, me + "/proxy" + bad)
        walk.problem(refused, 422, "validation_failed", f"the path {bad!r}")
        walk.equal(len(system.seen), 0, f"what {bad!r} sent")


def passing(walk, api, customer):
    body = bytes(range(256)) * 1000

    def behave(request):
        if request.path == "/echo":
            return answer(207, request.body, "application/x-own", [("X-Own", "kept"), ("Set-Cookie", "sid=1"), ("ETag", '"v1"')])
        if request.path.startswith("/status/"):
            return answer(int(request.path.split("/")[2]), {"own": True})
        return GOOD

    system = System(behave)
    me = "/api/v1" + connect(api, customer, system)
    system.forget()
    found = raw(api, me + "/proxy/echo", "POST", body, {"X-Mine": "1", "Idempotency-Key": "for-the-system", "Cookie": "a=b", "Connection": "close, X-Hop", "X-Hop": "1"})
    seen = system.seen[-1]
    walk.equal((found.status, hashlib.sha256(found.body).digest()), (207, hashlib.sha256(body).digest()), "a body both ways")
    walk.equal(seen.header("content-length"), str(len(body)), "Content-Length is kept")
    walk.equal(seen.user, ("u", "right"), "the sign-in is added, the caller's key removed")
    walk.equal((seen.header("x-mine"), seen.header("x-hop")), ("1", None), "headers pass, hop-by-hop ones do not")
    walk.holds(api.key not in str(seen.headers), "our key does not travel", seen.headers)
    walk.equal((found.header("junctionbox-upstream"), found.header("x-own"), found.header("content-type"), found.header("etag")), ("true", "kept", "application/x-own", '"v1"'), "its headers come back")
    walk.holds(found.header("x-request-id") and not found.header("set-cookie"), "our id is added, its session is kept", found.headers)
    for status in (200, 204, 301, 304, 400, 403, 404, 409, 422, 500, 503):
        try:
            found = raw(api, f"{me}/proxy/status/{status}")
        except OSError as error:
            walk.holds(False, f"its own {status}", error)
            continue
        walk.equal((found.status, found.header("junctionbox-upstream")), (status, "true"), f"its own {status}")
    walk.equal(api.get(me.removeprefix("/api/v1") + "/status")["status"], "active", "none of these is judged")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "MERGE", "PROPFIND"):
        system.forget()
        found = raw(api, f"{me}/proxy/m", method, b"" if method in ("POST", "PUT", "PATCH", "MERGE") else None)
        walk.equal((found.status, system.seen[-1].method if system.seen else None), (200, method), f"the method {method}")
    upgrade = raw(api, f"{me}/proxy/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"})
    walk.holds(400 <= upgrade.status < 600 and upgrade.code, "WebSockets are refused clearly", upgrade)
    reader = api.instance.caller("connections:read")
    walk.problem(raw(reader, f"{me}/proxy/x"), 403, "forbidden", "a key without proxy")
    log = lambda: api.get(me.removeprefix("/api/v1") + "/requests")
    walk.holds(until(lambda: log()["data"], 10), "the proxy's log", log())


def failures(walk, api, customer):
    system = System(guarded("u", "right"))
    me = "/api/v1" + connect(api, customer, system)
    system.behaviour = lambda request: Hang if request.path == "/slow" else Reset if request.path == "/reset" else GOOD
    walk.problem(raw(api, f"{me}/proxy/slow"), 504, "upstream_timeout", "no answer in time")
    walk.problem(raw(api, f"{me}/proxy/reset"), 502, "upstream_failed", "a reset")
    gone = System()
    me = "/api/v1" + connect(api, customer, gone)
    gone.close()
    walk.problem(raw(api, f"{me}/proxy/x"), 502, "upstream_failed", "nobody there")
    system = System(lambda request: answer(429, "slow", headers=[("Retry-After", "9")]) if request.path == "/much" else GOOD)
    me = "/api/v1" + connect(api, customer, system)
    found = raw(api, f"{me}/proxy/much")
    walk.equal((found.status, found.header("retry-after"), found.header("junctionbox-upstream")), (429, "9", "true"), "its throttling")
    walk.equal(api.get(me.removeprefix("/api/v1") + "/status")["reason"], "rate_limited", "is learnt")


def trials(walk, api, customer):
    system = System(guarded("u", "right"))
    me = connect(api, customer, system)
    system.behaviour = answer(500, "x")
    for _ in range(3):
        api.post(f"{me}/check")
    walk.equal(api.get(f"{me}/status")["status"], "unreachable", "unreachable")
    system.forget()
    found = [raw(api, f"/api/v1{me}/proxy/x") for _ in range(4)]
    refused = [one for one in found if one.code == "connection_unreachable"]
    walk.holds(len(refused) >= 3 and len([one for one in system.seen if one.path == "/x"]) <= 1, "one trial per window", found)
    walk.problem(refused[0], 503, "connection_unreachable", "the others")
    walk.holds(int(refused[0].header("retry-after") or 0) >= 1, "Retry-After", refused[0].headers)
