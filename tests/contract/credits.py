"""§5: costs, the pool, limits, the three policies, the ledger."""

from instance import CONFIG, Instance
from systems import System

COSTS = {1: 1, 2: 2, 3: 4}


def walk(walk):
    api = walk.fresh()
    arithmetic(walk, api)
    policies(walk)


def body(customer, system, tier=1, hosting="cloud", **more):
    return {"customer_id": customer, "system": "generic-rest", "hosting": hosting, "base_url": system.url, "auth": {"scheme": "none"}, "tier": tier, **more}


def arithmetic(walk, api):
    system = System()
    empty = api.get("/credits")
    walk.equal([empty[m] for m in ("granted", "in_use", "available", "overage", "policy")], [0, 0, 0, 0, "inactive"], "an empty pool")
    granted = api.post("/credits/grants", {"amount": 30, "note": "order 1"})
    walk.equal(granted.status, 201, "POST /credits/grants")
    walk.holds((granted["id"] or "").startswith("grt_"), "a grant", granted)
    for bad in ({"amount": 0, "note": "x"}, {"amount": 1.5, "note": "x"}, {"amount": "x", "note": "x"}, {"note": "x"}):
        walk.problem(api.post("/credits/grants", bad), 422, "validation_failed", f"a grant {bad}")
    quote = api.post("/credits/quote", {"items": [{"system": "sap-s4hana", "hosting": "cloud"}, {"system": "sap-ecc", "hosting": "on_premises"}]})
    walk.equal(quote.status, 200, "POST /credits/quote")
    walk.equal(([item["credits"] for item in quote["items"]], quote["total"], quote["available"], quote["fits"]), ([4, 8], 12, 30, True), "a quote")
    walk.equal(quote["items"][0]["system"], "sap-s4hana", "a quote repeats its items")
    walk.problem(api.post("/credits/quote", {"items": [{"system": "x", "hosting": "cloud"}]}), 422, "validation_failed", "a quote of an unknown system")
    walk.problem(api.post("/credits/quote", {"items": [{"system": "sap-ecc", "hosting": "cloud"}]}), 422, "validation_failed", "a quote of a hosting that is not offered")
    customer = api.post("/customers", {"name": "Acme"})["id"]
    made, used = {}, 0
    for tier in (1, 2, 3):
        for hosting in ("cloud", "on_premises"):
            one = api.post("/connections", body(customer, system, tier, hosting))
            cost = COSTS[tier] * (2 if hosting == "on_premises" else 1)
            used += cost
            walk.equal((one.status, one["credits"]), (201, cost), f"tier {tier}, {hosting}")
            made[tier, hosting] = one["id"]
    pool = api.get("/credits")
    walk.equal((pool["granted"], pool["in_use"], pool["available"]), (30, used, 30 - used), "the pool")
    walk.holds(isinstance(pool["by_tier"], (dict, list)) and isinstance(pool["by_status"], (dict, list)), "by_tier and by_status", pool)
    api.post(f"/connections/{made[3, 'on_premises']}/pause")
    walk.equal(api.get("/credits")["in_use"], used - 8, "a pause returns its credits")
    api.post(f"/connections/{made[3, 'on_premises']}/activate")
    walk.equal(api.get("/credits")["in_use"], used, "an activation takes them")
    api.post(f"/connections/{made[3, 'cloud']}/disconnect")
    walk.equal(api.get("/credits")["in_use"], used - 4, "an end returns them")
    pending = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "verify": False})
    walk.equal(api.get("/credits")["in_use"], used - 3, "a pending connection is counted once its system is known")
    unknown = api.post("/connections", {"customer_id": customer, "verify": False})
    walk.equal((unknown.status, api.get("/credits")["in_use"]), (201, used - 3), "one of an unknown system is not")
    walk.equal(api.get(f"/customers/{customer}")["credits_in_use"], used - 3, "credits_in_use of its customer")
    ledger, sums, page = [], {}, api.get("/credits/ledger?limit=200")
    for one in page["data"]:
        ledger.append(one)
    postings = [p for one in ledger for p in (one.get("postings") or [one])]
    for posting in postings:
        group = posting.get("transaction_id") or posting.get("transaction") or id(posting)
        sums[group] = sums.get(group, 0) + posting["amount"]
    walk.holds(postings and all((posting.get("id") or "").startswith("pst_") for posting in postings), "postings", postings[:2])
    walk.equal({total for total in sums.values()} or None, {0}, "the sum of each transaction's postings")
    for group in ("customer", "system", "tier"):
        usage = api.get(f"/credits/usage?group_by={group}")
        walk.holds(usage.status == 200 and usage["data"], f"usage by {group}", usage)
    walk.equal(api.get("/credits/usage?from=2026-01-01&to=2027-01-01").status, 200, "usage of a year")
    for bad in ("group_by=x", "from=yesterday", "from=2026-02-01&to=2026-01-01"):
        walk.problem(api.get(f"/credits/usage?{bad}"), 422, "validation_failed", f"usage ?{bad}")
    limited = api.post("/customers", {"name": "Limited", "credit_limit": 2})["id"]
    walk.equal(api.post("/connections", body(limited, system, 2))["status"], "active", "within the limit")
    over = api.post("/connections", body(limited, system, 1))
    walk.equal((over.status, over["status"], over["reason"]), (201, "inactive", "credits_exhausted"), "over the customer's limit")
    verified = api.instance.run("credits", "verify")
    walk.equal(verified.returncode, 0, "credits verify")


