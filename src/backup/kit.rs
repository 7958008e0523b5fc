//! The recovery kit as text: the keys that open a backup, in lines that a person can print and type. Each line ends with a
//! check group and each key with a check of its own, so that a typing error is found and its line named. Pure; holds the
//! keys only as long as it is shown.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::base::{SecretBytes, Timestamp};
use crate::store::InstanceKey;

/// Crockford's alphabet: letters that look alike are read alike.
#[expect(clippy::expect_used, reason = "a fixed alphabet of 32 different letters")]
static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut form = Specification::new();
    form.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    form.translate.from.push_str("abcdefghjkmnpqrstvwxyzoOiIlL");
    form.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    form.encoding().expect("an alphabet")
});

const LINES: usize = 4;
const LINE_BYTES: usize = 10;
const CHECK_BYTES: usize = 8;

/// A kit cannot be read; names the line to look at.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KitError {
    #[error("line {label} is missing; a recovery kit has K1 to K4, and V1 to V4 where the vault has a key file")]
    Missing { label: String },
    #[error("line {label} has {found} letters instead of 20: five groups of four")]
    Length { label: String, found: usize },
    #[error("line {label} holds “{letter}”, which no recovery kit uses")]
    Letter { label: String, letter: char },
    #[error("line {label} does not fit its check group; compare it with the paper letter by letter")]
    Check { label: String },
    #[error("the lines {kind}1 to {kind}4 do not belong together; they come from different kits")]
    Mixed { kind: char },
}

/// What stands around the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitFacts {
    pub name: String,
    pub region: String,
    pub instance_id: String,
    pub version: String,
    pub made_at: Timestamp,
}

/// What opens a backup on a new machine. No `Debug`.
#[derive(Clone)]
pub struct Kit {
    pub instance_key: SecretBytes,
    /// `None`: the vault is sealed by a passphrase, which somebody has to know.
    pub vault_key: Option<SecretBytes>,
}

impl Kit {
    /// Finds the lines in a text; whatever else stands there is left alone.
    pub fn parse(text: &str) -> Result<Self, KitError> {
        let instance_key = read_key('K', text)?;
        let has_vault = text.lines().any(|line| labelled(line, 'V').is_some());
        let vault_key = if has_vault { Some(read_key('V', text)?) } else { None };
        Ok(Self { instance_key, vault_key })
    }

    pub fn instance_key(&self) -> Option<InstanceKey> {
        <[u8; 32]>::try_from(self.instance_key.expose()).ok().map(InstanceKey::from_bytes)
    }

    /// Label and groups of every line, the instance key's first.
    pub fn lines(&self) -> Vec<(String, Zeroizing<String>)> {
        let mut lines = key_lines('K', &self.instance_key);
        if let Some(key) = &self.vault_key {
            lines.extend(key_lines('V', key));
        }
        lines
    }

    /// Whether `typed` is the line of that label; its check group may be left out.
    pub fn proves(&self, label: &str, typed: &str) -> bool {
        let letters = |text: &str| -> Zeroizing<String> {
            Zeroizing::new(text.to_uppercase().chars().filter(char::is_ascii_alphanumeric).map(alike).collect())
        };
        let typed = letters(typed);
        let line = self.lines().into_iter().find(|(name, _)| name == label);
        let Some(line) = line.map(|(_, groups)| letters(&groups)) else { return false };
        let short = line.get(..16).unwrap_or_default();
        [line.as_str(), short]
            .into_iter()
            .any(|right| subtle::ConstantTimeEq::ct_eq(right.as_bytes(), typed.as_bytes()).into())
    }

    /// The whole kit to be printed.
    pub fn text(&self, facts: &KitFacts) -> Zeroizing<String> {
        let KitFacts { name, region, instance_id, version, made_at } = facts;
        let mut text = Zeroizing::new(format!(
            "JUNCTIONBOX RECOVERY KIT\n\n\
             Appliance   {name} (region {region})\n\
             Instance    {instance_id}\n\
             Made        {made_at} by Junctionbox {version}\n\n\
             Keep this on paper where neither the server nor its backups are. Whoever has it and a backup\n\
             can read every stored credential; without it nobody can open a backup on a new machine.\n\n\
             Instance key\n"
        ));
        for (label, groups) in self.lines() {
            if label == "V1" {
                text.push_str("\nVault key\n");
            }
            text.push_str(&format!("  {label}  {}\n", groups.as_str()));
        }
        if self.vault_key.is_none() {
            text.push_str("\nVault\n  It is sealed by a passphrase, which is not in this kit. Keep that as well.\n");
        }
        text.push_str(USE);
        text
    }
}

