# Bare machines of systemd-nspawn, each with a loopback and no other network, and how to do something inside. Sourced by run.

# boot NAME ROOT: a copy of a bare root, started; `leader` is its first process. /mnt/nas is the same on all machines.
boot() {
    local name=$1 root=$2 patience
    cp -a "$root" "$work/$name"
    machine=$work/$name
    mkdir -p "$machine/dist" "$machine/newer" "$machine/mnt/nas" "$work/nas"
    chmod 1777 "$work/nas"
    cp "$dist"/junctionbox* "$machine/dist/"
    [[ ! -d $work/newer ]] || cp "$work"/newer/junctionbox* "$machine/newer/"
    systemd-nspawn -q -D "$machine" --register=no --keep-unit --private-network --bind="$work/nas:/mnt/nas" --boot --console=pipe >"$work/$name.console" 2>&1 &
    started+=($!)
    for patience in $(seq 120); do
        leader=$(pgrep -P "${started[-1]}" | head -n 1) || true
        [[ -n ${leader:-} ]] && case $(nsenter -t "$leader" -a systemctl is-system-running 2>/dev/null) in running | degraded) return 0 ;; esac
        sleep 0.5
    done
    fail "the machine $name did not come up: $(tail -n 5 "$work/$name.console")"
}
switch_off() { inside systemctl poweroff 2>/dev/null || true; }

inside() { nsenter -t "$leader" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# Shown with its answer; the transcript.
run() {
    printf '\n   # %s\n' "$*"
    inside "$@" 2>&1 | sed 's/^/   | /'
}
# The same for a line of the documents, with its pipes and ampersands.
follow() {
    printf '\n   # %s\n' "$1"
    inside sh -c "$1" 2>&1 | sed 's/^/   | /'
}
# From this machine's files, in the other's network.
beside() { nsenter -t "$leader" -n "$@"; }

url=https://127.0.0.1:8443
api() {
    local method=$1 path=$2 body=${3:-}
    beside curl -sk --max-time 60 -X "$method" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' ${body:+-d "$body"} "$url/api/v1$path"
}
field() { python3 -c 'import json,sys; value=json.load(sys.stdin)
for name in sys.argv[1].split("."): value=value[name]
print(value)' "$1"; }
await_ready() {
    local patience
    for patience in $(seq 300); do
        [[ $(beside curl -sk --max-time 2 -o /dev/null -w '%{http_code}' "$url/readyz") == 200 ]] && return 0
        sleep 0.1
    done
    fail "$url/readyz does not answer: $(inside journalctl -u junctionbox -n 20 --no-pager)"
}
await_status() {
    local patience seen
    for patience in $(seq 90); do
        seen=$(api GET "/connections/$connection/status" | field status) || seen=none
        [[ $seen == "$1" ]] && return 0
        sleep 1
    done
    fail "the connection is $seen, not $1: $(api GET "/connections/$connection/status")"
}
# finding CHECK LEVEL: that `doctor` says so.
finding() {
    { inside junctionbox doctor --json || true; } | python3 -c 'import json,sys
found = [one for one in json.load(sys.stdin)["findings"] if one["check"] == sys.argv[1]]
sys.exit(not any(one["level"] == sys.argv[2] for one in found) and f"doctor: {found}")' "$1" "$2" || fail "doctor does not say $2 of $1"
}
start_cap() {
    beside env PEER_PASSWORD_JBX=first-Passw0rd tests/peers/cap/start 4004 "$work/cap.jsonl" >"$work/cap.out" 2>&1 &
    started+=($!)
    local patience
    for patience in $(seq 100); do beside curl -s -o /dev/null http://127.0.0.1:4004/health && return 0 || sleep 0.3; done
    fail "CAP does not come up: $(tail -n 5 "$work/cap.out")"
}
# As an administrator would edit it: each key in its section.
edit_configuration() {
    sed -i -e 's|^#allow = \[\]|allow = ["127.0.0.0/8"]|' -e 's|^#interval_seconds = 60|interval_seconds = 5|' \
        -e 's|^#e.g. target = .*|target = "/mnt/nas"|' "$machine/etc/junctionbox/junctionbox.toml"
    grep -q '^target = "/mnt/nas"' "$machine/etc/junctionbox/junctionbox.toml" || fail 'the shipped configuration has no line for a target'
    # The sandbox shows every other folder read-only: a line of the documents.
    mkdir -p "$machine/etc/systemd/system/junctionbox.service.d"
    printf '[Service]\nReadWritePaths=/mnt/nas\n' >"$machine/etc/systemd/system/junctionbox.service.d/override.conf"
    inside systemctl daemon-reload
}
main_pid() { inside systemctl show -p MainPID --value junctionbox; }
# How often the service came up so far.
starts() { inside journalctl -u junctionbox --no-pager -o cat | grep -c '^Started junctionbox' || true; }
# Asks again and again until $work/enough is there; prints the longest silence in seconds and how many requests were refused.
watch_gap() {
    rm -f "$work/enough"
    beside python3 - "$1" "$work/enough" <<'PY' >"$work/gap" &
import os, ssl, sys, time, urllib.request
context = ssl._create_unverified_context()
last, longest, refused = time.monotonic(), 0.0, 0
while not os.path.exists(sys.argv[2]):
    try:
        with urllib.request.urlopen(sys.argv[1] + "/healthz", context=context, timeout=20):
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
    except OSError:
        refused += 1
    time.sleep(0.02)
print(f"{longest:.2f} {refused}")
PY
    gap_pid=$!
    sleep 1
}
end_gap() {
    await_ready
    sleep 1
    touch "$work/enough"
    wait $gap_pid
    read -r silence refused <"$work/gap"
}
# Packages of the same program with another version and other defaults: what an upgrade brings.
make_newer() {
    [[ -z ${newer_deb:-} ]] || return 0
    say 'newer packages'
    sed '1s/$/ (newer)/' packaging/etc/junctionbox.toml >"$work/newer.toml"
    packaging/build --packages --version 0.2.99 --configuration "$work/newer.toml" --binary "$(echo "$dist"/junctionbox-*-linux)" --out "$work/newer" >/dev/null 2>"$work/newer.log" ||
        fail "a newer package could not be made: $(tail -n 5 "$work/newer.log")"
    newer_deb=$(echo "$work"/newer/*.deb) newer_rpm=$(echo "$work"/newer/*.rpm)
}
