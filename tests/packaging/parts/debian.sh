# The Debian package on Debian 12. Sourced by run.
make_newer
pm_install() { run apt-get install -y --no-install-recommends "/dist/$(basename "$deb")"; }
# The newer one ships another configuration, and this one was changed: without a terminal dpkg has to be told.
pm_upgrade() { run apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "/newer/$(basename "$newer_deb")"; }
pm_again() { run apt-get install -y --no-install-recommends "/newer/$(basename "$newer_deb")"; }
pm_remove() { run apt-get remove -y junctionbox; }
pm_version() { run dpkg-query -W junctionbox; }

boot first "$base"
life_installed Debian
life_without_calling_home Debian
life_kept_secret Debian
. "$here/operating.sh"
life_upgraded Debian
[[ -e $machine/etc/junctionbox/junctionbox.toml.dpkg-dist ]] || fail 'the new defaults are not beside the changed configuration'
ok 'the new defaults lie beside it, as .dpkg-dist'
life_removed_and_back Debian

say 'Debian: purge'
run apt-get purge -y junctionbox
for path in var/lib/junctionbox etc/junctionbox etc/credstore/junctionbox.instance.key; do
    [[ ! -e $machine/$path ]] || fail "purging left /$path"
done
[[ -z $(inside systemctl list-unit-files 'junctionbox*' --no-legend) ]] || fail 'purging left a unit'
ok 'purging left nothing'
switch_off

boot second "$base"
life_restored Debian
switch_off
