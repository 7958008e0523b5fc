//! The address of a system: http or https, a host, perhaps a port and a path; nothing else.

use url::Url;

use crate::base::FieldError;

pub(in super::super) fn check_base_url(field: &str, text: &str) -> Result<Url, FieldError> {
    let text = text.trim();
    let invalid = |message: &str| Err(FieldError::invalid(field, message));
    if text.is_empty() {
        return Err(FieldError::required(field));
    }
    if text.len() > 2048 {
        return Err(FieldError::too_long(field, 2048));
    }
    let Ok(url) = Url::parse(text) else {
        return invalid("This is no address. It looks like https://sap.plant2.example:44300.");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return invalid("The address begins with https:// (or http:// inside a network where that is allowed).");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return invalid("The address names no host.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("Leave user and password out of the address; they belong in the sign-in fields.");
    }
    if url.fragment().is_some() {
        return invalid("Leave out everything from # on.");
    }
    if url.query().is_some() {
        return invalid("Leave out everything from ? on; such values are parameters of the system.");
    }
    if url.port() == Some(0) {
        return invalid("Port 0 cannot be reached.");
    }
    Ok(url)
}

/// Scheme, name and port: `https://sap.plant2.example:44300`.
pub(in super::super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_nothing_but_an_address() {
        for good in
            ["https://sap.example:44300", "http://10.0.0.1/base/path", "https://[2001:db8::1]/x", " https://a.example "]
        {
            assert!(check_base_url("base_url", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "sap.example",
            "ftp://a.example",
            "https://",
            "https://user:pw@a.example",
            "https://u@a.example",
            "https://a.example/#x",
            "https://a.example/?x=1",
            "file:///etc/passwd",
            "https://a.example:0/",
            "javascript:1",
        ] {
            assert!(check_base_url("base_url", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_is_named_with_its_port() {
        assert_eq!(host_of(&Url::parse("https://A.example/x").unwrap()), "https://a.example:443");
        assert_eq!(host_of(&Url::parse("http://a.example:8080").unwrap()), "http://a.example:8080");
    }
}
