# What both packages live through, from the first installation to a restore on a second machine. The parts say how their
# package manager does it: pm_install, pm_upgrade, pm_remove, pm_version, pm_again. Sourced by run.

life_installed() {
    say "$1: install"
    pm_install
    await_ready
    run systemctl status junctionbox --no-pager --lines 0
    run junctionbox status
    run ls -ld /var/lib/junctionbox /etc/credstore/junctionbox.instance.key /etc/junctionbox/junctionbox.toml
    [[ ! -e $machine/var/lib/junctionbox/instance.key ]] || fail 'the instance key lies beside the data'
    ok 'the instance key came by a credential and lies outside the data'
    run systemd-analyze verify --man=no /usr/lib/systemd/system/junctionbox.service
    [[ -z $(inside systemd-analyze verify --man=no /usr/lib/systemd/system/junctionbox.service 2>&1 | grep junctionbox) ]] || fail 'systemd-analyze verify has something to say'
    run systemd-analyze security junctionbox --no-pager --threshold=15
    inside junctionbox doctor && fail 'doctor has nothing to say of a fresh appliance' || [[ $? == 3 ]] || fail 'doctor ends with another code than 3'
    for check in permissions key_beside_data confinement disk certificate; do finding $check good; done
    ok 'doctor: confined, private, the key apart; ends with 3 because there is more to do'
}

