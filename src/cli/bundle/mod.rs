//! `junctionbox bundle verify FILE`: whether an offline bundle is whole, unchanged, and signed by whom one trusts.

mod member;
mod verify;

use std::path::{Path, PathBuf};

use minisign_verify::PublicKey;
use serde_json::json;

use super::{Global, Outcome, counted, print};
use verify::{Verdict, Whole, verify};

/// Read when no key is named: an administrator lays it there once, having got it by a way that can be trusted.
const USUAL_KEY: &str = "/etc/junctionbox/bundle.pub";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Prove checksums and signature of a bundle; ends with 3 where something is wrong with it
    Verify {
        /// The bundle, a .tar
        file: PathBuf,
        /// The maker's minisign key: a .pub file, or the text itself; else /etc/junctionbox/bundle.pub
        #[arg(long, value_name = "KEY")]
        public_key: Option<String>,
    },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    let Command::Verify { file, public_key } = command;
    let key = public_key.map(|text| read_key(&text)).or_else(usual_key).transpose()?;
    let verdict = verify(&file, key.as_ref())?;
    let (code, lines) = match &verdict {
        Verdict::Good(whole) => (0, good(&file, whole)),
        Verdict::Unproven(whole) => (3, unproven(&file, whole)),
        Verdict::Bad(what) => {
            (3, vec![format!("{}: {what}", file.display()), "Do not install it. Get it anew, by another way.".into()])
        }
    };
    if global.json {
        let problem = match &verdict {
            Verdict::Good(_) => None,
            Verdict::Unproven(_) => Some("the signature was not checked: no public key was named"),
            Verdict::Bad(what) => Some(what.as_str()),
        };
        print::line(&json!({"ok": code == 0, "file": file, "problem": problem}).to_string());
    } else {
        lines.iter().for_each(|line| print::line(line));
    }
    Ok(code)
}

fn good(file: &Path, whole: &Whole) -> Vec<String> {
    vec![
        format!(
            "{} is genuine: {} unchanged, signed by the key {}.",
            file.display(),
            counted(whole.files, "file"),
            whole.signer
        ),
        format!("Its maker calls it “{}”.", whole.comment),
    ]
}

fn unproven(file: &Path, whole: &Whole) -> Vec<String> {
    vec![
        format!(
            "{}: the checksums of {} are right, but who made it is not proven.",
            file.display(),
            counted(whole.files, "file")
        ),
        format!(
            "It says it was signed by the key {}. Name the maker’s key with --public-key, or lay it at {USUAL_KEY}.",
            whole.signer
        ),
    ]
}

fn usual_key() -> Option<Result<PublicKey, String>> {
    Path::new(USUAL_KEY).exists().then(|| read_key(USUAL_KEY))
}

/// A file as minisign writes it, or the line of base64 alone.
fn read_key(text: &str) -> Result<PublicKey, String> {
    let found = if Path::new(text).exists() { PublicKey::from_file(text) } else { PublicKey::from_base64(text) };
    found.map_err(|_| {
        format!(
            "“{text}” is neither a file with a minisign public key nor such a key. It begins with RW and has 56 letters"
        )
    })
}
