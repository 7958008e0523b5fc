"""§6: connections made, listed, changed, reconnected, paused, ended; links."""

from instance import Caller, path_of
from objects import TIME, is_id
from systems import GOOD, System, answer, guarded


def walk(walk):
    api, customer = walk.stocked(external_id="x-1")
    made = shape(walk, api, customer)
    refusals(walk, api, customer)
    changes(walk, api, made)
    filters(walk, api, customer)
    reconnecting(walk, api, customer)
    pending(walk, api, customer)
    sandbox(walk, api, customer)
    probes(walk, api, customer)
    life(walk, api, customer)
    links(walk, api, customer)


def basic(customer, system, password="right", **more):
    return {
        "customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": system.url,
        "auth": {"scheme": "basic", "username": "u", "password": password}, **more,
    }


def shape(walk, api, customer):
    system = System(guarded("JBX", "secret-password"))
    made = api.post("/connections", {
        "customer_id": customer, "system": "sap-ecc", "hosting": "on_premises", "base_url": system.url, "name": "ECC Plant 2",
        "parameters": {"sap-client": "100"}, "auth": {"scheme": "basic", "username": "JBX", "password": "secret-password"},
        "check_interval_seconds": 60, "metadata": {"line": "2"}})
    walk.equal(made.status, 201, "POST /connections")
    walk.holds(is_id(made["id"], "con"), "a connection's id", made)
    wanted = {
        "customer_id": customer, "system": "sap-ecc", "name": "ECC Plant 2", "hosting": "on_premises", "base_url": system.url,
        "parameters": {"sap-client": "100"}, "auth": {"scheme": "basic", "username": "JBX"}, "status": "active",
        "reauthorization_required": False, "reason": None, "credits": 8, "check_interval_seconds": 60, "metadata": {"line": "2"}, "version": 1,
    }
    for member, value in wanted.items():
        walk.equal(made[member], value, f"a connection's {member}")
    walk.holds(TIME.match(made["created_at"]) and TIME.match(made["updated_at"]), "its times", made)
    walk.holds("secret-password" not in made.body.decode(), "its secret does not come back")
    walk.holds(all("sap-client=100" in one.target for one in system.seen), "the parameter travels", system.seen)
    me = f"/connections/{made['id']}"
    walk.equal(api.get(me).json, made.json, "GET of the connection")
    status = api.get(f"{me}/status")
    members = ("connection_id status reauthorization_required reason fault_scope message since last_checked_at last_ok_at "
               "next_check_at expires_at episode_id reconnect_url uptime metadata").split()
    walk.equal([member for member in members if member not in status.json], [], "what the status lacks")
    walk.equal((status["status"], status["reason"], status["fault_scope"], status["episode_id"], status["reconnect_url"]),
               ("active", None, None, None, None), "an active status")
    walk.equal((status["connection_id"], status["metadata"]), (made["id"], {"line": "2"}), "whose status")
    walk.holds("24h" in status["uptime"] and "30d" in status["uptime"], "uptime", status)
    checked = api.post(f"{me}/check")
    walk.equal(checked.status, 200, "POST …/check")
    walk.equal([m for m in ("status", "reason", "fault_scope", "observation", "decision") if m not in checked.json], [], "what a check's answer lacks")
    walk.equal(checked["decision"]["rule"], 13, "the rule of a good answer")
    checks = api.get(f"{me}/checks")
    walk.holds(checks["data"] and is_id(checks["data"][0]["id"], "chk"), "GET …/checks", checks)
    moved = api.get(f"{me}/transitions")
    walk.holds(moved.status == 200 and "next_cursor" in moved.json, "GET …/transitions", moved)
    return made


