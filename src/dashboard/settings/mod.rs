//! Settings: users, API keys, the instance, and how this browser shows it all.

pub mod view;

/// The places of the settings, with the current one marked.
pub fn tabs(current: &str) -> Vec<(&'static str, &'static str, bool)> {
    [
        ("/settings/users", "Users"),
        ("/settings/api-keys", "API keys"),
        ("/settings/instance", "Instance"),
        ("/settings/appearance", "Appearance"),
    ]
    .into_iter()
    .map(|(path, label)| (path, label, path == current))
    .collect()
}
