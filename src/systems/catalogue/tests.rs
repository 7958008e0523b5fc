//! The embedded entries, and what happens to files that are wrong.

use super::*;

#[test]
fn every_embedded_entry_is_good() {
    if let Err(error) = Catalogue::load(None) {
        panic!("{error}");
    }
}

#[test]
fn a_folder_adds_and_replaces_and_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mine = include_str!("sandbox.toml").replace("Sandbox", "My sandbox");
    std::fs::write(folder.path().join("sandbox.toml"), &mine).unwrap();
    std::fs::write(folder.path().join("mine.toml"), mine.replace("\"sandbox\"", "\"mine\"")).unwrap();
    std::fs::write(folder.path().join("README"), "not read").unwrap();
    let catalogue = Catalogue::load(Some(folder.path())).unwrap();
    assert_eq!(catalogue.find("sandbox").unwrap().name, "My sandbox");
    assert!(catalogue.find("mine").is_some());
    assert!(Catalogue::load(Some(Path::new("/nowhere/systems.d"))).is_ok());
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("sandbox.toml");
    std::fs::write(folder.path().join("a.toml"), text.replace("tier = 1", "teir = 1")).unwrap();
    std::fs::write(folder.path().join("b.toml"), text.replace("tier = 1", "tier = 7")).unwrap();
    let error = Catalogue::load(Some(folder.path())).unwrap_err();
    let told: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("a.toml, line 5: unknown field `teir`"), "{}", told[0]);
    assert!(told[1].contains("b.toml, line 5, tier: must be 1, 2 or 3"), "{}", told[1]);
    assert!(told[2].contains("b.toml, line 1, slug: is “sandbox”, but the file is called b.toml"), "{}", told[2]);
    assert!(error.to_string().contains("3 faults"));
}
