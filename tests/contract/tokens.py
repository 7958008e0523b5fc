"""§2, rule 6: what a token endpoint answers and what comes of it."""

from systems import GOOD, Hang, Reset, System, answer


def walk(walk):
    api, customer = walk.stocked()
    client_credentials(walk, api, customer)
    passwords(walk, api, customer)


class Issuer(System):
    """A token endpoint at /token and an interface that wants the last token."""

    def __init__(self):
        self.issued, self.token_answer = 0, None
        super().__init__(self._behave)

    def _behave(self, request):
        if request.path == "/token":
            if self.token_answer is not None:
                return self.token_answer
            self.issued += 1
            return answer(200, {"access_token": f"t{self.issued}", "token_type": "Bearer", "expires_in": 3600})
        return GOOD if request.header("authorization") == f"Bearer t{self.issued}" else answer(401, "token")

    def revoke(self):
        self.issued += 100

    def asked(self):
        return sum(1 for request in self.seen if request.path == "/token")


def connect(api, customer, issuer, **auth):
    made = api.post("/connections", {"customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": issuer.url,
                                     "auth": {"scheme": "oauth2_client_credentials", "client_id": "c", "client_secret": "s", "token_url": issuer.url + "/token", **auth}})
    assert made.status == 201, made
    return f"/connections/{made['id']}"


def client_credentials(walk, api, customer):
    reauthorization = ("reauthorization_required", "credentials_rejected", "connection")
    table = (
        ("invalid_client", answer(401, {"error": "invalid_client"}), reauthorization, 1),
        ("unauthorized_client", answer(400, {"error": "unauthorized_client"}), reauthorization, 1),
        ("an empty 400", answer(400, ""), reauthorization, 1),
        ("an empty 401", answer(401, "", content_type=None), reauthorization, 1),
        ("invalid_scope", answer(400, {"error": "invalid_scope"}), ("degraded", "unexpected_response", None), 1),
        ("invalid_request", answer(400, {"error": "invalid_request"}), ("degraded", "unexpected_response", None), 1),
        ("a 500", answer(500, "broken"), ("unreachable", "server_error", "host"), 3),
        ("HTML", answer(200, "<html>maintenance</html>", "text/html"), ("unreachable", None, "host"), 3),
        ("no answer", Hang, ("unreachable", "response_timeout", "host"), 3),
        ("a reset", Reset, ("unreachable", "connection_reset", "host"), 3),
        ("429", answer(429, "slow"), ("degraded", "rate_limited", None), 1),
    )
    for what, given, wanted, times in table:
        issuer = Issuer()
        me = connect(api, customer, issuer)
        issuer.token_answer = given
        issuer.revoke()
        for _ in range(times):
            checked = api.post(f"{me}/check")
        seen = (checked["status"], checked["reason"], checked["fault_scope"])
        fits = all(want in (None, got) for want, got in zip(wanted, seen))
        walk.holds(fits, f"the token endpoint answers {what}: {wanted}", (seen, checked["decision"]))
    issuer = Issuer()
    me = connect(api, customer, issuer)
    walk.equal(issuer.asked(), 1, "tokens asked for at the start")
    api.post(f"{me}/check")
    asked = issuer.asked()
    api.post(f"{me}/check")
    walk.equal(issuer.asked() - asked, 0, "tokens asked for while one lives")
    issuer.revoke()
    walk.equal(api.post(f"{me}/check")["status"], "active", "a revoked token is renewed within a check")
    walk.equal(issuer.asked() - asked, 1, "tokens asked for then")


def passwords(walk, api, customer):
    issuer = Issuer()
    me = connect(api, customer, issuer, scheme="oauth2_password", username="u", password="p")
    walk.equal(issuer.seen[0].form.get("grant_type"), "password", "the password grant")
    issuer.token_answer = answer(400, {"error": "invalid_grant"})
    issuer.revoke()
    issuer.forget()
    checked = api.post(f"{me}/check")
    walk.equal((checked["status"], checked["reason"]), ("reauthorization_required", "credentials_rejected"), "a refused password grant")
    walk.holds(issuer.asked() <= 2, "how often it was asked", issuer.asked())
    api.post(f"{me}/check")
    walk.holds(issuer.asked() <= 2, "how often it was asked after another check", issuer.asked())
