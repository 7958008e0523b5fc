"""§4: events, once per episode; endpoints, signatures, tries, rotation, replay."""

import json
import time

from instance import until
from systems import GOOD, Receiver, System, answer, guarded


def walk(walk):
    api, customer = walk.stocked(external_id="ext-9")
    endpoints(walk, api)
    delivered(walk, api, customer)
    tries(walk, api)
    filters(walk, api, customer)


def endpoint(api, receiver, **more):
    made = api.post("/webhook-endpoints", {"url": receiver.url + "/hook", **more})
    assert made.status == 201, made
    receiver.secrets.append(made["secret"])
    return made


def endpoints(walk, api):
    receiver = Receiver()
    made = endpoint(api, receiver, description="mine")
    walk.holds(made["id"].startswith("whe_") and made["secret"].startswith("whsec_"), "an endpoint and its secret", made)
    me = f"/webhook-endpoints/{made['id']}"
    walk.holds(made["secret"] not in api.get(me).body.decode(), "the secret is shown once")
    walk.equal(api.patch(me, {"description": "other"})["description"], "other", "PATCH")
    for bad in ({}, {"url": "nonsense"}, {"url": receiver.url, "event_types": ["nonsense"]}, {"url": receiver.url, "event_types": []}, {"url": receiver.url, "x": 1},
                {"url": receiver.url, "customer_ids": ["nonsense"]}):
        walk.problem(api.post("/webhook-endpoints", bad), 422, "validation_failed", f"an endpoint {bad}")
    walk.problem(api.post("/webhook-endpoints", {"url": "https://10.1.1.1/hook"}), 403, "egress_denied", "a denied receiver")
    tested = api.post(f"{me}/test")
    walk.holds(tested.status == 200, "POST …/test", tested)
    until(lambda: receiver.events("test"), 10)
    walk.equal(len(receiver.events("test")), 1, "the test event")
    walk.equal(api.delete(me).status, 204, "DELETE")
    walk.problem(api.get(me), 404, "not_found", "a deleted endpoint")


def delivered(walk, api, customer):
    receiver = Receiver()
    made = endpoint(api, receiver)
    me = f"/webhook-endpoints/{made['id']}"
    system = System(guarded("u", "right"))
    connection = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": system.url, "metadata": {"m": "1"},
                                           "auth": {"scheme": "basic", "username": "u", "password": "right"}})
    con = f"/connections/{connection['id']}"
    system.behaviour = answer(403, "x")
    for _ in range(3):
        api.post(f"{con}/check")
    system.behaviour = answer(500, "x")
    for _ in range(4):
        api.post(f"{con}/check")
    system.behaviour = answer(403, "x")
    for _ in range(3):
        api.post(f"{con}/check")
    system.behaviour = answer(401, "x")
    api.post(f"{con}/check")
    episode = api.get(f"{con}/status")["episode_id"]
    system.behaviour = guarded("u", "fresh")
    api.put(f"{con}/credentials", {"auth": {"scheme": "basic", "username": "u", "password": "fresh"}})
    walk.equal(api.get(f"{con}/status")["status"], "active", "recovered")
    until(lambda: receiver.events("connection.recovered"), 15)
    until(lambda: len(receiver.events()) >= 7, 5)
    kinds = [event["type"] for event, _ in receiver.events() if event["data"].get("connection_id") == connection["id"]]
    walk.equal(sorted(kinds), sorted(f"connection.{kind}" for kind in ("created", "activated", "degraded", "unreachable", "reauthorization_required", "reconnected", "recovered")),
               "each type once per episode")
    for event, request in receiver.events():
        walk.holds(receiver.is_signed(request, made["secret"]), f"the signature of {event['type']}", request.headers)
        walk.equal(sorted(event), ["data", "timestamp", "type"], f"the members of {event['type']}")
        walk.holds(request.header("webhook-id").startswith("evt_") and abs(int(request.header("webhook-timestamp")) - time.time()) < 60, "its headers", request.headers)
    found = receiver.events("connection.reauthorization_required")
    if found:
        data = found[0][0]["data"]
        wanted = {"connection_id": connection["id"], "customer_id": customer, "customer_external_id": "ext-9", "system": "generic-rest", "status": "reauthorization_required",
                  "reason": "credentials_rejected", "fault_scope": "connection", "episode_id": episode, "metadata": {"m": "1"}}
        for member, value in wanted.items():
            walk.equal(data.get(member), value, f"data.{member}")
        walk.holds(data.get("previous_status") and data.get("since") and data.get("reconnect_url") and isinstance(data.get("instructions"), (str, list)), "the rest of data", data)
    deliveries = api.get(f"{me}/deliveries")
    walk.holds(deliveries["data"] and deliveries["data"][0]["id"].startswith("whd_"), "GET …/deliveries", deliveries)
    one = deliveries["data"][0]
    receiver.forget()
    walk.equal(api.post(f"/webhook-deliveries/{one['id']}/replay").status, 200, "a replay")
    until(lambda: receiver.seen, 10)
    walk.equal(receiver.seen[0].header("webhook-id") if receiver.seen else None, one["event_id"], "it has the same webhook-id")
    receiver.forget()
    recovered = api.post(f"{me}/recover", {"since": "2020-01-01T00:00:00Z"})
    walk.equal(recovered.status, 200, "POST …/recover")
    until(lambda: len(receiver.seen) >= len(kinds), 15)
    walk.holds(len(receiver.seen) >= len(kinds), "all since a time come again", len(receiver.seen))
    walk.problem(api.post(f"{me}/recover", {"since": "x"}), 422, "validation_failed", "recover since nonsense")
    rotated = api.post(f"{me}/rotate-secret")
    walk.holds(rotated.status == 200 and rotated["secret"].startswith("whsec_") and rotated["secret"] != made["secret"], "rotate-secret", rotated)
    receiver.forget()
    api.post(f"{me}/test")
    until(lambda: receiver.seen, 10)
    request = receiver.seen[0]
    walk.holds(receiver.is_signed(request, made["secret"]) and receiver.is_signed(request, rotated["secret"]), "two signatures while a secret rotates", request.headers)
    listed = api.get("/events?limit=200")["data"]
    walk.equal([sorted(set(("id", "type", "timestamp", "data")) - set(one)) for one in listed[:1]], [[]], "an event of the list")
    api.delete(me)


