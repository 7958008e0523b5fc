# The Red Hat package, by rpm under systemd. No Red Hat is at hand here: the machine is a Debian with rpm, so rpm's scripts,
# files and systemd are the real ones, and what rpm would ask of its own database is not (--nodeps). Sourced by run.
make_newer
red_base=$tools/debian-12-rpm
if [[ ! -e $red_base/.done ]]; then
    say 'a bare machine with rpm'
    rm -rf "$red_base" && cp -a "$base" "$red_base" && rm -f "$red_base/.done"
    cp /etc/resolv.conf "$red_base/etc/resolv.conf" 2>/dev/null || true
    { chroot "$red_base" apt-get update -qq && chroot "$red_base" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rpm && chroot "$red_base" apt-get clean; } >"$work/rpm.log" 2>&1 || fail "rpm: $(tail -n 3 "$work/rpm.log")"
    rm -f "$red_base/etc/resolv.conf"
    touch "$red_base/.done"
fi
red() { run rpm --force-debian --nodeps "$@"; }
pm_install() {
    red -i "/dist/$(basename "$rpm")"
    run systemctl enable --now junctionbox
}
pm_upgrade() { red -U "/newer/$(basename "$newer_rpm")"; }
pm_again() {
    # rpm keeps a changed configuration aside: the documents say to put it back.
    follow 'test ! -e /etc/junctionbox/junctionbox.toml.rpmsave || mv /etc/junctionbox/junctionbox.toml.rpmsave /etc/junctionbox/junctionbox.toml'
    red -i "/newer/$(basename "$newer_rpm")"
    run systemctl enable --now junctionbox
}
pm_remove() {
    red -e junctionbox
    [[ -z $(main_pid | grep -v '^0$') ]] || fail 'erasing left the service running'
    [[ -e $machine/etc/junctionbox/junctionbox.toml.rpmsave ]] || fail 'erasing threw the changed configuration away'
}
pm_version() { run rpm --force-debian -q junctionbox; }

boot third "$red_base"
life_installed rpm
[[ $(inside rpm --force-debian -q --qf '[%{FILENAMES} %{FILEFLAGS:fflags}\n]' junctionbox | grep -E ' cn?$' | sort) == $'/etc/junctionbox/junctionbox.toml cn\n/etc/junctionbox/systems.d/README cn' ]] || fail 'the configuration is not noreplace'
ok 'the configuration is config(noreplace), and nothing else is'
life_without_calling_home rpm
life_kept_secret rpm
life_upgraded rpm
[[ -e $machine/etc/junctionbox/junctionbox.toml.rpmnew ]] || fail 'the new defaults are not beside the changed configuration'
ok 'the new defaults lie beside it, as .rpmnew'
life_removed_and_back rpm
switch_off

boot fourth "$red_base"
life_restored rpm
say 'rpm: erase'
pm_remove
[[ -e $machine/var/lib/junctionbox/junctionbox.db && -e $machine/etc/credstore/junctionbox.instance.key ]] || fail 'erasing took data away'
[[ -z $(inside systemctl list-units --all --no-legend 'junctionbox*') ]] || run systemctl list-units --all --no-legend 'junctionbox*'
ok 'erased: stopped, the program is gone, the data stayed'
switch_off
