"""§2: what is observed, which rule decides, which status comes of it."""

from systems import GOOD, SIGN_IN_PAGE, Chatterer, Cut, Hang, Reset, Slow, System, answer, guarded


def walk(walk):
    api, customer = walk.stocked()
    network(walk, api, customer)
    answers(walk, api, customer)
    slowness(walk, api, customer)
    sap(walk, api, customer)
    odd_systems(walk, api, customer)
    records(walk, api, customer)


def connect(api, customer, system, auth=None, **more):
    made = api.post("/connections", {
        "customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": system.url,
        "auth": auth or {"scheme": "basic", "username": "u", "password": "right"}, **more})
    assert made.status == 201, made
    return f"/connections/{made['id']}"


def judged(walk, api, me, wanted, what, rule=None, times=1):
    """Checks some times by hand; the status, reason and scope are these at the end, and not unreachable before."""
    for number in range(times):
        checked = api.post(f"{me}/check")
        if wanted[0] == "unreachable" and number < times - 1:
            walk.holds(checked["status"] != "unreachable", f"{what}: not after {number + 1} checks", checked)
    walk.equal((checked["status"], checked["reason"], checked["fault_scope"]), wanted, what)
    if rule:
        walk.equal((checked["decision"] or {}).get("rule"), rule, f"{what}: the rule")
    walk.equal(checked["reauthorization_required"], wanted[0] == "reauthorization_required", f"{what}: the flag")
    return checked


def network(walk, api, customer):
    for behaviour, reason in ((Hang, "response_timeout"), (Reset, "connection_reset"), (Cut, "connection_reset")):
        system = System(guarded("u", "right"))
        me = connect(api, customer, system)
        system.behaviour = behaviour
        judged(walk, api, me, ("unreachable", reason, "host"), reason, 2, times=3)
        system.behaviour = GOOD
        walk.equal(api.post(f"{me}/check")["status"], "unreachable", "one good check is not enough")
        walk.equal(api.post(f"{me}/check")["status"], "active", "two are")
    system = System(guarded("u", "right"))
    me = connect(api, customer, system)
    system.close()
    judged(walk, api, me, ("unreachable", "connection_refused", "host"), "refused", 2, times=3)
    for _ in range(6):
        walk.equal(api.post(f"{me}/check")["reauthorization_required"], False, "an outage never counts as refusal")
    plain = Chatterer()
    tls = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": plain.url.replace("http", "https"), "auth": {"scheme": "none"}})
    walk.problem(tls, 422, "verification_failed", "TLS where there is none")
    walk.equal(tls.get("reason"), "tls_failure", "its reason")


def answers(walk, api, customer):
    table = (
        ("403", answer(403, "no"), ("degraded", "permission_reduced", "connection"), 8, 1),
        ("429", answer(429, "slow down", headers=[("Retry-After", "7")]), ("degraded", "rate_limited", None), 9, 1),
        ("500", answer(500, "broken"), ("unreachable", "server_error", "host"), 10, 3),
        ("502", answer(502, "broken"), ("unreachable", "server_error", "host"), 10, 3),
        ("503", answer(503, "broken", headers=[("Retry-After", "7")]), ("unreachable", "server_error", "host"), 10, 3),
        ("404", answer(404, "none"), ("degraded", "unexpected_response", None), 12, 1),
        ("400", answer(400, "bad"), ("degraded", "unexpected_response", None), 12, 1),
        ("302 to elsewhere", answer(302, "", headers=[("Location", "/elsewhere")]), ("degraded", "unexpected_response", None), 12, 1),
        ("a sign-in page", SIGN_IN_PAGE, ("reauthorization_required", "login_page", "connection"), 11, 1),
        ("a redirect to a sign-in page", answer(302, "", headers=[("Location", "/login?next=/")]), ("reauthorization_required", "login_page", "connection"), 11, 1),
        ("401", answer(401, "no"), ("reauthorization_required", "credentials_rejected", "connection"), 7, 1),
    )
    for what, given, wanted, rule, times in table:
        system = System(guarded("u", "right"))
        me = connect(api, customer, system)
        system.behaviour = given
        system.forget()
        if wanted[2] is None:
            checked = api.post(f"{me}/check")
            walk.equal((checked["status"], checked["reason"], checked["decision"]["rule"]), (*wanted[:2], rule), what)
        else:
            judged(walk, api, me, wanted, what, rule, times)
        if what == "401":
            walk.equal(len(system.seen), 2, "a fixed secret is tried and confirmed once")
        if what == "a sign-in page":
            walk.equal(len(system.seen), 2, "a sign-in page is confirmed once")
        if what == "429":
            walk.holds(checked["decision"].get("wait_seconds") == 7, "Retry-After is obeyed", checked["decision"])
        system.behaviour = GOOD
        back = api.post(f"{me}/check")
        if wanted[0] == "degraded":
            walk.equal(back["status"], "active", f"back after {what}")
        if wanted[0] == "reauthorization_required":
            walk.equal(back["status"], "reauthorization_required", f"nothing is sent after {what}")


