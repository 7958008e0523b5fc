"""A strict mail server: STARTTLS and sign-in are demanded before anything else, recipients answer as their names say.

    smtpd.py PORT FOLDER CERTIFICATE KEY USER PASSWORD [implicit]

With `implicit` it speaks TLS from the first byte instead.

`never…@` is refused with 550, `later…@` is put off with 451 while FOLDER/later exists, everybody else is taken. Each mail
that is taken stands in FOLDER as NUMBER.eml with its envelope in NUMBER.json; each try of a recipient in FOLDER/tries.
"""

import json
import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Handler:
    def __init__(self, folder, implicit):
        self.folder = folder
        self.implicit = implicit
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        with open(os.path.join(self.folder, "tries"), "a") as tries:
            tries.write(address + "\n")
        if address.startswith("never"):
            return "550 5.1.1 There is no such mailbox here"
        if address.startswith("later") and os.path.exists(os.path.join(self.folder, "later")):
            return "451 4.7.1 Greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = os.path.join(self.folder, f"{self.count:04}")
        with open(name + ".eml", "wb") as mail:
            mail.write(envelope.content)
        about = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": self.implicit or session.ssl is not None,
            "user": getattr(session.auth_data, "login", b"").decode(),
            "hello": session.host_name,
        }
        with open(name + ".json.part", "w") as out:
            json.dump(about, out)
        os.rename(name + ".json.part", name + ".json")
        return f"250 2.0.0 Kept as {self.count}"


def main():
    port, folder, certificate, key, user, password = sys.argv[1:7]
    implicit = sys.argv[7:] == ["implicit"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=good, handled=good, auth_data=data if good else None)

    controller = Controller(
        Handler(folder, implicit),
        hostname="127.0.0.1",
        port=int(port),
        ssl_context=context if implicit else None,
        tls_context=None if implicit else context,
        require_starttls=not implicit,
        # The library knows of TLS only by its own STARTTLS.
        auth_require_tls=not implicit,
        authenticator=authenticate,
        auth_required=True,
    )
    controller.start()
    threading.Event().wait()


main()
