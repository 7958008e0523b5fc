"""§2, rule 7: how often a refused secret is really sent, counted at the system."""

from instance import until
from statuses import connect
from systems import GOOD, REFUSED, System, answer, guarded


def walk(walk):
    api, customer = walk.stocked()
    other = api.post("/customers", {"name": "Beta"})["id"]
    system = System(guarded("u", "right"))
    first, second = (connect(api, owner, system, base_url=f"{system.url}/{path}") for owner, path in ((customer, "a"), (other, "b")))
    third = connect(api, customer, system)
    system.behaviour = REFUSED
    system.forget()
    walk.equal(api.post(f"{first}/check")["status"], "reauthorization_required", "a dead password")
    walk.equal(system.count("u", "right"), 2, "sign-ins until it is known")
    walk.equal(api.get(f"{second}/status")["status"], "reauthorization_required", "all with the same host, user and secret enter unasked")
    walk.equal(api.get(f"{third}/status")["status"], "reauthorization_required", "the third of them too")
    for me in (first, second, third):
        walk.equal(api.post(f"{me}/check")["status"], "reauthorization_required", "a check with a spent secret")
        walk.problem(api.get(f"{me}/proxy/x"), 424, "reauthorization_required", "the proxy with a spent secret")
    refused = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": system.url,
                                        "auth": {"scheme": "basic", "username": "u", "password": "right"}})
    walk.holds(refused.status in (422, 429), "connecting with the refused secret", refused)
    walk.equal(system.count("u", "right"), 2, "sign-ins after all that")
    api.instance.restart()
    api.post(f"{first}/check")
    walk.equal(system.count("u", "right"), 2, "sign-ins after a restart")
    retried = api.post(f"{first}/retry-credentials")
    walk.equal((retried.status, retried["status"]), (200, "reauthorization_required"), "POST …/retry-credentials")
    walk.equal(system.count("u", "right"), 3, "one more is sent")
    api.post(f"{first}/check")
    walk.equal(system.count("u", "right"), 3, "and no other after it")
    walk.holds(any("retry" in str(one).lower() for one in api.get("/audit?limit=200")["data"]), "it is audited")
    system.behaviour = guarded("u", "right")
    walk.equal(api.post(f"{first}/retry-credentials")["status"], "active", "after the administrator unlocked the user")
    walk.equal(api.post(f"{second}/check").status, 200, "the others")
    people(walk, api, customer)
    proxied(walk, api, customer)
    sessions(walk, api, customer)


def people(walk, api, customer):
    system = System(guarded("u", "right"))
    body = lambda password, user="u": {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": system.url,
                                       "auth": {"scheme": "basic", "username": user, "password": password}}
    walk.problem(api.post("/connections", body("wrong-1")), 422, "verification_failed", "a first wrong secret")
    walk.problem(api.post("/connections", body("wrong-1")), 422, "verification_failed", "the same again")
    walk.equal(len(system.seen), 1, "sign-ins that arrived: a refused secret is not sent again")
    walk.problem(api.post("/connections", body("wrong-2")), 422, "verification_failed", "a different one gets one attempt at once")
    waits = api.post("/connections", body("wrong-3"))
    walk.problem(waits, 429, "rate_limited", "the next after 15 minutes")
    walk.holds(600 < int(waits.header("retry-after") or 0) <= 900, "Retry-After of 15 minutes", waits.headers)
    walk.equal(len(system.seen), 2, "sign-ins that arrived")
    walk.equal(api.post("/connections", body("right", "someone-else")).status, 422, "another user has a budget of its own")
    me = connect(api, customer, fine := System(guarded("u", "right")))
    fine.behaviour = guarded("u", "next")
    api.post(f"{me}/check")
    put = lambda password: api.put(f"{me}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": password}})
    fine.forget()
    walk.problem(put("wrong"), 422, "verification_failed", "a different secret gets one attempt at once")
    walk.equal(fine.count("u", "wrong"), 1, "never a confirming one")
    walk.problem(put("next"), 429, "rate_limited", "the next after 15 minutes")
    walk.equal(len(fine.seen), 1, "and nothing more arrived")


def proxied(walk, api, customer):
    system = System(guarded("u", "right"))
    me = connect(api, customer, system)
    system.behaviour = REFUSED
    system.forget()
    passed = api.get(f"{me}/proxy/data")
    walk.holds(passed.status in (401, 424), "a 401 of the system", passed)
    until(lambda: api.get(f"{me}/status")["status"] == "reauthorization_required", 5)
    walk.equal(api.get(f"{me}/status")["status"], "reauthorization_required", "the probe decides after a proxied 401")
    walk.equal(len(system.seen), 2, "the probe is the confirming attempt")
    system = System(guarded("u", "right"))
    me = connect(api, customer, system)
    system.behaviour = lambda request: REFUSED if request.path == "/forbidden" else GOOD
    passed = api.get(f"{me}/proxy/forbidden")
    walk.equal((passed.status, passed.header("junctionbox-upstream")), (401, "true"), "a 401 of one address alone")
    until(lambda: len(system.seen) > 2, 3)
    walk.equal(api.get(f"{me}/status")["status"], "active", "the probe finds it well")


def sessions(walk, api, customer):
    """A session that ended is renewed once, and no refusal."""
    live = {"cookie": "s1", "next": 1, "works": True}

    def behave(request):
        if request.path == "/login":
            if not live["works"]:
                return answer(401, "no")
            live["next"] += 1
            live["cookie"] = f"s{live['next']}"
            return answer(200, {"ok": True}, headers=[("Set-Cookie", f"sid={live['cookie']}; Path=/")])
        return GOOD if f"sid={live['cookie']}" in (request.header("cookie") or "") else answer(401, "sign in")

    system = System(behave)
    made = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": system.url,
                                     "auth": {"scheme": "session_login", "username": "u", "password": "p"}})
    if not walk.equal(made.status, 201, "a session"):
        return
    me = f"/connections/{made['id']}"
    live["cookie"] = "gone"
    walk.equal(api.post(f"{me}/check")["status"], "active", "a dropped session is renewed within the check")
    live["cookie"] = "gone"
    walk.equal(api.get(f"{me}/proxy/data").status, 200, "and within a proxied request")
    live["cookie"], live["works"] = "gone", False
    system.forget()
    walk.equal(api.post(f"{me}/check")["status"], "reauthorization_required", "a refused renewal")
    logins = [one for one in system.seen if one.path == "/login"]
    walk.holds(len(logins) <= 2, "sign-ins with it", len(logins))