def policies(walk):
    system = System()
    for policy in ("inactive", "refuse", "overage"):
        limit = "overage_limit = 3\n" if policy == "overage" else ""
        instance = Instance(walk.binary, CONFIG + f'[credits]\npolicy = "{policy}"\ntier_1 = 2\n{limit}').start()
        try:
            api = instance.caller("all")
            api.post("/credits/grants", {"amount": 3, "note": "x"})
            customer = api.post("/customers", {"name": "Acme"})["id"]
            walk.equal(api.post("/connections", body(customer, system))["credits"], 2, "the price list of the configuration")
            walk.equal(api.get("/credits")["policy"], policy, "the policy")
            second = api.post("/connections", body(customer, system))
            count = lambda: len(api.get("/connections")["data"])
            if policy == "inactive":
                walk.equal((second.status, second["status"], second["reason"]), (201, "inactive", "credits_exhausted"), "the pool is too small")
                me = f"/connections/{second['id']}"
                walk.problem(api.get(f"{me}/proxy/x"), 402, "connection_inactive", "its proxy")
                walk.problem(api.post(f"{me}/activate"), 402, "credits_exhausted", "activating without credits")
                api.post("/credits/grants", {"amount": 5, "note": "more"})
                walk.equal(api.post(f"{me}/activate")["status"], "active", "activated later")
                kinds = [one["type"] for one in api.get("/events?limit=200")["data"]]
                walk.holds("credits.exhausted" in kinds and "credits.granted" in kinds and "connection.inactive" in kinds, "its events", kinds)
            if policy == "refuse":
                walk.problem(second, 402, "credits_exhausted", "the pool is too small")
                walk.equal(count(), 1, "nothing stored")
                small = api.post("/customers", {"name": "Small", "credit_limit": 1})["id"]
                api.post("/credits/grants", {"amount": 50, "note": "more"})
                walk.problem(api.post("/connections", body(small, system)), 402, "credits_exhausted", "the customer's limit is too small")
            if policy == "overage":
                walk.equal((second.status, second["status"], second["credits"]), (201, "active", 2), "it works on")
                pool = api.get("/credits")
                walk.equal((pool["in_use"], pool["overage"]), (4, 1), "marked as overage")
                third = api.post("/connections", body(customer, system))
                walk.equal(third.status, 201, "up to the limit")
                fourth = api.post("/connections", body(customer, system))
                walk.holds(fourth.status == 402 or fourth["status"] == "inactive", "not beyond the limit", fourth)
            walk.equal(instance.run("credits", "verify").returncode, 0, f"credits verify with {policy}")
        finally:
            instance.stop()