def slowness(walk, api, customer):
    system = System(guarded("u", "right"))
    me = connect(api, customer, system)
    system.behaviour = lambda request: answer(200, b"x" * 20_000_000, "application/json")
    checked = api.post(f"{me}/check")
    walk.holds((checked["status"], checked["reason"]) == ("degraded", "unexpected_response"), "20 MB are too large", checked)
    system.behaviour = Slow(1.5)
    for _ in range(3):
        checked = api.post(f"{me}/check")
    walk.holds((checked["status"], checked["reason"]) == ("unreachable", "response_timeout"), "slower than the response time-out", checked)


def sap(walk, api, customer):
    def behave(request):
        if request.method == "GET" and request.header("x-csrf-token") == "Fetch":
            return answer(200, {"value": []}, headers=[("X-CSRF-Token", "tok"), ("Set-Cookie", "SAP_SESSIONID=1; path=/")])
        if request.method == "POST" and request.header("x-csrf-token") != "tok":
            return answer(403, "CSRF", headers=[("X-CSRF-Token", "Required")])
        return GOOD if request.method == "GET" else answer(201, {"made": True})

    system = System(behave)
    made = api.post("/connections", {"customer_id": customer, "system": "sap-ecc", "hosting": "on_premises", "base_url": system.url, "auth": {"scheme": "basic", "username": "u", "password": "right"}})
    walk.equal(made.status, 201, "an SAP system without sap-client")
    written = api.post(f"/connections/{made['id']}/proxy/sap/opu/odata/x", {"a": 1})
    walk.equal((written.status, written.get("made")), (201, True), "a write with its CSRF token")
    walk.equal(written.header("junctionbox-upstream"), "true", "the system's own answer")
    walk.holds(not written.header("set-cookie"), "the session stays here", written.headers)


def odd_systems(walk, api, customer):
    listed = {one["slug"]: one for one in api.get("/systems?limit=200")["data"]}
    for slug in ("odoo", "sage-intacct", "zabbix", "netbox", "oracle-jde", "maintenance-connection", "acumatica", "syspro", "infor-csi"):
        walk.holds(slug in listed, f"the catalogue has {slug}", None)
    netbox = System()
    made = api.post("/connections", {"customer_id": customer, "system": "netbox", "hosting": "on_premises", "base_url": netbox.url, "auth": {"scheme": "api_key", "key": "k" * 40}})
    if made.status != 201:
        made = api.post("/connections", {"customer_id": customer, "system": "netbox", "hosting": "on_premises", "base_url": netbox.url, "verify": False,
                                         "auth": {"scheme": listed["netbox"]["auth"][0]["scheme"], **{f["name"]: "k" * 40 for f in listed["netbox"]["auth"][0]["fields"] if f["required"]}}})
    netbox.behaviour = answer(403, {"detail": "Token expired"})
    checked = api.post(f"/connections/{made['id']}/check")
    walk.equal((checked["status"], checked["decision"]["rule"]), ("reauthorization_required", 5), "NetBox' 403 “Token expired”")


def records(walk, api, customer):
    system = System(guarded("u", "right"))
    me = connect(api, customer, system)
    system.behaviour = answer(401, 'right is wrong {"password":"right"}', headers=[("WWW-Authenticate", "Basic")])
    api.post(f"{me}/check")
    moved = api.get(f"{me}/transitions")["data"]
    last = next((one for one in moved if one["status"] == "reauthorization_required"), None)
    walk.holds(last and last["record"], "a change keeps its decision record", moved)
    record = last["record"]
    walk.holds("Basic dTpyaWdodA" not in str(record), "without the secret", record)
    walk.holds((last["rule"], last["previous_status"]) == (7, "active"), "the rule and the state before", last)
    timing = str(record)
    walk.holds(all(word in timing for word in ("dns", "connect", "first_byte", "total")), "the timing", record)
    status = api.get(f"{me}/status")
    walk.holds(status["message"] and status["episode_id"] and status["since"] and status["reconnect_url"], "the status says all", status)
    walk.equal(status["next_check_at"], None, "no next check")
    proxied = api.get(f"{me}/proxy/x")
    walk.problem(proxied, 424, "reauthorization_required", "the proxy")
    healed = api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "right"}})
    walk.holds(healed.status in (409, 422, 429), "the very secret that was refused stays refused", healed)
    system.behaviour = guarded("u", "fresh")
    healed = api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "fresh"}})
    walk.equal((healed.status, healed["status"]), (200, "active"), "a fresh secret heals at once")
    kinds = [one["type"] for one in api.get("/events?limit=200")["data"] if one["data"].get("connection_id") == healed["id"]]
    walk.equal(sorted(kinds), sorted(["connection.created", "connection.activated", "connection.reauthorization_required", "connection.reconnected", "connection.recovered"]), "its events")
