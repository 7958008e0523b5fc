"""§1 and §6: ids, times, lists, customers, systems, keys, users, applications: shapes and statuses."""

import re

from instance import Caller
from systems import System

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
ID = r"^%s_[0-9a-hjkmnp-tv-z]{26}$"


def walk(walk):
    api = walk.fresh()
    instance(walk, api)
    customers(walk, api)
    lists(walk, api)
    systems(walk, api)
    keys(walk, api)
    users(walk, api)
    applications(walk, api)
    outside(walk, api)


def is_id(text, prefix):
    return bool(re.match(ID % prefix, text or ""))


def instance(walk, api):
    answer = api.get("/instance")
    walk.equal(answer.status, 200, "GET /instance")
    walk.equal((answer["name"], answer["region"]), ("Walk", "local"), "its name and region")
    walk.equal(answer["vault"]["sealed"], False, "vault.sealed")
    walk.holds(re.match(r"^\d+\.\d+\.\d+", answer["version"] or ""), "it has a version", answer)
    walk.equal(answer["standing_by"], False, "standing_by of an instance that was not restored")
    walk.problem(api.post("/instance/confirm-restore"), 409, "conflict", "confirming where nothing was restored")


def customers(walk, api):
    made = api.post("/customers", {"name": "Acme", "external_id": "a-1", "contact_email": "it@acme.example"})
    walk.equal(made.status, 201, "POST /customers")
    walk.holds(is_id(made["id"], "cus"), "a customer's id is cus_ and 26 letters of Crockford", made["id"])
    walk.holds(TIME.match(made["created_at"] or ""), "times are RFC 3339 with Z", made["created_at"])
    walk.equal(made["locale"], "en", "locale where none is given")
    walk.equal(made["region"], "local", "region where none is given")
    walk.equal(made["connections"]["total"], 0, "connections.total")
    walk.holds(isinstance(made["connections"]["by_status"], dict), "connections.by_status", made)
    walk.equal(made["credits_in_use"], 0, "credits_in_use")
    walk.equal(made["metadata"], {}, "metadata where none is given")
    walk.holds(made.header("location"), "a creation says where", made.headers)
    me = f"/customers/{made['id']}"
    walk.equal(api.get(me).json, made.json, "GET of the customer")
    walk.problem(api.post("/customers", {"name": "B", "external_id": "a-1"}), 409, "conflict", "a taken external_id")
    walk.problem(api.post("/customers", {"name": "B", "region": "mars"}), 421, "wrong_region", "another region")
    walk.problem(api.post("/customers", {}), 422, "validation_failed", "a customer without a name")
    walk.problem(api.post("/customers", {"name": ""}), 422, "validation_failed", "an empty name")
    unknown = api.post("/customers", {"name": "B", "nmae": "x"})
    walk.problem(unknown, 422, "validation_failed", "an unknown field")
    walk.holds(any(error["field"] == "nmae" for error in unknown["errors"] or []), "errors name the field", unknown)
    for field, bad in [
        ("contact_email", "no address"), ("locale", "no language!"), ("credit_limit", -1), ("credit_limit", 1.5),
        ("credit_limit", "many"), ("metadata", []), ("name", 5), ("name", "x" * 5000),
    ]:
        refused = api.post("/customers", {"name": "B", field: bad})
        walk.problem(refused, 422, "validation_failed", f"{field} = {str(bad)[:20]!r}")
        named = any(error.get("field") == field and error.get("code") and error.get("message") for error in refused.get("errors") or [])
        walk.holds(named, f"errors name {field}", refused)
    changed = api.patch(me, {"name": "Acme 2", "metadata": {"k": "v"}, "credit_limit": 5})
    walk.equal((changed.status, changed["name"], changed["credit_limit"]), (200, "Acme 2", 5), "PATCH of a customer")
    walk.equal(api.patch(me, {"credit_limit": None})["credit_limit"], None, "null takes a value away")
    walk.problem(api.patch(me, {"id": "x"}), 422, "validation_failed", "PATCH of an unknown field")
    walk.equal(api.delete(me).status, 204, "DELETE of a customer")
    walk.problem(api.get(me), 404, "not_found", "a deleted customer")
    walk.problem(api.get("/customers/cus_nonsense"), 404, "not_found", "an id that is none")


