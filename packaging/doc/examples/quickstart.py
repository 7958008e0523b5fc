"""Connects a system, asks how it is, sends a request through it. Python's own library alone.

JUNCTIONBOX=https://junctionbox.example KEY=jbx_… python3 quickstart.py
"""

import json
import os
import urllib.error
import urllib.request
import uuid

BASE, KEY = os.environ["JUNCTIONBOX"], os.environ["KEY"]


class Problem(Exception):
    """A refusal: `code` is for programs, `detail` says what to do next."""

    def __init__(self, body):
        super().__init__(f"{body['code']}: {body['detail']}")
        self.code, self.body = body["code"], body


def api(method, path, body=None):
    headers = {"Authorization": f"Bearer {KEY}"}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
        # The same key with a repeated request: what was made once is not made twice.
        headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        # The connected system's own answer carries this header; everything else is Junctionbox's.
        if error.headers.get("Junctionbox-Upstream"):
            raise
        raise Problem(json.load(error)) from None


customer = api("POST", "/api/v1/customers", {"name": "Hohenfels Maschinenbau"})
connection = api(
    "POST",
    "/api/v1/connections",
    {
        "customer_id": customer["id"],
        # The sandbox needs no credentials; for SAP ECC: "sap-ecc" and {"scheme": "basic", "username": …, "password": …}
        "system": "sandbox",
        "hosting": "cloud",
        "base_url": "https://sandbox.example",
        "auth": {"scheme": "none"},
    },
)
path = f"/api/v1/connections/{connection['id']}"
print("connected:", connection["id"])
print("answered:", api("GET", f"{path}/proxy/orders?top=1"))

api("POST", f"{path}/simulate", {"status": "reauthorization_required"})
try:
    api("GET", f"{path}/proxy/orders")
except Problem as problem:
    assert problem.code == "reauthorization_required"
    print("the customer signs in again at:", problem.body["reconnect_url"])
api("POST", f"{path}/simulate", {"status": "active"})
print("status:", api("GET", f"{path}/status")["status"])
