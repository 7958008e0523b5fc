//! Tables of right and wrong configurations.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("junctionbox.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(dir.path().join("secret"), "from a file\n").unwrap();
    let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Config::load(Some(&path), &environment, &Overrides::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn refusal(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    load(text, environment).err().unwrap_or_default()
}

#[test]
fn defaults_are_the_documented_ones() {
    let config = load("", &[]).ok().unwrap();
    assert_eq!(config.server.listen, vec!["127.0.0.1:8443".parse().unwrap()]);
    assert_eq!(config.server.tls, Tls::Auto);
    assert_eq!((config.instance.region.as_str(), config.instance.region_given), ("local", false));
    assert_eq!(config.health.interval, Duration::from_secs(60));
    assert_eq!(config.credits.tiers, [1, 2, 4]);
    assert_eq!(config.storage.data_dir, PathBuf::from(DEFAULT_DATA_DIR));
    assert_eq!(config.vault.key_file, PathBuf::from("/var/lib/junctionbox/vault.key"));
    assert_eq!(config.egress.plaintext, ["127.0.0.0/8"]);
    assert_eq!(config.webhooks.schedule.len(), 10);
    let public_url = |address: &str| config.public_url(address.parse().unwrap()).to_string();
    assert_eq!(public_url("127.0.0.1:8443"), "https://127.0.0.1:8443/");
    assert_eq!(public_url("[::1]:9000"), "https://[::1]:9000/");
    let everywhere = public_url("0.0.0.0:9000");
    assert!(everywhere.starts_with("https://") && everywhere.ends_with(":9000/") && !everywhere.contains("0.0.0.0"));
}

#[test]
fn each_mistake_names_line_key_and_remedy() {
    let table: &[(&str, &[&str])] = &[
        ("[server]\nlisen = [\"127.0.0.1:1\"]", &["line 2: server.lisen: there is no such key", "“listen”"]),
        ("\n[sever]\nx = 1", &["line 2: sever: there is no such section", "“server”"]),
        (
            "[health]\ninterval_seconds = \"60\"",
            &["line 2", "health.interval_seconds", "a whole number", "the text “60”"],
        ),
        ("[health]\ninterval_seconds = 0", &["line 2", "0 is not possible", "from 1 to"]),
        ("[health]\ninterval_seconds = 3", &["line 2", "3 seconds are shorter than minimum_interval_seconds"]),
        ("[health]\ninterval_seconds = -3", &["line 2", "the number -3"]),
        ("[health]\nretention_checks = \"soon\"", &["“soon”", "“7d”"]),
        ("[server]\nlisten = [\"nowhere\"]", &["server.listen", "127.0.0.1:8443"]),
        ("[server]\nlisten = \"127.0.0.1:1\"", &["server.listen", "a list of addresses"]),
        ("[server]\nlisten = [\"0.0.0.0:80\"]\ntls = \"off\"", &["line 3: server.tls", "0.0.0.0:80", "127.0.0.1"]),
        ("[listeners]\napi = [\"10.0.0.1:80\"]\n[server]\ntls = \"off\"", &["line 4: server.tls", "10.0.0.1:80"]),
        ("[server]\ntls = \"on\"", &["server.tls", "“auto”"]),
        ("[server]\ntls = { certificate = \"a\" }", &["server.tls", "found a table"]),
        ("[server]\ntrusted_proxies = [\"ten\"]", &["server.trusted_proxies", "10.0.0.0/8"]),
        ("[instance]\npublic_url = \"https://a/b\"", &["instance.public_url", "name and port only"]),
        ("[instance]\npublic_url = \"a.example\"", &["instance.public_url", "https://"]),
        ("[instance]\nregion = \"EU West\"", &["instance.region", "lower-case"]),
        ("[credits]\npolicy = \"free\"", &["credits.policy", "“refuse”"]),
        (
            "[smtp]\nhost = \"m\"\nfrom = \"a@b\"\npassword = \"x\"\npassword_file = \"y\"",
            &["both password and password_file"],
        ),
        (
            "[smtp]\nhost = \"m\"\nfrom = \"a@b\"\nusername = \"u\"\npassword_file = \"missing\"",
            &["smtp.password_file", "cannot be read"],
        ),
        ("[vault]\nseal = \"tape\"", &["vault.seal", "“key-file”"]),
        ("[log]\nlevel = \"loud\"", &["log.level", "“debug”"]),
        ("[egress]\nallow = [1]", &["egress.allow", "a list with the number 1 in it"]),
        ("[egress]\nproxy = \"http://u:p@proxy:3128\"", &["egress.proxy", "proxy_password"]),
        ("name = \"x\"", &["name: a key stands outside of a section"]),
        ("[server\nlisten = 1", &["line 1", "not valid TOML"]),
        ("[backup]\nschedule = \"daily\"", &["backup.schedule", "cron"]),
    ];
    for (text, wanted) in table {
        let found = refusal(text, &[]).join("\n");
        for part in *wanted {
            assert!(found.contains(part), "{text:?} should say {part:?}, said {found:?}");
        }
    }
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_lines() {
    let found =
        refusal("[health]\nconcurrency = 0\ncolour = 1\n[log]\nlevel = 3\n", &[("JUNCTIONBOX_SERVER__TLS", "maybe")]);
    assert_eq!(found.len(), 4, "{found:?}");
    for (line, wanted) in found.iter().zip(["line 2", "line 3", "line 5", "JUNCTIONBOX_SERVER__TLS"]) {
        assert!(line.contains(wanted), "{line}");
    }
}

#[test]
fn variables_win_over_the_file_and_options_over_both() {
    let environment = [
        ("JUNCTIONBOX_SERVER__LISTEN", "127.0.0.1:1, [::1]:2"),
        ("JUNCTIONBOX_EGRESS__ALLOW", "[\"10.0.0.0/8\", \"*.example.com:443\"]"),
        ("JUNCTIONBOX_SERVER__TLS", "cert.pem,key.pem"),
        ("JUNCTIONBOX_HEALTH__INTERVAL_SECONDS", "7"),
        ("JUNCTIONBOX_INSTANCE__NAME", "Plant"),
        ("JUNCTIONBOX_BIN", "not a setting"),
    ];
    let config = load("[health]\ninterval_seconds = 9\n", &environment).ok().unwrap();
    assert_eq!(config.server.listen.len(), 2);
    assert_eq!(config.egress.allow, ["10.0.0.0/8", "*.example.com:443"]);
    assert_eq!(config.server.tls, Tls::Files { certificate: "cert.pem".into(), key: "key.pem".into() });
    assert_eq!(config.health.interval, Duration::from_secs(7));
    assert!(config.instance.name_given);
    let variables: BTreeMap<String, String> =
        environment.iter().take(1).map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let overrides =
        Overrides { listen: Some("127.0.0.1:9".into()), tls: Some("off".into()), data_dir: Some("/tmp/x".into()) };
    let config = Config::load(None, &variables, &overrides).ok().unwrap();
    assert_eq!(config.server.listen, vec!["127.0.0.1:9".parse().unwrap()]);
    assert_eq!(config.server.tls, Tls::Off);
    assert_eq!(config.storage.data_dir, PathBuf::from("/tmp/x"));
    assert_eq!(config.storage.instance_key.place(), "/tmp/x/instance.key");
}

#[test]
fn unknown_variables_are_mistakes_too() {
    let found = refusal("", &[("JUNCTIONBOX_SERVER__LISTENS", "x"), ("JUNCTIONBOX_CLOUD__REGION", "x")]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("JUNCTIONBOX_CLOUD__REGION"), "{found:?}");
    assert!(found[1].contains("“listen”"), "{found:?}");
}

#[test]
fn a_secret_comes_from_the_file_beside_the_configuration() {
    let text = "[smtp]\nhost = \"m\"\nfrom = \"a@b\"\nusername = \"u\"\npassword_file = \"secret\"\n";
    let config = load(text, &[]).ok().unwrap();
    assert_eq!(config.smtp.unwrap().password.unwrap().expose(), "from a file");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let problems = Config::load(Some(Path::new("/nowhere/j.toml")), &BTreeMap::new(), &Overrides::default());
    assert!(problems.err().unwrap()[0].to_string().contains("/nowhere/j.toml"));
}