def lists(walk, api):
    ids = [api.post("/customers", {"name": f"C{number:02}"})["id"] for number in range(5)]
    walk.equal(sorted(ids), ids, "ids in the order of time")
    page = api.get("/customers?limit=2")
    walk.equal((len(page["data"]), page.status), (2, 200), "a page of two")
    found, pages = [one["id"] for one in page["data"]], 1
    while page["next_cursor"]:
        page = api.get(f"/customers?limit=2&cursor={page['next_cursor']}")
        found += [one["id"] for one in page["data"]]
        pages += 1
    walk.equal((sorted(found), pages), (ids, 3), "the pages together")
    walk.equal(sorted(page.json), ["data", "next_cursor"], "a list's members")
    for bad in ("limit=0", "limit=201", "limit=x", "limit=-1", "cursor=nonsense", "nonsense=1"):
        walk.problem(api.get(f"/customers?{bad}"), 422, "validation_failed", f"?{bad}")
    for path in (
        "/customers", "/connections", "/systems", "/events", "/audit", "/api-keys", "/users", "/webhook-endpoints",
        "/oauth-applications", "/credits/ledger", "/maintenance-windows",
    ):
        answer = api.get(f"{path}?limit=1")
        fine = answer.status == 200 and isinstance(answer["data"], list) and "next_cursor" in answer.json
        walk.holds(fine, f"GET {path}?limit=1 is a list", answer)
        walk.equal(api.get(f"{path}?limit=200").status, 200, f"GET {path}?limit=200")
        walk.problem(api.get(f"{path}?limit=201"), 422, "validation_failed", f"GET {path}?limit=201")
        if answer.get("next_cursor"):
            more = api.get(f"{path}?limit=1&cursor={answer['next_cursor']}")
            walk.holds(more.status == 200 and more["data"] != answer["data"], f"the next page of {path}", more)
    walk.equal([one["name"] for one in api.get("/customers?q=C03")["data"]], ["C03"], "?q= of customers")
    walk.equal(api.get("/customers?q=%25")["data"], [], "a percent sign is searched as such")


def systems(walk, api):
    every, page = [], api.get("/systems?limit=200")
    every = page["data"]
    walk.holds(len(every) > 40, "the catalogue is large", len(every))
    ecc = api.get("/systems/sap-ecc")
    walk.equal(ecc["credits"], {"cloud": None, "on_premises": 8}, "credits of sap-ecc")
    walk.equal((ecc["tier"], ecc["hosting"], ecc["category"]), (3, ["on_premises"], "erp"), "sap-ecc")
    basic = next(auth for auth in ecc["auth"] if auth["scheme"] == "basic")
    fields = {field["name"]: (field["secret"], field["required"]) for field in basic["fields"]}
    walk.equal(fields, {"username": (False, True), "password": (True, True)}, "basic's fields")
    walk.holds(ecc["instructions"]["en"], "instructions in English", ecc["instructions"])
    parameter = next(one for one in ecc["parameters"] if one["name"] == "sap-client")
    walk.holds(parameter["required"] is False and "default" in parameter and parameter["label"], "sap-client", parameter)
    walk.equal(isinstance(ecc["confirmed"], bool), True, "confirmed is a boolean")
    walk.problem(api.get("/systems/nonsense"), 404, "not_found", "an unknown system")
    for one in every:
        factor = {1: 1, 2: 2, 3: 4}[one["tier"]]
        wanted = {
            hosting: (0 if one["slug"] == "sandbox" else factor * (1 if hosting == "cloud" else 2)) if hosting in one["hosting"] else None
            for hosting in ("cloud", "on_premises")
        }
        walk.equal(one["credits"], wanted, f"credits of {one['slug']}")


def keys(walk, api):
    made = api.post("/api-keys", {"name": "reader", "scopes": ["customers:read"]})
    walk.equal(made.status, 201, "POST /api-keys")
    walk.holds(is_id(made["id"], "key") and made["key"].startswith("jbx_"), "a key and its id", made)
    shown = api.get(f"/api-keys/{made['id']}")
    walk.holds(shown.status == 200 and "key" not in shown.json and made["key"] not in str(shown.json), "it is shown once", shown)
    reader = Caller(api.instance, made["key"])
    walk.equal(reader.get("/customers").status, 200, "what its scope permits")
    walk.problem(reader.post("/customers", {"name": "x"}), 403, "forbidden", "what its scope does not")
    walk.problem(reader.get("/connections"), 403, "forbidden", "another scope's list")
    for bad in ({"name": "x"}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["nonsense"]}, {"scopes": ["all"]},
                {"name": "x", "scopes": ["all"], "expires_at": "yesterday"}, {"name": "x", "scopes": ["all"], "expires_at": "2001-01-01T00:00:00Z"},
                {"name": "x", "scopes": ["all"], "customer_ids": ["cus_nonsense"]}):
        walk.problem(api.post("/api-keys", bad), 422, "validation_failed", f"a key {bad}")
    walk.equal(api.delete(f"/api-keys/{made['id']}").status, 204, "DELETE of a key")
    walk.problem(reader.get("/customers"), 401, "unauthenticated", "an ended key")
    table = {
        "customers:read": "/customers", "connections:read": "/connections", "credits:read": "/credits",
        "webhooks:read": "/webhook-endpoints", "audit:read": "/audit", "admin": "/users",
    }
    for scope in table:
        caller = api.instance.caller(scope)
        for other, path in table.items():
            answer = caller.get(path)
            if other == scope:
                walk.equal(answer.status, 200, f"GET {path} with {scope}")
            elif scope != "admin":
                walk.problem(answer, 403, "forbidden", f"GET {path} with {scope}")
    for scope in ("customers:write", "connections:write", "credits:write", "webhooks:write"):
        answer = api.post("/api-keys", {"name": scope, "scopes": [scope]})
        walk.equal(answer.status, 201, f"a key with {scope}")
    mine, other = (api.post("/customers", {"name": name})["id"] for name in ("Mine", "Other"))
    system = System()
    links = {}
    for owner in (mine, other):
        links[owner] = api.post("/connections", {
            "customer_id": owner, "system": "generic-rest", "hosting": "cloud", "base_url": system.url, "auth": {"scheme": "none"}})
    walk.equal(links[mine].status, 201, "a connection of each")
    bound = Caller(api.instance, api.post("/api-keys", {"name": "bound", "scopes": ["all"], "customer_ids": [mine]})["key"])
    walk.equal([one["id"] for one in bound.get("/customers")["data"]], [mine], "customers that a bound key sees")
    walk.equal([one["customer_id"] for one in bound.get("/connections")["data"]], [mine], "connections that it sees")
    for path in (f"/customers/{other}", f"/connections/{links[other]['id']}", f"/connections/{links[other]['id']}/status",
                 f"/connections/{links[other]['id']}/checks", f"/connections/{links[other]['id']}/proxy/x"):
        walk.problem(bound.get(path), 404, "not_found", f"GET {path} of another customer")
    walk.problem(bound.post(f"/connections/{links[other]['id']}/check"), 404, "not_found", "a check of another's")
    walk.equal([one["data"].get("customer_id") for one in bound.get("/events")["data"] if one["data"].get("customer_id") != mine], [], "events of others")
    walk.holds(bound.post("/customers", {"name": "New"}).status in (403, 404), "a bound key makes no customer", None)
    made = bound.post("/connections", {"customer_id": other, "system": "generic-rest", "hosting": "cloud", "base_url": system.url, "auth": {"scheme": "none"}})
    walk.holds(made.status in (404, 422), "a bound key connects nothing for others", made)
    escalated = bound.post("/api-keys", {"name": "more", "scopes": ["all"]})
    walk.holds(escalated.status in (403, 422), "a bound key makes no wider key", escalated)