def refusals(walk, api, customer):
    system = System(guarded("u", "right"))
    refused = api.post("/connections", basic(customer, system, "wrong"))
    walk.problem(refused, 422, "verification_failed", "a wrong password")
    walk.holds(refused.get("observation") and refused.get("reason") == "credentials_rejected", "it carries the observation and the reason", refused)
    walk.equal(system.count("u", "wrong"), 1, "sign-ins with a wrong password by a person")
    walk.equal(api.get(f"/connections?q={system.port}")["data"], [], "what was stored")
    gone = System()
    gone.close()
    refused = api.post("/connections", basic(customer, gone))
    walk.problem(refused, 422, "verification_failed", "a system that is not there")
    walk.equal(refused.get("reason"), "connection_refused", "its reason")
    denied = api.post("/connections", {**basic(customer, gone), "base_url": "https://10.1.2.3"})
    walk.problem(denied, 403, "egress_denied", "an address outside the policy")
    walk.problem(api.post("/connections", {**basic(customer, gone), "base_url": "http://10.1.2.3"}), 403, "egress_denied", "plain HTTP to elsewhere")
    for change, field in (
        ({"customer_id": "cus_00000000000000000000000000"}, "customer_id"), ({"system": "nonsense"}, "system"), ({"hosting": "moon"}, "hosting"),
        ({"base_url": "ftp://x"}, "base_url"), ({"base_url": "http://u:p@127.0.0.1/"}, "base_url"), ({"base_url": ""}, "base_url"),
        ({"auth": {"scheme": "nonsense"}}, "auth.scheme"), ({"auth": {"scheme": "basic", "username": "u"}}, "auth.password"),
        ({"auth": {"scheme": "basic", "username": "u", "password": "p", "other": "x"}}, "auth.other"), ({"nonsense": 1}, "nonsense"),
        ({"check_interval_seconds": 0}, "check_interval_seconds"), ({"parameters": {"nonsense": "1"}}, "parameters.nonsense"), ({"tier": 4}, "tier"),
        ({"system": "sap-ecc", "hosting": "on_premises", "tier": 1}, "tier"),
        ({"system": "sap-ecc", "hosting": "on_premises", "probe": {"method": "GET", "path": "/"}}, "probe"), ({"system": "sap-ecc", "hosting": "cloud"}, "hosting"),
        ({"probe": {"method": "GET", "path": "no slash"}}, "probe.path"), ({"metadata": "text"}, "metadata"),
    ):
        refused = api.post("/connections", {**basic(customer, system), **change})
        walk.problem(refused, 422, "validation_failed", f"a connection with {change}")
        walk.holds(any(error["field"] == field for error in refused.get("errors") or []), f"it names {field}", refused)


def changes(walk, api, made):
    me = f"/connections/{made['id']}"
    changed = api.patch(me, {"name": "New", "check_interval_seconds": 120, "metadata": {}})
    walk.equal((changed.status, changed["name"], changed["check_interval_seconds"], changed["metadata"]), (200, "New", 120, {}), "PATCH")
    walk.holds(changed["version"] > made["version"], "a change counts the version up", changed["version"])
    for field in ("base_url", "parameters", "auth", "system", "hosting", "status", "tier", "customer_id", "probe"):
        walk.problem(api.patch(me, {field: made[field]}), 422, "validation_failed", f"PATCH of {field}")
    walk.problem(api.patch(me, {"name": "x", "version": 1}), 409, "conflict", "a stale version")
    walk.equal(api.patch(me, {"check_interval_seconds": 5}).status, 200, "a shorter wish than the system's least")
    shown = api.get(me)
    walk.holds(shown["check_interval_seconds"] >= 60 or shown["minimum_check_interval_seconds"] >= 60, "the connection says so", shown)


def filters(walk, api, customer):
    system = System()
    one = api.post("/connections", {**basic(customer, system), "auth": {"scheme": "none"}, "tier": 2, "name": "filtered-one"})
    for query, found in (
        (f"customer_id={customer}", True), ("status=active", True), ("status=pending", False), ("system=generic-rest", True), ("system=sap-ecc", False),
        ("tier=2", True), ("tier=3", False), ("hosting=cloud", True), ("hosting=on_premises", False), ("q=filtered-one", True), ("q=zzz", False),
        ("status=active,degraded", True), ("status=active&status=degraded", True),
    ):
        listed = api.get(f"/connections?limit=200&{query}")
        walk.equal(one["id"] in [c["id"] for c in listed["data"] or []], found, f"?{query}")
    for bad in ("status=nonsense", "tier=9", "hosting=moon", "customer_id=x", "nonsense=1"):
        walk.problem(api.get(f"/connections?{bad}"), 422, "validation_failed", f"?{bad}")


