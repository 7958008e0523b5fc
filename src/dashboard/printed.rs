//! What every printed page must fulfil, and a place where a developer can look at the samples.

use askama::Template;

/// Renders a sample, refuses what no page may hold, and keeps it for looking at where `JUNCTIONBOX_SAMPLES` names a folder.
pub fn look(name: &str, page: &impl Template) -> String {
    let html = page.render().unwrap();
    for banned in ["style=", "<style", "<script>", "onclick=", "src=\"http", "src=\"//"] {
        assert!(!html.contains(banned), "{name} holds {banned}");
    }
    for part in html.split("href=\"").skip(1) {
        assert!(
            part.starts_with('/') || part.starts_with('#') || part.starts_with('?'),
            "{name} leads away: {:.60}",
            part
        );
    }
    assert!(html.len() < 150_000, "{name} is {} bytes", html.len());
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids.iter().skip(place + 1).any(|other| other == id), "{name} has two elements “{id}”");
    }
    if let Ok(folder) = std::env::var("JUNCTIONBOX_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), &html).unwrap();
    }
    html
}
