//! Reading one value out of an answer: a JSON member, a header, a cookie, an XML element, or the whole body.
//! Pure; what is not there is `None`, and a body that is cut short gives what came before the cut.

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use zeroize::Zeroizing;

use super::ValuePlace;

impl ValuePlace {
    /// The value at this place. Empty text, JSON `null` and `false` count as not there.
    pub fn read(&self, headers: &[(String, String)], body: &[u8]) -> Option<Zeroizing<String>> {
        let found = if let Some(pointer) = &self.json {
            json_text(body, pointer)
        } else if let Some(name) = &self.header {
            headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        } else if let Some(name) = &self.cookie {
            cookie(headers, name)
        } else if let Some(path) = &self.xml {
            xml_texts(body, path).into_iter().next()
        } else if self.body {
            Some(whole(body))
        } else {
            None
        };
        found.map(Zeroizing::new).filter(|text| !text.is_empty())
    }

    /// How many places are named; a good entry names exactly one.
    pub fn places(&self) -> usize {
        [self.json.is_some(), self.header.is_some(), self.cookie.is_some(), self.xml.is_some(), self.body]
            .into_iter()
            .filter(|given| *given)
            .count()
    }
}

/// The body without white space, double quotes, or one XML element around it (`<string>…</string>`).
fn whole(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('<')
        && let Some((_, inner)) = text.rsplit_once("</").and_then(|(before, _)| before.rsplit_once('>'))
    {
        return inner.trim().to_owned();
    }
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text).to_owned()
}

fn json_text(body: &[u8], pointer: &str) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    match document.pointer(pointer)? {
        serde_json::Value::Null | serde_json::Value::Bool(false) => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A cookie that the answer sets. Exact name, or a prefix when the name ends in `*`; then name and value, so that a
/// part of the name (SAP writes system and client into it) is not lost.
fn cookie(headers: &[(String, String)], name: &str) -> Option<String> {
    let cookies = headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case("set-cookie"));
    for (_, cookie) in cookies {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((found, value)) = pair.split_once('=') else { continue };
        let found = found.trim();
        if let Some(prefix) = name.strip_suffix('*') {
            if found.starts_with(prefix) {
                return Some(found.to_owned());
            }
        } else if found == name {
            return Some(value.trim().to_owned());
        }
    }
    None
}

/// The texts of all elements at a path such as `/response/operation/result/status`. Name spaces are left out of account.
pub(super) fn xml_texts(body: &[u8], path: &str) -> Vec<String> {
    let wanted: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    let mut reader = Reader::from_reader(body);
    let mut stack: Vec<String> = Vec::new();
    let mut text: Option<String> = None;
    let mut found = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                stack.push(String::from_utf8_lossy(start.local_name().as_ref()).into_owned());
                if stack == wanted {
                    text = Some(String::new());
                }
            }
            Ok(Event::Empty(start)) => {
                let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                if wanted.split_last().is_some_and(|(last, rest)| *last == name && stack == rest) {
                    found.push(String::new());
                }
            }
            Ok(Event::Text(part)) if stack == wanted => {
                if let Some(text) = &mut text {
                    text.push_str(&String::from_utf8_lossy(&part));
                }
            }
            Ok(Event::CData(part)) if stack == wanted => {
                if let Some(text) = &mut text {
                    text.push_str(&String::from_utf8_lossy(&part));
                }
            }
            Ok(Event::GeneralRef(reference)) if stack == wanted => {
                if let Some(text) = &mut text {
                    text.push_str(&resolve(&reference));
                }
            }
            Ok(Event::End(_)) => {
                if stack == wanted
                    && let Some(text) = text.take()
                {
                    found.push(text.trim().to_owned());
                }
                stack.pop();
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The five entities of XML and character references; others are left as they stand (no DTD is ever read).
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return letter.to_string();
    }
    let name = String::from_utf8_lossy(reference);
    quick_xml::escape::resolve_predefined_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(change: impl FnOnce(&mut ValuePlace)) -> ValuePlace {
        let mut place = ValuePlace::default();
        change(&mut place);
        place
    }

    #[test]
    fn values_are_read_from_every_place() {
        let headers = vec![
            ("set-cookie".to_owned(), "SAP_SESSIONID_PRD_100=abc; path=/".to_owned()),
            ("set-cookie".to_owned(), "B1SESSION=xyz;HttpOnly".to_owned()),
            ("X-Token".to_owned(), " t ".to_owned()),
        ];
        let xml = b"<a:r xmlns:a='x'><o><s>one &amp; &#50;</s><s><![CDATA[<two>]]></s></o></a:r>";
        let json = br#"{"d":{"token":"t1","n":7,"no":null,"f":false}}"#;
        let rows: Vec<(ValuePlace, &[u8], Option<&str>)> = vec![
            (place(|p| p.json = Some("/d/token".into())), json, Some("t1")),
            (place(|p| p.json = Some("/d/n".into())), json, Some("7")),
            (place(|p| p.json = Some("/d/no".into())), json, None),
            (place(|p| p.json = Some("/d/f".into())), json, None),
            (place(|p| p.header = Some("x-token".into())), b"", Some("t")),
            (place(|p| p.cookie = Some("B1SESSION".into())), b"", Some("xyz")),
            (place(|p| p.cookie = Some("SAP_SESSIONID_*".into())), b"", Some("SAP_SESSIONID_PRD_100")),
            (place(|p| p.cookie = Some("B1".into())), b"", None),
            (place(|p| p.xml = Some("/r/o/s".into())), xml, Some("one & 2")),
            (place(|p| p.body = true), b" \"guid\" ", Some("guid")),
            (place(|p| p.body = true), b"<?xml version=\"1.0\"?><string xmlns=\"x\">guid </string>", Some("guid")),
            (place(|p| p.body = true), b"  ", None),
            (ValuePlace::default(), json, None),
        ];
        for (place, body, wanted) in rows {
            let found = place.read(&headers, body);
            assert_eq!(found.as_ref().map(|text| text.as_str()), wanted, "{place:?}");
        }
        assert_eq!(xml_texts(xml, "/r/o/s"), ["one & 2", "<two>"]);
        assert_eq!(xml_texts(b"<r><o><s>1</s><broken", "/r/o/s"), ["1"]);
    }
}