def reconnecting(walk, api, customer):
    system = System(guarded("u", "right"))
    made = api.post("/connections", basic(customer, system))
    me = f"/connections/{made['id']}"
    system.behaviour = guarded("u", "newer")
    wrong = api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "wrong"}})
    walk.problem(wrong, 422, "verification_failed", "PUT of a wrong password")
    other = System(guarded("u", "newer"))
    swapped = api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "newer"}, "base_url": other.url})
    walk.equal((swapped.status, swapped["id"], swapped["base_url"], swapped["status"]), (200, made["id"], other.url, "active"), "PUT with another address")
    walk.equal(swapped["credits"], made["credits"], "the cost stays")
    walk.problem(api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "x"}, "name": "n"}), 422, "validation_failed", "an unknown field")
    walk.problem(api.put(f"{me}/credentials", {}), 422, "validation_failed", "no auth")


def pending(walk, api, customer):
    system = System(guarded("u", "right"))
    made = api.post("/connections", basic(customer, system, verify=False))
    walk.equal((made.status, made["status"], made["reason"], len(system.seen)), (201, "pending", "never_verified", 0), "verify: false")
    me = f"/connections/{made['id']}"
    walk.problem(api.get(f"{me}/proxy/x"), 409, "connection_pending", "the proxy of a pending connection")
    walk.equal(api.get(f"{me}/status")["reauthorization_required"], False, "pending asks for no sign-in")
    walk.equal(api.post(f"{me}/check")["status"], "active", "a check proves it")
    invited = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "verify": False})
    walk.equal((invited.status, invited["status"]), (201, "pending"), "without credentials")
    walk.problem(api.post(f"/connections/{invited['id']}/check"), 409, "connection_pending", "a check without credentials")
    walk.holds(api.get(f"/connections/{invited['id']}/checks")["data"] == [], "pending is not scheduled")
    bad = api.post("/connections", basic(customer, System(guarded("u", "other")), verify=False))
    checked = api.post(f"/connections/{bad['id']}/check")
    walk.equal((checked["status"], checked["reason"]), ("reauthorization_required", "credentials_rejected"), "a check with a dead secret")


def sandbox(walk, api, customer):
    made = api.post("/connections", {"customer_id": customer, "system": "sandbox", "hosting": "cloud", "base_url": "https://sandbox.example", "auth": {"scheme": "none"}})
    walk.equal((made.status, made["status"], made["credits"]), (201, "active", 0), "a sandbox")
    me = f"/connections/{made['id']}"
    wanted = {"degraded": (200, None), "unreachable": (503, "connection_unreachable"), "reauthorization_required": (424, "reauthorization_required"),
              "inactive": (402, "connection_inactive"), "active": (200, None), "pending": (409, "connection_pending"), "disconnected": (410, "connection_disconnected")}
    for status, (code, problem) in wanted.items():
        simulated = api.post(f"{me}/simulate", {"status": status})
        walk.equal((simulated.status, simulated["status"]), (200, status), f"simulate {status}")
        shown = api.get(f"{me}/status")
        walk.equal((shown["status"], shown["reauthorization_required"]), (status, status == "reauthorization_required"), f"status {status}")
        walk.equal(shown["reason"] is None, status == "active", f"a reason while {status}")
        proxied = api.get(f"{me}/proxy/thing")
        if status == "reauthorization_required":
            walk.holds(shown["reconnect_url"] and proxied.get("reconnect_url") == shown["reconnect_url"], "424 has reconnect_url", proxied)
            walk.holds(proxied.get("connection_id") == made["id"] and proxied.get("reason") and proxied.get("since"), "424 has connection_id, reason, since", proxied)
            reader = api.instance.caller("connections:read")
            walk.equal(reader.get(f"{me}/status")["reconnect_url"], None, "reconnect_url for a reader")
        if status == "unreachable":
            walk.holds(proxied.header("retry-after"), "503 has Retry-After", proxied.headers)
        if problem:
            walk.problem(proxied, code, problem, f"the proxy while {status}")
        else:
            walk.equal(proxied.status, code, f"the proxy while {status}")
    other = api.post("/connections", {**basic(customer, System()), "auth": {"scheme": "none"}})
    refused = api.post(f"/connections/{other['id']}/simulate", {"status": "degraded"})
    walk.holds(refused.status in (409, 422), "simulate is for the sandbox only", refused)
    again = api.post("/connections", {"customer_id": customer, "system": "sandbox", "hosting": "cloud", "auth": {"scheme": "none"}})
    walk.equal(again.status, 201, "a sandbox needs no address")
    walk.problem(api.post(f"/connections/{again['id']}/simulate", {"status": "nonsense"}), 422, "validation_failed", "an unknown status")
    walk.problem(api.post(f"/connections/{again['id']}/simulate", {"status": "degraded", "reason": "nonsense"}), 422, "validation_failed", "an unknown reason")
    walk.equal(api.post(f"/connections/{again['id']}/simulate", {"status": "degraded", "reason": "rate_limited"})["reason"], "rate_limited", "a reason that fits")


