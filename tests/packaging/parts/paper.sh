# What can be said without a machine. Sourced by run.
say 'lintian and rpmlint'
lintian --allow-root --fail-on error "$deb" 2>/dev/null || fail 'lintian found an error'
ok 'lintian has no error'
rpmlint -c packaging/lint/rpmlint.toml "$rpm" >"$work/rpmlint" 2>&1 || { cat "$work/rpmlint" && fail 'rpmlint found an error'; }
tail -n 1 "$work/rpmlint"
ok 'rpmlint has no error'
mkdir "$work/control" && dpkg-deb --control "$deb" "$work/control"
ls "$work/control"
[[ ! -e $work/control/config && ! -e $work/control/templates ]] || fail 'the Debian package asks by debconf'
[[ $(cat "$work/control/conffiles") == $'/etc/junctionbox/junctionbox.toml\n/etc/junctionbox/systems.d/README' ]] || fail "conffiles: $(cat "$work/control/conffiles")"
ok 'no debconf; the configuration and nothing else is a conffile'
say 'the unit'
score=$(systemd-analyze security --offline=true packaging/systemd/junctionbox.service | grep -oE 'exposure level for [^:]*: [0-9.]+' | grep -oE '[0-9.]+$')
python3 -c "import sys; sys.exit(float('$score') > 1.5)" || fail "the unit's exposure is $score"
ok "exposure $score, at most 1.5"
size=$(stat -c %s "$dist"/junctionbox-*-linux)
((size < 30000000)) || { [[ -n ${JUNCTIONBOX_ANY_SIZE:-} ]] && echo "   the program has $size bytes"; } || fail "the program has $size bytes"
ok "the program has $size bytes"

say 'the packages again, from the same program'
# The day of the first ones: a commit may have come since.
epoch=$(dd if="$deb" bs=1 skip=24 count=12 2>/dev/null | tr -d ' ')
SOURCE_DATE_EPOCH=$epoch packaging/build --packages --binary "$(echo "$dist"/junctionbox-*-linux)" --out "$work/again" >/dev/null 2>"$work/again.log" || { cat "$work/again.log" && fail 'packaging/build'; }
cmp "$deb" "$work/again/$(basename "$deb")" && cmp "$rpm" "$work/again/$(basename "$rpm")" || fail 'the packages differ from build to build'
ok 'the same bytes; tests/packaging/reproducible compiles anew as well'