# Everything from the first instruction of the server on, under strace: first process of the machine and all its children.
life_without_calling_home() {
    say "$1: start, set-up, pages and checks, and what was tried to reach"
    edit_configuration
    run junctionbox check-config
    start_cap
    strace -f -qq -e trace=connect,sendto,sendmsg,sendmmsg -p "$leader" -o "$work/strace" &
    local tracing=$!
    sleep 1
    run systemctl restart junctionbox
    await_ready
    link=$(inside junctionbox setup-link)
    [[ $link == */setup/* ]] || fail "no set-up link: $link"
    link=$url/setup/${link##*/setup/}
    rm -f "$work/cookies"
    beside python3 "$here/walk.py" set-up "$link" "$work/cookies" "$work/kit" || fail 'the set-up'
    ok 'set up by its pages; the recovery kit was shown there and a line read back'
    key=$(inside junctionbox api-key create --name test --scope all)
    customer=$(api POST /customers '{"name":"Plant"}' | field id)
    connection=$(api POST /connections "{\"customer_id\":\"$customer\",\"system\":\"sap-s4hana\",\"hosting\":\"on_premises\",\"base_url\":\"http://127.0.0.1:4004\",\"auth\":{\"scheme\":\"basic\",\"username\":\"jbx\",\"password\":\"first-Passw0rd\"}}" | tee "$work/connected" | field id) || fail "$(cat "$work/connected")"
    await_status active
    ok 'CAP is connected and active'
    # SAP asks for a minute between checks by the clock; by hand they are made at once.
    local patience
    for patience in 1 2 3; do api POST "/connections/$connection/check" >/dev/null; done
    beside python3 "$here/walk.py" pages "$url" "$work/cookies" || fail 'a page'
    run junctionbox backup create
    inside junctionbox doctor >/dev/null || [[ $? == 3 ]] || fail 'doctor'
    sleep 12
    kill -INT $tracing && wait $tracing || true
    local foreign connects
    foreign=$(grep -oE 'inet_addr\("[^"]+"\)|inet_pton\(AF_INET6, "[^"]+"' "$work/strace" | grep -vE '"(127\.[0-9.]+|::1|::ffff:127\.[0-9.]+)"' | sort | uniq -c || true)
    connects=$(grep -cE 'connect\(.*AF_INET' "$work/strace") || true
    grep -q 'connect(.*/run/systemd/notify' "$work/strace" || fail 'strace did not see the server start: it proves nothing'
    ((connects >= 4)) || fail 'strace saw none of the checks: it proves nothing'
    [[ -z $foreign ]] || fail "it tried to reach: $foreign"
    ok "from its first instruction on nothing was tried beyond loopback; $connects connects seen"
}

life_kept_secret() {
    say "$1: the recovery kit leaves no trace"
    inside junctionbox recovery-kit >"$work/kit.printed"
    diff <(grep -E '^ *[KV][1-4] ' "$work/kit") <(grep -E '^ *[KV][1-4] ' "$work/kit.printed") || fail 'set-up and command show different kits'
    inside journalctl --no-pager -o export >"$work/journal"
    inside junctionbox audit export >"$work/audit" || fail 'the audit'
    grep -q recovery_kit "$work/audit" || fail 'that the kit was shown is not in the audit'
    local label groups
    while read -r label groups; do
        ! grep -qiF -e "$groups" -e "${groups// /}" "$work/journal" "$work/audit" || fail "line $label of the kit stands in journal or audit"
    done < <(grep -E '^ *[KV][1-4] ' "$work/kit.printed")
    ok "not in $(wc -l <"$work/journal") lines of the journal, nor in the audit, which knows that it was shown"
}

life_upgraded() {
    say "$1: upgrade"
    local due before after count
    due=$(api GET "/connections/$connection/status" | field next_check_at)
    before=$(main_pid) count=$(starts)
    watch_gap "$url"
    pm_upgrade
    end_gap
    pm_version
    after=$(main_pid)
    [[ $(starts) == $((count + 1)) && $before != "$after" ]] || fail "started $(($(starts) - count)) times, not once"
    python3 -c "import sys; sys.exit($silence >= 5)" || fail "it was silent for $silence s"
    ok "restarted once; silent for $silence s, less than 5"
    grep -q '^interval_seconds = 5' "$machine/etc/junctionbox/junctionbox.toml" || fail 'an upgrade replaced the changed configuration'
    ok 'the changed configuration stayed'
    local again
    again=$(api GET "/connections/$connection/status" | field next_check_at)
    python3 -c "import sys; sys.exit('$again' < '$due')" || fail "the next check was due $due and is due $again"
    beside python3 "$here/walk.py" pages "$url" "$work/cookies" || fail 'the session did not survive'
    await_status active
    ok "session, key of a program, connection and due time ($due, then $again) live on"
}

life_removed_and_back() {
    say "$1: back up, remove, install again"
    run junctionbox backup create
    backup=$(basename "$(ls -t "$work"/nas/*.jbxbackup | head -n 1)")
    pm_remove
    [[ -e $machine/var/lib/junctionbox/junctionbox.db && -e $machine/etc/credstore/junctionbox.instance.key ]] || fail 'removing took data away'
    [[ ! -e $machine/usr/bin/junctionbox ]] || fail 'removing left the program'
    ok 'removed: the program is gone, data and keys stayed'
    pm_again
    await_ready
    await_status active
    ok 'installed again: everything is there'
}

# On the second machine: the configuration, the place off-site, and the kit.
life_restored() {
    say "$1: another machine, its configuration and the recovery kit"
    pm_install
    await_ready
    start_cap
    edit_configuration
    mkdir -p "$machine/root/moved"
    cp "$work/kit" "$machine/root/moved/kit.txt"
    run junctionbox backup list --target
    run systemctl stop junctionbox
    follow "cd /root/moved && junctionbox backup fetch $backup"
    follow "junctionbox restore /root/moved/$backup --recovery-kit /root/moved/kit.txt"
    run systemctl start junctionbox
    await_ready
    run junctionbox status
    [[ $(beside curl -sk "$url/readyz") == *'"standing_by":true'* ]] || fail '/readyz does not say that it stands by'
    finding standing_by warning
    [[ $(api POST "/connections/$connection/check" | field code) == busy ]] || fail 'a restored appliance checks before it may'
    ok 'it stands by, and says so'
    run junctionbox restore --confirm
    await_status active
    ok 'active again, and nobody typed its password'
    # The kit laid the key beside the data; the documents say how it gets out of there.
    finding key_beside_data warning
    follow 'install -m 600 /var/lib/junctionbox/instance.key /etc/credstore/junctionbox.instance.key && rm /var/lib/junctionbox/instance.key && systemctl restart junctionbox'
    await_ready
    await_status active
    finding key_beside_data good
    ok 'the restored key lies outside the data again'
}