def probes(walk, api, customer):
    system = System(lambda request: answer(204, content_type=None) if (request.method, request.path) == ("HEAD", "/alive") else answer(500, "x"))
    made = api.post("/connections", {**basic(customer, system), "auth": {"scheme": "none"}, "probe": {"method": "HEAD", "path": "/alive", "expect_status": 204}})
    walk.equal((made.status, made["status"], made["credits"]), (201, "active", 1), "a probe of its own, tier 1 by default")
    system = System(lambda request: GOOD if request.path == "/api/" or request.path == "/api" else answer(404, "x"))
    made = api.post("/connections", {**basic(customer, system), "base_url": system.url + "/api", "auth": {"scheme": "none"}})
    walk.equal(made.status, 201, "the default probe asks base_url + /")


def life(walk, api, customer):
    system = System(guarded("u", "right"))
    made = api.post("/connections", basic(customer, system))
    me = f"/connections/{made['id']}"
    paused = api.post(f"{me}/pause")
    walk.equal((paused.status, paused["status"], paused["reason"]), (200, "inactive", "paused"), "POST …/pause")
    walk.problem(api.get(f"{me}/proxy/x"), 402, "connection_inactive", "the proxy while paused")
    walk.problem(api.post(f"{me}/check"), 402, "connection_inactive", "a check while paused")
    walk.equal(api.post(f"{me}/activate")["status"], "active", "POST …/activate")
    ended = api.post(f"{me}/disconnect")
    walk.equal((ended.status, ended["status"], ended["reason"]), (200, "disconnected", "disconnected"), "POST …/disconnect")
    walk.problem(api.get(f"{me}/proxy/x"), 410, "connection_disconnected", "the proxy after the end")
    for path in ("check", "pause", "activate", "retry-credentials"):
        walk.problem(api.post(f"{me}/{path}"), 410, "connection_disconnected", f"POST …/{path} after the end")
    walk.problem(api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "right"}}), 410, "connection_disconnected", "new credentials after the end")
    walk.problem(api.post(f"{me}/links", {"purpose": "reconnect"}), 410, "connection_disconnected", "a link after the end")
    walk.equal((api.get(me).status, api.get(f"{me}/transitions").status), (200, 200), "its history is kept")
    owner = api.post("/customers", {"name": "Leaving"})["id"]
    api.post("/connections", basic(owner, System(guarded("u", "right"))))
    walk.problem(api.delete(f"/customers/{owner}"), 409, "conflict", "deleting a customer with connections")
    walk.equal(api.delete(f"/customers/{owner}?disconnect=true").status, 204, "with ?disconnect=true")
    walk.holds(any(one["type"] == "customer.deleted" for one in api.get("/events?limit=200")["data"]), "customer.deleted")


def links(walk, api, customer):
    nobody = Caller(api.instance, None)
    invited = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "verify": False})
    me = f"/connections/{invited['id']}"
    made = api.post(f"{me}/links", {"purpose": "connect", "expires_in_seconds": 3600})
    walk.equal(made.status, 201, "POST …/links")
    walk.holds(is_id(made["id"], "lnk") and "/portal/" in (made["url"] or "") and TIME.match(made["expires_at"] or ""), "a link", made)
    page = nobody.get(path_of(made["url"]), prefix="")
    walk.holds(page.status == 200 and (page.header("x-robots-tag") or "").startswith("noindex"), "the page opens, noindex", page.headers)
    for _ in range(3):
        walk.equal(nobody.get(path_of(made["url"]), prefix="").status, 200, "a GET never uses it up")
    walk.equal(api.delete(f"/links/{made['id']}").status, 204, "DELETE of a link")
    walk.holds(nobody.get(path_of(made["url"]), prefix="").status in (404, 410), "a revoked link", nobody.get(path_of(made["url"]), prefix="").status)
    for bad in ({}, {"purpose": "x"}, {"purpose": "connect", "expires_in_seconds": 0}, {"purpose": "connect", "expires_in_seconds": 40 * 86400}, {"purpose": "connect", "x": 1}):
        walk.problem(api.post(f"{me}/links", bad), 422, "validation_failed", f"a link {bad}")
