# What operating.md, configuration.md and installing.md tell an administrator to do, done on the first machine: a reload, new
# certificates, a server that hangs, port 443, a key that is bound to the machine. Sourced by parts/debian.sh.

conf=$machine/etc/junctionbox/junctionbox.toml
drop_in=$machine/etc/systemd/system/junctionbox.service.d
# said WORDS…: that a new line of the journal has all of them.
mark() { since=$(inside date '+%Y-%m-%d %H:%M:%S.%6N'); }
said() {
    local patience word lines
    for patience in $(seq 100); do
        lines=$(inside journalctl -u junctionbox --since "$since" --no-pager -o cat)
        for word in "$@"; do lines=$(grep -F -- "$word" <<<"$lines" || true); done
        [[ -n $lines ]] && return 0
        sleep 0.1
    done
    fail "the journal does not say: $*"
}

say 'Debian: a reload'
pid=$(main_pid)
cp "$conf" "$work/conf"
sed -i -e 's|^allow = .*|allow = ["127.0.0.0/8", "192.0.2.0/24"]|' -e 's|^#level = "info"|level = "debug"|' -e 's|^interval_seconds = 5|interval_seconds = 6|' "$conf"
mark
run systemctl reload junctionbox
said 'these are in force now' egress.allow log.level
said 'wait for a restart' health.interval_seconds
[[ $(main_pid) == "$pid" ]] || fail 'a reload started it again'
ok 'a reload took over the egress policy and the level, named what waits, and interrupted nothing'
printf '[helth]\ninterval_seconds = "soon"\n' >>"$conf"
mark
run systemctl reload junctionbox
said 'not read again' helth
[[ $(main_pid) == "$pid" ]] || fail 'a reload with a mistake started it again'
run junctionbox check-config || true
inside junctionbox check-config >/dev/null && fail 'check-config finds nothing' || [[ $? == 3 ]] || fail 'check-config ends with another code than 3'
mark
inside systemctl restart junctionbox 2>/dev/null && fail 'it starts with a mistake in its configuration'
said 'there is no such section' helth
cp "$work/conf" "$conf"
run systemctl restart junctionbox
await_ready
ok 'a file with a mistake: the reload changes nothing, the start is refused with the words of check-config'

say 'Debian: certificates of a public name'
mkdir -p "$machine/etc/junctionbox/tls"
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$machine/etc/junctionbox/tls/key.pem" -out "$machine/etc/junctionbox/tls/cert.pem" 2>/dev/null
    inside chgrp -R junctionbox /etc/junctionbox/tls
    chmod 640 "$machine/etc/junctionbox/tls/key.pem"
}
shown() { beside openssl s_client -connect 127.0.0.1:8443 </dev/null 2>/dev/null | openssl x509 -noout -subject; }
certificate first.plant.example
sed -i 's|^#tls = "auto"|tls = { certificate = "/etc/junctionbox/tls/cert.pem", key = "/etc/junctionbox/tls/key.pem" }|' "$conf"
run junctionbox check-config
run systemctl restart junctionbox
await_ready
[[ $(shown) == *first.plant.example ]] || fail "it shows $(shown)"
pid=$(main_pid)
certificate second.plant.example
run systemctl reload junctionbox
for patience in $(seq 50); do [[ $(shown) == *second.plant.example ]] && break || sleep 0.1; done
[[ $(shown) == *second.plant.example && $(main_pid) == "$pid" ]] || fail "after a reload it shows $(shown)"
echo 'no certificate' >"$machine/etc/junctionbox/tls/cert.pem"
mark
run systemctl reload junctionbox
said 'the certificate in use stays'
[[ $(shown) == *second.plant.example ]] || fail "after a bad certificate it shows $(shown)"
ok 'a reload takes a new certificate, and keeps the one in use where the new one is no good'
rm -r "$machine/etc/junctionbox/tls"
cp "$work/conf" "$conf"
run systemctl restart junctionbox
await_ready

say 'Debian: a server that hangs'
printf '[Service]\nWatchdogSec=4\n' >"$drop_in/watchdog.conf"
inside systemctl daemon-reload
run systemctl restart junctionbox
await_ready
pid=$(main_pid)
mark
inside kill -STOP "$pid"
for patience in $(seq 60); do [[ $(main_pid) != "$pid" && $(main_pid) != 0 ]] && break || sleep 0.5; done
await_ready
said 'Watchdog timeout'
await_status active
rm "$drop_in/watchdog.conf"
inside systemctl daemon-reload
run systemctl restart junctionbox
await_ready
ok 'the watchdog ended it and it came back by itself'

say 'Debian: port 443'
follow 'systemctl enable junctionbox.socket'
follow 'systemctl stop junctionbox.service && systemctl start junctionbox.socket junctionbox.service'
url=https://127.0.0.1
await_ready
run junctionbox status
[[ -z $(beside curl -sk --max-time 2 https://127.0.0.1:8443/healthz) ]] || fail 'it listens on port 8443 as well'
watch_gap "$url"
run systemctl restart junctionbox
end_gap
[[ $refused == 0 ]] || fail "$refused requests were refused while it started again"
python3 -c "import sys; sys.exit($silence >= 5)" || fail "it was silent for $silence s"
ok "port 443 without a privilege; over a restart no request was refused, the longest waited $silence s"
follow 'systemctl stop junctionbox.service junctionbox.socket && systemctl disable junctionbox.socket && systemctl start junctionbox.service'
url=https://127.0.0.1:8443
await_ready

say 'Debian: a key bound to the machine'
follow 'systemd-creds setup && mkdir -p -m 700 /etc/credstore.encrypted && systemd-creds encrypt --with-key=host --name=instance.key /etc/credstore/junctionbox.instance.key /etc/credstore.encrypted/junctionbox.instance.key'
printf '[Service]\nLoadCredential=\nLoadCredentialEncrypted=instance.key:junctionbox.instance.key\n' >"$drop_in/key.conf"
follow 'systemctl daemon-reload && rm /etc/credstore/junctionbox.instance.key && systemctl restart junctionbox'
await_ready
await_status active
finding key_beside_data good
! grep -qF "$(head -c 32 "$machine/etc/credstore.encrypted/junctionbox.instance.key")" "$work/kit" || fail 'the key is not encrypted'
inside /var/lib/dpkg/info/junctionbox.postinst configure 0.2.0-1 >/dev/null
await_ready
[[ ! -e $machine/etc/credstore/junctionbox.instance.key && ! -e $machine/var/lib/junctionbox/instance.key ]] || fail 'a plain key was made beside the encrypted one'
ok 'the encrypted key opens the store; an upgrade makes no other'
follow 'systemd-creds decrypt --name=instance.key /etc/credstore.encrypted/junctionbox.instance.key /etc/credstore/junctionbox.instance.key && chmod 600 /etc/credstore/junctionbox.instance.key'
rm "$drop_in/key.conf" "$machine/etc/credstore.encrypted/junctionbox.instance.key"
follow 'systemctl daemon-reload && systemctl restart junctionbox'
await_ready
