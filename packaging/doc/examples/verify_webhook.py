"""Verifies an event by the Standard Webhooks form, with Python's own library alone. Use the body as it came, byte for byte.

python3 verify_webhook.py SECRET WEBHOOK_ID WEBHOOK_TIMESTAMP WEBHOOK_SIGNATURE < body
With the library: standardwebhooks.Webhook(secret).verify(body, headers)
"""

import base64
import hashlib
import hmac
import sys
import time


def verify(secret, message_id, timestamp, signatures, body, tolerance=300):
    if abs(time.time() - int(timestamp)) > tolerance:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # While a secret is exchanged there are two signatures.
    given = [part[3:] for part in signatures.split() if part.startswith("v1,")]
    return any(hmac.compare_digest(wanted, one) for one in given)


if __name__ == "__main__":
    valid = verify(*sys.argv[1:5], sys.stdin.buffer.read())
    print("valid" if valid else "forged or too old")
    sys.exit(0 if valid else 1)
