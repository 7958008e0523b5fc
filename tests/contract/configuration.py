"""§8: every key in the file and in the environment; unknown keys, wrong values, files of secrets."""

import os
import pathlib
import tempfile

from instance import Instance, run

EVERY = {
    "instance": {"name": '"Acme"', "region": '"eu-1"', "public_url": '"https://connect.example"'},
    "server": {"listen": '["127.0.0.1:8443"]', "tls": '"auto"', "trusted_proxies": '["10.0.0.1"]'},
    "listeners": {"dashboard": '["127.0.0.1:9001"]', "api": '["127.0.0.1:9002"]', "portal": '["127.0.0.1:9003"]', "metrics": '["127.0.0.1:9004"]'},
    "storage": {"data_dir": '"/tmp/junctionbox-nowhere"', "instance_key_file": '"/tmp/junctionbox-nowhere/instance.key"'},
    "vault": {"seal": '"key-file"', "key_file": '"/tmp/junctionbox-nowhere/vault.key"'},
    "egress": {"allow": '["10.0.0.0/8", "203.0.113.7:443", "*.ondemand.com:443"]', "deny": '["10.1.0.0/16"]', "proxy": '"http://proxy.example:3128"',
               "no_proxy": '["10.0.0.0/8"]', "plaintext": '["127.0.0.0/8"]'},
    "health": {"interval_seconds": "60", "minimum_interval_seconds": "5", "failures_before_unreachable": "3", "successes_after_unreachable": "2",
               "confirm_delay_seconds": "5", "connect_timeout_seconds": "5", "response_timeout_seconds": "15", "concurrency": "256", "concurrency_per_host": "4",
               "startup_grace_seconds": "10"},
    "credits": {"policy": '"overage"', "tier_1": "1", "tier_2": "2", "tier_3": "4", "on_premises_factor": "2"},
    "webhooks": {"timeout_seconds": "15", "schedule": '["0s", "5s", "5m"]'},
    "smtp": {"host": '"mail.example"', "port": "587", "tls": '"starttls"', "username": '"u"', "password": '"p"', "from": '"a@b.example"'},
    "backup": {"schedule": '"15 2 * * *"', "keep_daily": "7", "keep_weekly": "4", "target": '"/tmp"'},
    "log": {"level": '"info"', "format": '"json"'},
}


def walk(walk):
    check = lambda text, environment=None: check_config(walk.binary, text, environment)
    whole = "".join(f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for section, keys in EVERY.items())
    good = check(whole)
    walk.equal(good.returncode, 0, "every key of the contract") or print(good)
    for section, keys in EVERY.items():
        needed = EVERY["smtp"] if section == "smtp" else {}
        for key, value in keys.items():
            name = f"JUNCTIONBOX_{section}__{key}".upper()
            plain = value.strip('"[]').replace('"', "").replace(", ", ",")
            rest = "".join(f"{other} = {text}\n" for other, text in needed.items() if other != key)
            done = check(f"[smtp]\n{rest}" if needed else "", {name: plain})
            walk.equal((name, done.returncode), (name, 0), f"{name}={plain}") or print(done.stderr)
    for text, word in (
        ("[instance]\nnmae = 'x'\n", "nmae"), ("[nonsense]\nx = 1\n", "nonsense"), ("[health]\ninterval_seconds = 'often'\n", "interval_seconds"),
        ("[server]\ntls = 'maybe'\n", "tls"), ("[server]\nlisten = ['0.0.0.0:80']\ntls = 'off'\n", "tls"), ("[credits]\npolicy = 'x'\n", "policy"),
        ("[egress]\nallow = ['nonsense nonsense']\n", "allow"), ("[webhooks]\nschedule = ['soon']\n", "schedule"), ("[log]\nlevel = 'loud'\n", "level"),
        ("[vault]\nseal = 'wax'\n", "seal"), ("[instance\n", "TOML"), ("[backup]\nschedule = 'daily at two'\n", "schedule"),
        ("[smtp]\nhost = 'x'\nfrom = 'a@b.example'\npassword = 'p'\npassword_file = '/tmp/x'\n", "password"), ("[instance]\npublic_url = 'nonsense'\n", "public_url"),
    ):
        done = check(text)
        walk.holds(done.returncode in (1, 3) and word in done.stdout + done.stderr, f"a mistake at {word}", done)
    both = check("[instance]\nnmae = 'x'\n[health]\nconcurrency = 'x'\n[log]\nlevel = 'loud'\n")
    told = both.stdout + both.stderr
    walk.holds(all(word in told for word in ("nmae", "concurrency", "level")), "all mistakes at once", told)
    walk.holds(check("", {"JUNCTIONBOX_HEALTH__NONSENSE": "1"}).returncode != 0, "an unknown variable")
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder, "secret")
        secret.write_text("p4ssword\n")
        secret.chmod(0o600)
        text = f"[smtp]\nhost = 'mail.example'\nusername = 'u'\nfrom = 'a@b.example'\npassword_file = '{secret}'\n"
        walk.equal(check(text).returncode, 0, "a secret from a file")
        walk.equal(check(text.replace("password_file", "#"), {"JUNCTIONBOX_SMTP__PASSWORD_FILE": str(secret)}).returncode, 0, "the same by the environment")
        walk.holds(check(text.replace("secret", "none")).returncode != 0, "a secret from a file that is not there")
    apart(walk)


def check_config(binary, text, environment=None):
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        return run(binary, "check-config", "--config", file.name, environment={**os.environ, **(environment or {})})


def apart(walk):
    """A start with an unknown key is refused; links are made from public_url, never from the Host header."""
    refused = Instance(walk.binary, "[health]\nnonsense = 1\n").run("serve", "--listen", "127.0.0.1:0", "--tls", "off")
    walk.equal(refused.returncode, 1, "a start with an unknown key")
    instance = Instance(walk.binary, '[instance]\npublic_url = "https://connect.example"\n[egress]\nallow = ["127.0.0.0/8"]\n',
                        environment={"JUNCTIONBOX_INSTANCE__REGION": "eu-1"}).start()
    try:
        api = instance.caller("all")
        walk.equal(api.get("/instance")["region"], "eu-1", "a key of the environment")
        owner = api.post("/customers", {"name": "x"})["id"]
        made = api.post("/connections", {"customer_id": owner, "system": "sandbox", "hosting": "cloud", "verify": False})
        link = api.post(f"/connections/{made['id']}/links", {"purpose": "connect"}, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        walk.holds((link["url"] or "").startswith("https://connect.example/portal/"), "a link is made from public_url", link)
    finally:
        instance.stop()
