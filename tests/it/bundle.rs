//! `junctionbox bundle verify` as an administrator runs it: a genuine bundle passes, and one that holds every signed byte
//! unchanged, but would be unpacked as something else, does not.

use std::path::Path;
use std::process::Command;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

/// Signed once by stock minisign: the list below, by this key.
const KEY: &str = "RWSI9tqlak7QIMnOnRuJam4pC0BLDMlkZQp7D7yG3UmBinfl6ewhTCwW";
const SIGNED: &str = "untrusted comment: Junctionbox test\nRUSI9tqlak7QIBfP5qJp3UHpzPZ217dv4GwcwByE9fcu9vDzj/n/siaAVCILgXDJ+RF4ub/A88T6OLskWxKDmiE9eo2IfsMiMwY=\ntrusted comment: junctionbox-test\nc2KQTt/s5/Afs0QXqOwMWlnjW2Djvdyjd69K/BtT1U7ThB2Dr5+AXg9ge5f2EEOVvKXJw09OW44WqOhUGjQJCA==\n";
const FILES: [(&str, &str); 2] = [("doc/README", "read me\n"), ("junctionbox", "a program\n")];
const TOP: &str = "junctionbox-0.2.0-x86_64";

/// A member: its kind, its whole name, its content, and what else is changed in its header.
struct Member {
    kind: u8,
    name: String,
    content: Vec<u8>,
    change: fn(&mut Header),
}

fn member(kind: u8, name: &str, content: impl AsRef<[u8]>) -> Member {
    Member { kind, name: name.to_owned(), content: content.as_ref().to_owned(), change: |_| () }
}

fn genuine() -> Vec<Member> {
    let line = |(name, text): &(&str, &str)| format!("{}  {name}\n", HEXLOWER.encode(&Sha256::digest(text.as_bytes())));
    let sums: String = FILES.iter().map(line).collect();
    let mut members = vec![
        member(b'5', &format!("{TOP}/"), ""),
        member(b'0', &format!("{TOP}/SHA256SUMS"), sums),
        member(b'0', &format!("{TOP}/SHA256SUMS.minisig"), SIGNED),
        member(b'5', &format!("{TOP}/doc/"), ""),
    ];
    members.extend(FILES.map(|(name, text)| member(b'0', &format!("{TOP}/{name}"), text)));
    members
}

fn packed(members: &[Member]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for member in members {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::new(member.kind));
        header.as_old_mut().name[..member.name.len()].copy_from_slice(member.name.as_bytes());
        header.set_size(member.content.len() as u64);
        header.set_mode(if member.kind == b'5' { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        (member.change)(&mut header);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&member.content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn verify(folder: &Path, bytes: &[u8]) -> (i32, String) {
    let file = folder.join("bundle.tar");
    std::fs::write(&file, bytes).expect("the bundle");
    let mut command = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
    let answer = command.args(["bundle", "verify"]).arg(&file).args(["--public-key", KEY]).output().expect("it runs");
    (answer.status.code().unwrap_or(-1), String::from_utf8_lossy(&answer.stdout).into_owned())
}

/// One record of a PAX header: its own length comes first.
fn pax(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let length = (rest.len()..).find(|length| length.to_string().len() + rest.len() == *length).expect("a length");
    format!("{length}{rest}")
}

/// What is done to the members of a genuine bundle, and what the refusal says.
type Case = (&'static str, fn(&mut Vec<Member>), &'static str);

fn change_last(members: &mut [Member], change: fn(&mut Header)) {
    members.last_mut().expect("a member").change = change;
}

const CASES: &[Case] = &[
    (
        "the signed bytes put together in another way",
        |members| {
            let map =
                pax("GNU.sparse.numblocks", "2") + &pax("GNU.sparse.map", "0,3,8,2") + &pax("GNU.sparse.size", "10");
            members.insert(members.len() - 1, member(b'x', "PaxHeaders/junctionbox", map));
        },
        "type x",
    ),
    (
        "a signed file under another name",
        |members| {
            let renamed = pax("path", "junctionbox-0.2.0-x86_64/junctionbox");
            members.insert(4, member(b'x', "PaxHeaders/README", renamed));
        },
        "type x",
    ),
    ("settings for all", |members| members.insert(0, member(b'g', "PaxHeaders/all", pax("size", "3"))), "type g"),
    (
        "a long name",
        |members| members.insert(4, member(b'L', "././@LongLink", "junctionbox-0.2.0-x86_64/junctionbox\0")),
        "type L",
    ),
    ("a long link", |members| members.insert(4, member(b'K', "././@LongLink", "/etc/passwd\0")), "type K"),
    ("an old sparse file", |members| members.last_mut().expect("a member").kind = b'S', "type S"),
    (
        "a link beside",
        |members| {
            members.push(member(b'2', "junctionbox-0.2.0-x86_64/link", ""));
            change_last(members, |header| header.set_link_name("/etc").expect("a link"));
        },
        "type 2",
    ),
    ("a second folder", |members| members.push(member(b'5', "junctionbox-x/", "")), "outside of the bundle"),
    ("another place", |members| members.push(member(b'5', "etc/cron.d/", "")), "no name that a bundle has"),
    ("a way out", |members| members.push(member(b'5', "junctionbox-0.2.0-x86_64/../x/", "")), "no name"),
    ("a file that is a folder", |members| members[4].name.push('/'), "no name that a bundle has"),
    (
        "a mode that runs as its owner",
        |members| change_last(members, |header| header.set_mode(0o4755)),
        "run as another",
    ),
    (
        "a file that all may write",
        |members| change_last(members, |header| header.set_mode(0o666)),
        "writable by others",
    ),
    ("another owner", |members| change_last(members, |header| header.set_uid(1000)), "another user than root"),
    (
        "an owner by name",
        |members| change_last(members, |header| header.set_username("nobody").expect("a name")),
        "another user than root",
    ),
    (
        "a length with a sign",
        |members| change_last(members, |header| header.as_old_mut().size = *b"+0000000012\0"),
        "strange length",
    ),
    (
        "a folder with content",
        |members| change_last(members, |header| header.set_entry_type(EntryType::Directory)),
        "folder with content",
    ),
    (
        "GNU's own form",
        |members| change_last(members, |header| header.as_ustar_mut().expect("ustar").magic = *b"ustar "),
        "not in the form",
    ),
];

#[test]
fn a_bundle_that_would_be_unpacked_as_something_else_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = packed(&genuine());
    let (code, text) = verify(folder.path(), &whole);
    assert!(code == 0 && text.contains("is genuine: 2 files"), "{code} {text}");
    for (name, change, wanted) in CASES {
        let mut members = genuine();
        change(&mut members);
        let (code, text) = verify(folder.path(), &packed(&members));
        assert!(code == 3 && text.contains(wanted), "{name}: {code} {text}");
    }
    let behind = [whole.clone(), packed(&genuine())].concat();
    let (code, text) = verify(folder.path(), &behind);
    assert!(code == 3 && text.contains("behind its end"), "{code} {text}");
    // Zeros to the end of a tape's block are usual.
    let filled = [whole, vec![0; 10_240]].concat();
    assert_eq!(verify(folder.path(), &filled).0, 0);
}
