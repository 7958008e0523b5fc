#!/bin/sh
# Connects a system, asks how it is, sends a request through it. Needs curl.
#   JUNCTIONBOX=https://junctionbox.example KEY=jbx_… sh quickstart.sh
set -eu
: "${JUNCTIONBOX:?the address of the instance}" "${KEY:?an API key}"

api() { # METHOD PATH [JSON] [curl's options]
    method=$1 path=$2 body=${3-}
    if [ -n "$body" ]; then
        curl -sS --fail-with-body -X "$method" "$JUNCTIONBOX$path" -H "Authorization: Bearer $KEY" \
            -H 'Content-Type: application/json' -H "Idempotency-Key: \"$(date +%s)-$$-$method-${#body}\"" -d "$body"
    else
        curl -sS --fail-with-body -X "$method" "$JUNCTIONBOX$path" -H "Authorization: Bearer $KEY"
    fi
}
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

customer=$(api POST /api/v1/customers '{"name":"Hohenfels Maschinenbau"}' | sed 's/,.*//' | field id)
# The sandbox needs no credentials; for SAP ECC: "system":"sap-ecc","auth":{"scheme":"basic","username":"…","password":"…"}
connection=$(api POST /api/v1/connections "{\"customer_id\":\"$customer\",\"system\":\"sandbox\",\"hosting\":\"cloud\",
    \"base_url\":\"https://sandbox.example\",\"auth\":{\"scheme\":\"none\"}}" | sed 's/,.*//' | field id)
echo "connected: $connection"

echo "answered: $(api GET "/api/v1/connections/$connection/proxy/orders?top=1")"

# What your program does when a customer has to sign in again: the sandbox plays it.
api POST "/api/v1/connections/$connection/simulate" '{"status":"reauthorization_required"}' >/dev/null
case $(api GET "/api/v1/connections/$connection/status") in
*'"reauthorization_required":true'*) echo "the customer has to sign in again" ;;
*) echo "unexpected status" >&2; exit 1 ;;
esac
api POST "/api/v1/connections/$connection/simulate" '{"status":"active"}' >/dev/null
echo "status: $(api GET "/api/v1/connections/$connection" | field status | head -n 1)"