def tries(walk, api):
    receiver = Receiver(answer(500, "no"))
    made = endpoint(api, receiver, event_types=["test"])
    me = f"/webhook-endpoints/{made['id']}"
    api.post(f"{me}/test")
    until(lambda: len(receiver.seen) >= 3, 15)
    walk.holds(len(receiver.seen) >= 3, "a failing receiver is tried again", len(receiver.seen))
    walk.equal(len({request.header("webhook-id") for request in receiver.seen}), 1, "each try has the same webhook-id")
    receiver.behaviour = answer(204, content_type=None)
    delivery = until(lambda: next((one for one in api.get(f"{me}/deliveries")["data"] if one["status"] == "delivered" or one["status"] == "succeeded"), None), 10)
    walk.holds(delivery, "it arrives in the end", api.get(f"{me}/deliveries").json)
    shown = api.get(f"/webhook-deliveries/{delivery['id']}") if delivery else None
    walk.holds(shown and len(shown["tries"] or shown["attempts"] or []) >= 3, "every try is kept", shown)
    redirect = Receiver(answer(302, "", headers=[("Location", receiver.url)]))
    made = endpoint(api, redirect, event_types=["test"])
    receiver.forget()
    api.post(f"/webhook-endpoints/{made['id']}/test")
    until(lambda: len(redirect.seen) >= 2, 10)
    walk.holds(len(redirect.seen) >= 2 and not receiver.seen, "a redirect is a failure and not followed", len(redirect.seen))
    gone = Receiver(answer(410, ""))
    made = endpoint(api, gone, event_types=["test"])
    api.post(f"/webhook-endpoints/{made['id']}/test")
    disabled = lambda: api.get(f"/webhook-endpoints/{made['id']}")
    until(lambda: (disabled().get("enabled") is False) or disabled().get("status") == "disabled" or disabled().get("disabled_at"), 10)
    walk.holds((disabled().get("enabled") is False) or disabled().get("status") == "disabled" or disabled().get("disabled_at"), "410 disables", disabled())
    walk.holds(any(one["type"] == "endpoint.disabled" for one in api.get("/events?limit=200")["data"]), "endpoint.disabled")


def filters(walk, api, customer):
    other = api.post("/customers", {"name": "Other"})["id"]
    receiver, typed = Receiver(), Receiver()
    endpoint(api, receiver, customer_ids=[customer])
    endpoint(api, typed, event_types=["connection.disconnected"])
    for owner in (customer, other):
        made = api.post("/connections", {"customer_id": owner, "system": "sandbox", "hosting": "cloud", "base_url": "https://sandbox.example", "auth": {"scheme": "none"}})
        api.post(f"/connections/{made['id']}/disconnect")
    until(lambda: receiver.events("connection.disconnected") and len(typed.seen) >= 2, 10)
    walk.equal({event["data"].get("customer_id") for event, _ in receiver.events()}, {customer}, "events of the chosen customers")
    walk.equal({event["type"] for event, _ in typed.events()}, {"connection.disconnected"}, "events of the chosen types")