const USE: &str = "\n\
    To restore on a new machine\n  \
    1. Install Junctionbox and stop it:         systemctl stop junctionbox\n  \
    2. Type the lines above into a file:        kit.txt  (a typing error is found and its line named)\n  \
    3. Put the newest backup in place:          junctionbox restore FILE.jbxbackup --recovery-kit kit.txt\n  \
    4. Start it, sign in as before, and confirm that the old appliance is off.\n\n\
    After a new vault key (vault rekey) make a new kit. Keep this one as long as backups from before exist.\n";

fn alike(letter: char) -> char {
    match letter {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

fn key_check(kind: char, key: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0u8; CHECK_BYTES];
    let hash = Sha256::new_with_prefix(b"junctionbox recovery key 1").chain_update([kind as u8]).chain_update(key);
    check.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    check
}

/// Four letters: 20 bits over the line and its place.
fn line_check(label: &str, bytes: &[u8]) -> String {
    let hash =
        Sha256::new_with_prefix(b"junctionbox recovery line 1").chain_update(label).chain_update(bytes).finalize();
    LETTERS.encode(hash.get(..5).unwrap_or_default()).chars().take(4).collect()
}

fn key_lines(kind: char, key: &SecretBytes) -> Vec<(String, Zeroizing<String>)> {
    let whole = Zeroizing::new([key.expose(), &key_check(kind, key.expose())].concat());
    let numbered = whole.chunks(LINE_BYTES).zip(1..);
    numbered
        .map(|(bytes, number)| {
            let label = format!("{kind}{number}");
            let letters = Zeroizing::new(LETTERS.encode(bytes));
            let mut groups = Zeroizing::new(String::with_capacity(32));
            for (at, letter) in letters.chars().enumerate() {
                if at > 0 && at % 4 == 0 {
                    groups.push(' ');
                }
                groups.push(letter);
            }
            groups.push_str("  ");
            groups.push_str(&line_check(&label, bytes));
            (label, groups)
        })
        .collect()
}

/// The number and the rest of a line `K3  ABCD …`.
fn labelled(line: &str, kind: char) -> Option<(usize, &str)> {
    let line = line.trim_start();
    let rest = line.strip_prefix(kind).or_else(|| line.strip_prefix(kind.to_ascii_lowercase()))?;
    let (number, rest) = rest.split_at_checked(1)?;
    let number: usize = number.parse().ok().filter(|number| (1..=LINES).contains(number))?;
    rest.starts_with([' ', '\t', ':']).then_some((number, rest.trim_start_matches(':')))
}

fn read_key(kind: char, text: &str) -> Result<SecretBytes, KitError> {
    let mut whole = Zeroizing::new(Vec::with_capacity(LINES * LINE_BYTES));
    for number in 1..=LINES {
        let label = format!("{kind}{number}");
        let found = text.lines().filter_map(|line| labelled(line, kind)).find(|(at, _)| *at == number);
        let (_, groups) = found.ok_or_else(|| KitError::Missing { label: label.clone() })?;
        whole.extend_from_slice(&read_line(&label, groups)?);
    }
    let (key, check) = whole.split_at_checked(32).unwrap_or_default();
    if key_check(kind, key) != check {
        return Err(KitError::Mixed { kind });
    }
    Ok(SecretBytes::new(key))
}

fn read_line(label: &str, groups: &str) -> Result<Zeroizing<Vec<u8>>, KitError> {
    let letters: Zeroizing<String> =
        Zeroizing::new(groups.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect());
    if let Some(letter) = letters.chars().find(|letter| !letter.is_ascii_alphanumeric() || matches!(letter, 'u' | 'U'))
    {
        return Err(KitError::Letter { label: label.into(), letter });
    }
    let (data, check) = letters
        .split_at_checked(16)
        .filter(|(_, check)| check.len() == 4)
        .ok_or_else(|| KitError::Length { label: label.into(), found: letters.len() })?;
    let wrong = || KitError::Check { label: label.into() };
    let bytes = Zeroizing::new(LETTERS.decode(data.as_bytes()).map_err(|_| wrong())?);
    let check: String = check.to_uppercase().chars().map(alike).collect();
    if line_check(label, &bytes) != check { Err(wrong()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> Kit {
        Kit {
            instance_key: SecretBytes::new((0..32).collect::<Vec<u8>>()),
            vault_key: Some(SecretBytes::new([200; 32])),
        }
    }

    fn facts() -> KitFacts {
        KitFacts {
            name: "Rhein-Main 1".into(),
            region: "eu".into(),
            instance_id: "ins_x".into(),
            version: "1".into(),
            made_at: Timestamp::from_millis(0),
        }
    }

    fn refusal(text: &str) -> KitError {
        Kit::parse(text).err().expect("it is refused")
    }

    #[test]
    fn a_printed_kit_reads_back_however_it_is_typed() {
        let text = kit().text(&facts());
        for typed in
            [text.to_string(), text.to_lowercase(), text.replace('0', "O").replace("  ", "\t"), text.replace('1', "l")]
        {
            // The labels are not typed by the eye.
            let typed = typed.replace("Kl", "K1").replace("Vl", "V1");
            let read = Kit::parse(&typed).unwrap_or_else(|error| panic!("{error}\n{typed}"));
            assert_eq!(read.instance_key.expose(), kit().instance_key.expose());
            assert_eq!(read.vault_key.unwrap().expose(), [200; 32]);
        }
        let alone = Kit { vault_key: None, ..kit() };
        let text = alone.text(&facts());
        assert!(text.contains("passphrase") && Kit::parse(&text).unwrap().vault_key.is_none());
        assert!(text.lines().all(|line| line.chars().count() <= 104), "{}", text.as_str());
    }

    #[test]
    fn every_single_typing_error_names_its_line() {
        for (label, groups) in kit().lines() {
            for at in groups.char_indices().filter(|(_, letter)| *letter != ' ').map(|(at, _)| at) {
                let mut typed = groups.to_string();
                let other = if typed.get(at..=at) == Some("7") { "8" } else { "7" };
                typed.replace_range(at..=at, other);
                let text = kit().text(&facts()).replace(groups.as_str(), &typed);
                assert_eq!(refusal(&text), KitError::Check { label: label.clone() });
            }
        }
    }

    #[test]
    fn what_is_missing_too_long_or_mixed_is_named() {
        let text = kit().text(&facts());
        let without: String =
            text.lines().filter(|line| !line.contains("V3")).map(|line| format!("{line}\n")).collect();
        assert_eq!(refusal(&without), KitError::Missing { label: "V3".into() });
        assert_eq!(refusal("nothing"), KitError::Missing { label: "K1".into() });
        assert_eq!(refusal("K1 ABCD"), KitError::Length { label: "K1".into(), found: 4 });
        assert_eq!(refusal("K1 ABCU ABCD"), KitError::Letter { label: "K1".into(), letter: 'U' });
        let other = Kit { instance_key: SecretBytes::new([9; 32]), vault_key: None };
        let mixed: String = kit()
            .lines()
            .into_iter()
            .take(3)
            .chain(other.lines().into_iter().skip(3))
            .map(|(label, groups)| format!("{label} {}\n", groups.as_str()))
            .collect();
        assert_eq!(refusal(&mixed), KitError::Mixed { kind: 'K' });
    }

    #[test]
    fn a_line_proves_that_the_kit_is_at_hand() {
        let kit = kit();
        let lines = kit.lines();
        let (label, groups) = &lines[2];
        assert!(kit.proves(label, groups) && kit.proves(label, &groups.to_lowercase().replace(' ', "-")));
        assert!(kit.proves(label, &groups[..19]), "without its check group");
        assert!(!kit.proves("K1", groups) && !kit.proves(label, &groups[..10]) && !kit.proves(label, ""));
    }
}
