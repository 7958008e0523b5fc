//! Metadata as a text field: one `key = value` a line. What was a number and still reads the same stays a number.

use serde_json::{Map, Value};

fn printed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Names and texts, for a page.
pub fn pairs(metadata: &Map<String, Value>) -> Vec<(String, String)> {
    metadata.iter().map(|(key, value)| (key.clone(), printed(value))).collect()
}

/// As one types it.
pub fn print(metadata: &Map<String, Value>) -> String {
    pairs(metadata).iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// What was typed; the sentence says which line cannot be read.
pub fn read(text: &str, before: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let value = |key: &str, text: &str| match before.get(key) {
        Some(old) if printed(old) == text => old.clone(),
        _ => Value::String(text.to_owned()),
    };
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.split_once('=') {
            Some((key, text)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value(key.trim(), text.trim()))),
            _ => Err(format!("“{line}” is not of the form key = value.")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_keep_their_kind_when_they_read_the_same() {
        let before: Map<String, Value> = serde_json::from_str(r#"{"plant":2,"contract":"M=1"}"#).unwrap();
        let after = read("plant = 2\n\n contract=M=2 \nnew = 3", &before).unwrap();
        assert_eq!(Value::Object(after), serde_json::json!({"plant": 2, "contract": "M=2", "new": "3"}));
        assert_eq!(read(&print(&before), &before).unwrap(), before);
        assert_eq!(read("plant", &before).unwrap_err(), "“plant” is not of the form key = value.");
    }
}
