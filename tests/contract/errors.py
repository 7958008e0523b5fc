"""§3: every refusal is a problem in one form; broken requests too; headers, idempotency, versions, limits."""

import json
import socket
import threading
import time

from instance import Caller, Instance, until
from systems import Hang, Slow, System

LIMITED = "[api]\nrequests_per_second = 1\nburst = 5\nunauthenticated_per_second = 1\nunauthenticated_burst = 5\n"


def walk(walk):
    api = walk.fresh()
    callers(walk, api)
    bodies(walk, api)
    addresses(walk, api)
    once(walk, api)
    versions(walk, api)
    broken_http(walk, api)
    limits(walk)


def callers(walk, api):
    for key in (None, "jbx_nonsense", "nonsense", ""):
        walk.problem(Caller(api.instance, key).get("/customers"), 401, "unauthenticated", f"the key {key!r}")
    answer = Caller(api.instance, None).get("/customers")
    walk.holds((answer.header("www-authenticate") or "").startswith("Bearer"), "401 names the way to sign in", answer.headers)
    for value in ("Basic abc", "Bearer", "Bearer  ", f"bearer {api.key}", f"Bearer {api.key} x"):
        answer = Caller(api.instance, None).get("/customers", headers={"Authorization": value})
        wanted = 200 if value.startswith("bearer") else 401
        walk.equal(answer.status, wanted, f"Authorization: {value.replace(api.key, 'KEY')}")


def bodies(walk, api):
    j = {"Content-Type": "application/json"}
    walk.problem(api("POST", "/customers", raw=b"{", headers=j), 422, "validation_failed", "half an object")
    walk.problem(api("POST", "/customers", raw=b"", headers=j), 422, "validation_failed", "no body")
    walk.problem(api("POST", "/customers", raw=b"[]", headers=j), 422, "validation_failed", "a list")
    walk.problem(api("POST", "/customers", raw=b'{"name":"\xff\xfe"}', headers=j), 422, "validation_failed", "invalid UTF-8")
    walk.problem(api("POST", "/customers", raw=b'{"name":"a","name":"b"}', headers=j), 422, "validation_failed", "a field twice")
    walk.problem(api("POST", "/customers", raw=b"name=a", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415, "unsupported_media_type", "a form")
    walk.problem(api("POST", "/customers", raw=b'{"name":"a"}'), 415, "unsupported_media_type", "no content type")
    walk.equal(api("POST", "/customers", raw=b'{"name":"utf"}', headers={"Content-Type": "application/json; charset=utf-8"}).status, 201, "a content type with a charset")
    walk.problem(api("POST", "/customers", raw=b'{"name":"' + b"x" * 3_000_000 + b'"}', headers=j), 413, "payload_too_large", "3 MB")
    deep = b'{"name":"a","metadata":' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}"
    walk.problem(api("POST", "/customers", raw=deep, headers=j), 422, "validation_failed", "500 levels")
    walk.problem(api.post("/connections/con_00000000000000000000000000/check"), 404, "not_found", "a check of no connection")


def addresses(walk, api):
    walk.problem(api.get("/nothing"), 404, "not_found", "an unknown address")
    walk.problem(api.get("/customers/"), 404, "not_found", "a slash at the end")
    for method, path, allowed in (
        ("PUT", "/customers", "GET"), ("DELETE", "/instance", "GET"), ("GET", "/credits/quote", "POST"),
        ("PATCH", "/credits", "GET"), ("POST", "/systems/sap-ecc", "GET"), ("TRACE", "/customers", "GET"),
    ):
        answer = api(method, path)
        walk.problem(answer, 405, "method_not_allowed", f"{method} {path}")
        walk.holds(allowed in (answer.header("allow") or ""), f"{method} {path} names {allowed}", answer.headers)
    head, get = api("HEAD", "/customers"), api.get("/customers")
    walk.equal((head.status, head.body), (200, b""), "HEAD")
    walk.equal(head.header("content-length"), str(len(get.body)), "the length that HEAD tells")
    given = api.get("/instance", headers={"X-Request-Id": "walk-request-1"})
    walk.holds(given.header("x-request-id"), "every answer has X-Request-Id", given.headers)
    zipped = api.get("/systems", headers={"Accept-Encoding": "gzip"})
    walk.equal(zipped.header("content-encoding"), "gzip", "compression of a large answer")


def once(walk, api):
    key = {"Idempotency-Key": '"walk-1"'}
    first, second = (api.post("/customers", {"name": "Once"}, headers=key) for _ in range(2))
    walk.equal((first.status, second.status, second["id"]), (201, 201, first["id"]), "the same key twice")
    walk.equal(second.body, first.body, "the same bytes again")
    walk.problem(api.post("/customers", {"name": "Twice"}, headers=key), 422, "idempotency_key_reused", "another body")
    walk.equal(len(api.get("/customers?q=Once")["data"]), 1, "customers made")
    bare = api.post("/customers", {"name": "Once"}, headers={"Idempotency-Key": "walk-1"})
    walk.equal(bare["id"], first["id"], "the bare form of the key")
    other = Caller(api.instance, api.instance.key("all", name="other"))
    walk.holds(other.post("/customers", {"name": "Once"}, headers=key)["id"] != first["id"], "another caller's key is its own")
    for bad in ('""', '"open', "x" * 300):
        walk.problem(api.post("/customers", {"name": "Bad"}, headers={"Idempotency-Key": bad}), 422, "validation_failed", f"the key {bad[:10]}")
    refused = {"Idempotency-Key": "walk-2"}
    walk.problem(api.post("/customers", {"name": ""}, headers=refused), 422, "validation_failed", "a refused body with a key")
    walk.equal(api.post("/customers", {"name": "Mended"}, headers=refused).status, 201, "then the mended body with the same key")
    system = System(Slow(0.8))
    body = {"customer_id": first["id"], "system": "generic-rest", "hosting": "cloud", "base_url": system.url, "auth": {"scheme": "none"}}
    answers = []
    ask = lambda: answers.append(api.post("/connections", body, headers={"Idempotency-Key": "walk-3"}))
    one = threading.Thread(target=ask)
    one.start()
    until(lambda: system.seen, 5)
    walk.problem(api.post("/connections", body, headers={"Idempotency-Key": "walk-3"}), 409, "conflict", "the same key in flight")
    one.join()
    walk.equal((answers[0].status, len(system.seen)), (201, 1), "the one in flight")
    made = api.post("/api-keys", {"name": "once", "scopes": ["proxy"]}, headers={"Idempotency-Key": "walk-4"})
    again = api.post("/api-keys", {"name": "once", "scopes": ["proxy"]}, headers={"Idempotency-Key": "walk-4"})
    walk.equal(again["key"], made["key"], "a secret that is shown once, told again")


