"""§7: each command, its exit code, over a running server and without one; demo; signals."""

import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import tempfile
import time

from instance import CONFIG, Caller, Instance, free_port, run, until
from systems import System, answer


def walk(walk):
    instance = Instance(walk.binary)
    before(walk, instance)
    instance.start()
    try:
        both(walk, instance, "running")
        connections(walk, instance)
        modes(walk, instance)
        took, code = instance.stop()
        walk.holds(code == 0 and took < 20, "SIGTERM ends serve within 20 s", (took, code))
        both(walk, instance, "stopped")
        keys(walk, instance)
    finally:
        if instance.process.poll() is None:
            instance.stop(signal.SIGKILL)
    plain(walk, instance)
    demo(walk)


def before(walk, instance):
    """An empty directory: commands make it, like the start."""
    made = instance.run("api-key", "create", "--name", "early", "--scope", "all")
    walk.holds(made.returncode == 0 and re.fullmatch(r"jbx_\S+\n", made.stdout), "api-key create on an empty directory prints the key alone", made)


def both(walk, instance, how):
    go = instance.run
    made = go("api-key", "create", "--name", f"n-{how}", "--scope", "customers:read", "--scope", "proxy")
    walk.holds(made.returncode == 0 and re.fullmatch(r"jbx_\S+\n", made.stdout), f"api-key create ({how}): the key alone", made)
    listed = go("api-key", "list", "--json")
    walk.holds(listed.returncode == 0 and f"n-{how}" in str(json.loads(listed.stdout)), f"api-key list --json ({how})", listed)
    walk.equal(go("api-key", "revoke", f"n-{how}").returncode, 0, f"api-key revoke ({how})")
    walk.equal(go("api-key", "revoke", "nonsense").returncode, 1, f"api-key revoke of an unknown one ({how})")
    walk.holds(go("api-key", "create", "--name", "x", "--scope", "nonsense").returncode in (1, 2), f"an unknown scope ({how})")
    link = go("setup-link")
    if how == "running":
        walk.holds(link.returncode == 0 and re.fullmatch(r"https?://\S+/setup/\S+\n", link.stdout), "setup-link prints the URL alone", link)
    else:
        walk.holds((link.returncode, link.stdout) == (1, "") and "owner" in link.stderr, "setup-link once there is an owner", link)
    status = go("status", "--json")
    walk.holds(status.returncode in (0, 3) and isinstance(json.loads(status.stdout), dict), f"status --json ({how})", status)
    walk.holds(go("status").stdout, f"status ({how})")
    for words in (
        ("customer", "list"), ("connection", "list"), ("vault", "status"), ("audit", "verify"), ("audit", "export"), ("credits", "verify"),
        ("backup", "list"), ("credits", "grant", "5"), ("customer", "create", "--name", f"C {how}"), ("backup", "create"), ("backup", "verify"),
    ):
        done = go(*words)
        walk.equal((words, done.returncode), (words, 0), f"{' '.join(words)} ({how})") or print(done)
        machine = go(*words, "--json")
        parses = machine.returncode == 0
        try:
            for line in machine.stdout.strip().splitlines() if words[:2] == ("audit", "export") else [machine.stdout]:
                json.loads(line)
        except ValueError:
            parses = False
        walk.holds(parses, f"{' '.join(words)} --json ({how})", machine)
    if how == "running":
        walk.equal(go("vault", "seal").returncode, 0, "vault seal")
        api = Caller(instance, instance.key("all"))
        walk.equal(api.get("/instance")["vault"]["sealed"], True, "the vault is sealed")
        customer = api.post("/customers", {"name": "Sealed"})
        walk.holds(customer.status in (201, 503), "a customer while sealed", customer)
        owner = api.get("/customers")["data"][0]["id"]
        sealed = api.post("/connections", {"customer_id": owner, "system": "generic-rest", "hosting": "cloud", "base_url": System().url, "auth": {"scheme": "basic", "username": "u", "password": "p"}})
        walk.problem(sealed, 503, "vault_sealed", "connecting while sealed")
        walk.equal(go("vault", "unseal").returncode, 0, "vault unseal")
        walk.equal(api.get("/instance")["vault"]["sealed"], False, "the vault is open")
    walk.equal(go("vault", "rotate", "--all").returncode, 0, f"vault rotate --all ({how})")
    walk.equal(go("vault", "rekey").returncode, 0, f"vault rekey ({how})")
    walk.holds(go("doctor", "--json").returncode in (0, 3), f"doctor ({how})", go("doctor", "--json"))
    walk.holds(go("upgrade-check").returncode == 0, f"upgrade-check ({how})", go("upgrade-check"))
    walk.holds(go("recovery-kit").returncode == 0, f"recovery-kit ({how})", None)
    made = go("admin", "create", "--email", f"{how}@walk.example", "--name", "Op", "--role", "owner")
    walk.holds(made.returncode == 0, f"admin create ({how})", made)


