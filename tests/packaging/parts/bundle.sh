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
# Every signed byte as it was, and a header by which GNU tar puts other bytes together.
python3 - "$bundle" "$work/sparse.tar" <<'PY'
import io, sys, tarfile
evil = b"#!/bin/sh\necho another program\n"
source, out = tarfile.open(sys.argv[1]), tarfile.open(sys.argv[2], "w", format=tarfile.PAX_FORMAT)
for member in source.getmembers():
    data = source.extractfile(member).read() if member.isfile() else None
    if member.name.endswith("/junctionbox"):
        places, found = [], 0
        for at in range(0, len(data), 512):
            if found == len(evil):
                break
            places.append((found, 1))
            found += data[at] == evil[found]
        assert found == len(evil)
        member.pax_headers = {"GNU.sparse.size": str(len(evil)), "GNU.sparse.numblocks": str(len(places)),
                              "GNU.sparse.map": ",".join(f"{at},{length}" for at, length in places)}
    out.addfile(member, io.BytesIO(data) if data is not None else None)
out.close()
PY
mkdir "$work/fooled" && tar -C "$work/fooled" -xf "$work/sparse.tar"
[[ $(head -c 9 "$work"/fooled/*/junctionbox) == '#!/bin/sh' ]] || fail 'tar was not fooled: this proves nothing'
if "$program" bundle verify "$work/sparse.tar" --public-key "$dist/throw-away.pub"; then fail 'a bundle passed that tar unpacks as another program'; else [[ $? == 3 ]] || fail 'another exit code than 3'; fi
if (cd "$work"/fooled/* && sha256sum --quiet --strict -c SHA256SUMS 2>/dev/null); then fail 'sha256sum did not notice'; fi
ok 'one that tar would unpack as another program is refused, and sha256sum notices'
