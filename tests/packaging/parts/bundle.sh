# The offline bundle. Sourced by run.
say 'the offline bundle'
bundle=$(echo "$dist"/junctionbox-*.tar) program=$(echo "$dist"/junctionbox-*-linux)
[[ -e $bundle ]] || fail "there is no bundle in $dist; run packaging/build without --packages"
"$program" bundle verify "$bundle" --public-key "$dist/throw-away.pub"
head -c 20000000 "$bundle" >"$work/cut.tar"
if "$program" bundle verify "$work/cut.tar" --public-key "$dist/throw-away.pub"; then fail 'a cut bundle passed'; else [[ $? == 3 ]] || fail 'a cut bundle: another exit code than 3'; fi
mkdir "$work/unpacked" && tar -C "$work/unpacked" -xf "$bundle"
(cd "$work"/unpacked/* && minisign -Vm SHA256SUMS -p "$dist/throw-away.pub" && sha256sum --quiet -c SHA256SUMS) || fail 'stock minisign does not agree'
ok 'verified by the program and by stock tools; a cut one is refused'
