//! Where a request goes: scheme, host and port, and the text of path and query. A path is appended to the base URL as
//! text, so that what a system's programmers wrote stays as they wrote it.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

/// Bytes that no request line may hold. `%` stays: what is encoded already is left alone.
const RAW: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'#')
    .add(b'\\')
    .add(b'^')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub https: bool,
    /// A name, or a literal without brackets.
    pub host: String,
    pub port: u16,
}

impl Address {
    pub(super) fn of(url: &Url) -> Result<Self, String> {
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(format!("The address begins with {other}://; only https:// and http:// are known.")),
        };
        let host = url.host_str().ok_or("The address names no host.")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().ok_or("The address names no port.")?;
        Ok(Self { https, host, port })
    }

    /// For the `Host` header: the port only where it is not the usual one.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.https { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    pub(super) fn host_and_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }
}

/// Address and request target of `path` below `base`; a path that is a whole URL stands for itself.
pub(super) fn below(base: &Url, path: &str) -> Result<(Address, String), String> {
    if path.starts_with("https://") || path.starts_with("http://") {
        let url = Url::parse(path).map_err(|_| format!("“{path}” is no address."))?;
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        return Ok((Address::of(&url)?, encoded(&target)));
    }
    let root = base.path().trim_end_matches('/');
    let mut target = match path.chars().next() {
        None | Some('?') => format!("{}{path}", base.path()),
        Some('/') => format!("{root}{path}"),
        Some(_) => format!("{root}/{path}"),
    };
    if let Some(query) = base.query().filter(|query| !query.is_empty()) {
        push_query(&mut target, query);
    }
    Ok((Address::of(base)?, encoded(&target)))
}

/// The same for a caller's path, which is passed on byte for byte: it is never a whole URL, and nothing in it is encoded.
pub(super) fn below_as_it_is(base: &Url, path: &str) -> Result<(Address, String), String> {
    let root = base.path().trim_end_matches('/');
    let mut target = match path.chars().next() {
        None | Some('?') => format!("{}{path}", base.path()),
        Some('/') => format!("{root}{path}"),
        Some(_) => format!("{root}/{path}"),
    };
    if let Some(query) = base.query().filter(|query| !query.is_empty()) {
        push_query(&mut target, query);
    }
    Ok((Address::of(base)?, target))
}

/// Appends `name=value&…`, which is encoded already.
pub(super) fn push_query(target: &mut String, query: &str) {
    target.push(if target.contains('?') { '&' } else { '?' });
    target.push_str(query);
}

fn encoded(target: &str) -> String {
    let target = utf8_percent_encode(target, RAW).to_string();
    if target.starts_with('/') { target } else { format!("/{target}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_appended_as_text() {
        let table = [
            ("https://h", "/a", "/a"),
            ("https://h/", "/a", "/a"),
            ("https://h/base", "/a?b=1", "/base/a?b=1"),
            ("https://h/base/", "/a//c", "/base/a//c"),
            ("https://h/base/", "a", "/base/a"),
            ("https://h/api/", "?service=cmms", "/api/?service=cmms"),
            ("https://h/api", "", "/api"),
            ("https://h", "", "/"),
            ("https://h/b?x=1", "/a?y=2", "/b/a?y=2&x=1"),
            ("https://h", r#"/u?fields=["id"]&q=a%20b"#, "/u?fields=[%22id%22]&q=a%20b"),
            ("https://h", "/x('ä')", "/x('%C3%A4')"),
            ("https://h/base", "https://other/tok?a", "/tok?a"),
        ];
        for (base, path, wanted) in table {
            assert_eq!(below(&Url::parse(base).unwrap(), path).unwrap().1, wanted, "{base} {path}");
        }
        for (base, path, wanted) in [
            ("https://h/b/", "/x?q={\"a\":[1|2]}&r='%41'", "/b/x?q={\"a\":[1|2]}&r='%41'"),
            ("https://h/b", "", "/b"),
            ("https://h/b/", "?x", "/b/?x"),
            ("https://h", "/http://o:81/x", "/http://o:81/x"),
            ("https://h/b?k=1", "/x", "/b/x?k=1"),
        ] {
            let (address, target) = below_as_it_is(&Url::parse(base).unwrap(), path).unwrap();
            assert_eq!((address.host.as_str(), target.as_str()), ("h", wanted), "{base} {path}");
        }
        let (address, _) = below(&Url::parse("https://h").unwrap(), "http://o:81/x").unwrap();
        assert_eq!(address, Address { https: false, host: "o".into(), port: 81 });
        assert_eq!(Address::of(&Url::parse("https://[::1]:8443").unwrap()).unwrap().authority(), "[::1]:8443");
        assert!(Address::of(&Url::parse("ftp://h").unwrap()).is_err());
    }
}