def users(walk, api):
    made = api.post("/users", {"email": "op@walk.example", "name": "Op", "role": "viewer"})
    walk.equal(made.status, 201, "POST /users")
    walk.holds(is_id(made["id"], "usr"), "a user's id", made)
    me = f"/users/{made['id']}"
    walk.equal(api.get(me)["email"], "op@walk.example", "GET of a user")
    walk.equal(api.patch(me, {"name": "Operator"})["name"], "Operator", "PATCH of a user")
    walk.problem(api.post("/users", {"email": "op@walk.example", "name": "Op", "role": "viewer"}), 409, "conflict", "a taken address")
    walk.problem(api.post("/users", {"email": "op2@walk.example", "name": "Op", "role": "king"}), 422, "validation_failed", "an unknown role")
    walk.equal(api.delete(me).status, 204, "DELETE of a user")
    walk.problem(api.get(me), 404, "not_found", "a deleted user")


def applications(walk, api):
    made = api.post("/oauth-applications", {"system": "xero", "client_id": "abc", "client_secret": "s3cret-value"})
    walk.equal(made.status, 201, "POST /oauth-applications")
    walk.holds(is_id(made["id"], "app") and "s3cret-value" not in str(made.json), "an application without its secret", made)
    me = f"/oauth-applications/{made['id']}"
    walk.equal(api.get(me).status, 200, "GET of an application")
    walk.equal(api.patch(me, {"client_id": "abd"})["client_id"], "abd", "PATCH of an application")
    walk.problem(api.post("/oauth-applications", {"system": "nonsense", "client_id": "abc"}), 422, "validation_failed", "of an unknown system")
    walk.equal(api.delete(me).status, 204, "DELETE of an application")
    walk.problem(api.get(me), 404, "not_found", "a deleted application")


def outside(walk, api):
    nobody = Caller(api.instance, None)
    for path in ("/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs"):
        answer = nobody.get(path, prefix="")
        walk.holds(answer.status == 200 and answer.header("x-request-id"), f"GET {path} without a key", answer)
    document = nobody.get("/api/openapi.json", prefix="")
    walk.holds(document["openapi"].startswith("3.1"), "OpenAPI 3.1", document["openapi"])
    walk.holds("http" not in " ".join(re.findall(r'(?:src|href)="([^"]*)"', nobody.get("/api/docs", prefix="").body.decode())).replace(f"http://127.0.0.1:{api.instance.port}", ""), "/api/docs works offline")
    for path in ("/", "/customers", "/connections", "/credits", "/systems", "/webhooks", "/events", "/audit", "/settings"):
        walk.holds(nobody.get(path, prefix="").status in (302, 303), f"GET {path} leads to the sign-in", nobody.get(path, prefix=""))
    walk.holds(nobody.get("/sign-in", prefix="").status in (200, 303), "GET /sign-in")
    walk.holds(nobody.get("/portal/nonsense", prefix="").status in (404, 410), "an unknown link", nobody.get("/portal/nonsense", prefix=""))
    walk.holds(nobody.get("/setup/nonsense", prefix="").status in (403, 404, 410), "an unknown setup link", nobody.get("/setup/nonsense", prefix=""))
    walk.holds(nobody.get("/oauth/callback", prefix="").status in (400, 404, 410, 422), "a callback that nobody began", nobody.get("/oauth/callback", prefix=""))