def versions(walk, api):
    made = api.post("/customers", {"name": "Tagged"})
    me = f"/customers/{made['id']}"
    tag = api.get(me).header("etag")
    walk.holds(tag, "an object has an ETag", api.get(me).headers)
    walk.equal(api.get(me, headers={"If-None-Match": tag}).status, 304, "If-None-Match")
    changed = api.patch(me, {"name": "Tagged 2"}, headers={"If-Match": tag})
    walk.equal(changed.status, 200, "a PATCH with the right If-Match")
    walk.holds(changed.header("etag") not in (None, tag), "a change changes the tag", changed.headers)
    walk.problem(api.patch(me, {"name": "Tagged 3"}, headers={"If-Match": tag}), 409, "conflict", "a stale If-Match")
    walk.problem(api.patch(me, {"name": "Tagged 3", "version": 1}), 409, "conflict", "a stale version")
    walk.equal(api.patch(me, {"name": "Tagged 3"}, headers={"If-Match": "*"}).status, 200, "If-Match: *")


def broken_http(walk, api):
    """What is no HTTP gets a clear problem too, never an empty answer."""
    authorized = f"Host: x\r\nAuthorization: Bearer {api.key}\r\n".encode()
    chunked = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for what, data, wanted in (
        ("chunked nonsense", b"POST /api/v1/customers HTTP/1.1\r\n" + authorized + chunked + b"zz\r\n{}\r\n0\r\n\r\n", (400, 422)),
        ("no request line", b"nonsense\r\n\r\n", (400,)),
        ("binary", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200, (400,)),
        ("a header with a bad name", b"GET /healthz HTTP/1.1\r\nHost: x\r\nbad name: x\r\n\r\n", (400,)),
        ("two lengths", b"POST /api/v1/customers HTTP/1.1\r\n" + authorized + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", (400,)),
        ("length and chunks", b"POST /api/v1/customers HTTP/1.1\r\n" + authorized + b"Content-Length: 5\r\n" + chunked + b"0\r\n\r\n", (400,)),
        ("a negative length", b"POST /api/v1/customers HTTP/1.1\r\n" + authorized + b"Content-Length: -5\r\n\r\n", (400,)),
        ("200 kB of headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(200)) + b"\r\n", (431, 400)),
        ("300 headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(300)) + b"\r\n", (431, 400)),
        ("a long address", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (414, 431, 400)),
    ):
        answer = parse(api.instance.raw(data))
        fine = answer and answer[0] in wanted and answer[1].get("content-type", "").startswith("application/problem+json")
        fine = fine and answer[1].get("x-request-id") and json.loads(answer[2]).get("request_id") == answer[1]["x-request-id"]
        walk.holds(fine, f"{what}: a problem with {wanted}", answer)
    slow_heads(walk, api)
    walk.equal(api.get("/instance").status, 200, "after all that it answers")


def slow_heads(walk, api):
    """A head has to arrive in time, the second one of a connection too."""
    whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    for what, before in (("the first head", b""), ("a later head", whole)):
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", api.instance.port), timeout=30) as wire:
            wire.sendall(before)
            received = b""
            while before and b"\r\n\r\n" not in received:
                received += wire.recv(65536)
            received = b""
            wire.settimeout(0.5)
            for byte in whole[:-2]:
                try:
                    wire.sendall(bytes([byte]))
                    piece = wire.recv(65536)
                except TimeoutError:
                    continue
                except OSError:
                    break
                received += piece
                if not piece:
                    break
        answer = parse(received[max(received.rfind(b"HTTP/1.1 408"), 0):])
        took = time.monotonic() - begun
        walk.holds(answer and answer[0] == 408 and answer[1].get("content-type") == "application/problem+json" and took < 15, f"{what} that trickles is told 408", (answer, took))


def parse(data):
    """Status, headers and body of raw bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/1."):
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def limits(walk):
    instance = Instance(walk.binary, LIMITED).start()
    try:
        api = instance.caller("all")
        answers = [api.get("/instance") for _ in range(12)]
        walk.equal(answers[0].status, 200, "the first request")
        walk.holds(answers[0].header("ratelimit") and answers[0].header("ratelimit-policy"), "RateLimit and RateLimit-Policy", answers[0].headers)
        limited = next((answer for answer in answers if answer.status == 429), None)
        walk.problem(limited, 429, "rate_limited", "a burst")
        walk.holds(int(limited.header("retry-after")) >= 1, "Retry-After", limited.headers)
        strangers = [Caller(instance, None).get("/instance") for _ in range(12)]
        walk.problem(strangers[-1], 429, "rate_limited", "a burst of strangers")
    finally:
        instance.stop()
