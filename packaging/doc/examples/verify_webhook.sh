#!/bin/sh
# Verifies an event by the Standard Webhooks form, with openssl. The body comes on standard input, byte for byte.
#   sh verify_webhook.sh SECRET WEBHOOK_ID WEBHOOK_TIMESTAMP WEBHOOK_SIGNATURE < body
set -eu
now=$(date +%s)
age=$((now - $3))
if [ "$age" -gt 300 ] || [ "$age" -lt -300 ]; then echo "forged or too old"; exit 1; fi
key=$(printf %s "${1#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
wanted=$({ printf '%s.%s.' "$2" "$3"; cat; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
# While a secret is exchanged there are two signatures.
for given in $4; do
    if [ "$given" = "v1,$wanted" ]; then echo valid; exit 0; fi
done
echo "forged or too old"
exit 1