def connections(walk, instance):
    api = instance.caller("all")
    api.post("/credits/grants", {"amount": 10, "note": "x"})
    owner = api.post("/customers", {"name": "Checked"})["id"]
    system = System()
    made = api.post("/connections", {"customer_id": owner, "system": "generic-rest", "hosting": "cloud", "base_url": system.url, "auth": {"scheme": "none"}})
    walk.equal(instance.run("connection", "check", made["id"]).returncode, 0, "connection check of a good one")
    system.behaviour = answer(403, "x")
    walk.equal(instance.run("connection", "check", made["id"]).returncode, 3, "connection check of a bad one")
    walk.equal(instance.run("connection", "check", "con_" + "0" * 26).returncode, 1, "connection check of none")
    listed = instance.run("connection", "list", "--json")
    walk.holds(made["id"] in listed.stdout, "connection list", listed)
    sock = instance.data / "control.sock"
    walk.equal(oct(stat.S_IMODE(sock.stat().st_mode)), "0o600", "the mode of control.sock")
    second = subprocess.run([instance.binary, "serve", *instance.at, "--listen", f"127.0.0.1:{free_port()}", "--tls", "off"], capture_output=True, text=True, timeout=60)
    walk.holds(second.returncode == 1 and second.stderr, "a second server on the directory is refused", second)


def modes(walk, instance):
    for folder, _, files in os.walk(instance.data):
        walk.equal(oct(stat.S_IMODE(os.stat(folder).st_mode)), "0o700", f"the mode of {os.path.relpath(folder, instance.data)}")
        for name in files:
            walk.equal(oct(stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode)), "0o600", f"the mode of {name}")


def keys(walk, instance):
    key = instance.data / "instance.key"
    kept = key.read_bytes()
    key.unlink()
    refused = instance.run("serve", "--listen", f"127.0.0.1:{free_port()}", "--tls", "off")
    walk.holds(refused.returncode == 1 and str(key) in refused.stderr, "without the instance key the start is refused, and says where it looked", refused)
    walk.equal(key.exists(), False, "no new key is made")
    key.write_bytes(kept)
    key.chmod(0o600)
    vault = instance.data / "vault.key"
    held = vault.read_bytes()
    vault.unlink()
    instance.start()
    api = Caller(instance, None)
    walk.equal(api.get("/healthz", prefix="").status, 200, "without the vault's key it starts")
    walk.equal(instance.caller("all").get("/instance")["vault"]["sealed"], True, "sealed")
    instance.stop()
    vault.write_bytes(held)
    vault.chmod(0o600)


def plain(walk, instance):
    go = lambda *words: run(walk.binary, *words)
    walk.equal(json.loads(go("openapi").stdout)["openapi"][:3], "3.1", "openapi")
    walk.holds("complete" in go("completions", "bash").stdout, "completions bash")
    walk.holds(go("man").stdout.startswith((".", "'")) or ".TH" in go("man").stdout, "man", go("man").stdout[:60])
    for words in (("nonsense",), ("serve", "--nonsense"), ("api-key",), ("customer", "create"), ("credits", "grant", "x"), ()):
        walk.equal(go(*words).returncode, 2, f"wrong use: {' '.join(words) or 'nothing'}")
    walk.equal(go("--help").returncode, 0, "--help")
    walk.equal(go("--version").returncode, 0, "--version")
    walk.equal(go("serve", "--data-dir", str(instance.home / "other"), "--listen", "0.0.0.0:0", "--tls", "off").returncode in (1, 2), True, "plain HTTP for other machines is refused")
    walk.holds(go("bundle", "verify", "/nonexistent").returncode in (1, 3), "bundle verify of nothing")
    walk.holds(go("restore", "/nonexistent", "--data-dir", str(instance.home / "third")).returncode in (1, 3), "restore of nothing")


def demo(walk):
    port = free_port()
    walk.equal(run(walk.binary, "demo", "--data-dir", "/tmp/x").returncode, 2, "demo takes no --data-dir")
    walk.equal(run(walk.binary, "demo", "--config", "/tmp/x").returncode, 2, "demo takes no --config")
    walk.holds(run(walk.binary, "demo", "--listen", f"0.0.0.0:{port}").returncode in (1, 2), "demo binds loopback only")
    with tempfile.NamedTemporaryFile("w") as out:
        process = subprocess.Popen([str(walk.binary), "demo", "--listen", f"127.0.0.1:{port}"], stdout=out, stderr=subprocess.STDOUT)
        try:
            def links():
                # Opened anew: to rewind the file itself would have the program write over what it wrote.
                return re.findall(rf"http://127\.0\.0\.1:{port}/\S+", pathlib.Path(out.name).read_text())
            found = until(links, 40)
            walk.equal(len(found), 1, "demo prints one link")
            target = type("At", (), {"port": port})
            opened = Caller(target, None).get(found[0].removeprefix(f"http://127.0.0.1:{port}"), prefix="")
            walk.holds(opened.status in (200, 302, 303) and opened.header("set-cookie") or opened.status == 200, "it signs in when opened", opened)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
            walk.holds(code == 0 and time.monotonic() - begun < 20, "SIGTERM ends demo within 20 s", (code, time.monotonic() - begun))
        finally:
            if process.poll() is None:
                process.kill()
