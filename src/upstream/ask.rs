//! One request that is ours: put together from a template of the catalogue, still holding its secrets.

use super::address::{Address, below, push_query};
use super::redact::Redactor;
use super::values::Values;
use super::{Exchange, Failure, ProbeOverride, Target};
use crate::systems::{Escape, MissingValue, RequestTemplate, render};

/// Has no `Debug`: it holds opened secrets.
#[derive(Clone)]
pub(super) struct Ask {
    pub method: String,
    pub address: Address,
    /// Path and query, encoded.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub cookies: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Ask {
    pub(super) fn post(address: Address, target: String) -> Self {
        Self { method: "POST".into(), address, target, headers: Vec::new(), cookies: Vec::new(), body: None }
    }

    pub(super) fn from_template(
        target: &Target,
        template: &RequestTemplate,
        values: &Values<'_>,
    ) -> Result<Self, Failure> {
        let path = path(&template.path, values)?;
        let (address, request_target) =
            below(&target.base_url, &path).map_err(|message| Failure::Protocol { message })?;
        let mut headers = usual_headers();
        for (name, value) in &template.headers {
            if let Some(value) = values.optional(render(value, &values.lookup(), Escape::None))? {
                headers.retain(|(known, _): &(String, String)| !known.eq_ignore_ascii_case(name));
                headers.push((name.clone(), value));
            }
        }
        let mut body = None;
        if let Some(text) = &template.body {
            let content_type = template.content_type.as_deref().unwrap_or("application/json");
            body = Some(values.required(render(text, &values.lookup(), escape_for(content_type, text)))?.into_bytes());
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("Content-Type".into(), content_type.into()));
            }
        }
        let method = if template.method.is_empty() { "GET".into() } else { template.method.to_ascii_uppercase() };
        Ok(Self { method, address, target: request_target, headers, cookies: Vec::new(), body })
    }

    /// The operator's own probe: its path is taken as it stands.
    pub(super) fn from_override(target: &Target, given: &ProbeOverride) -> Result<Self, Failure> {
        let (address, request_target) =
            below(&target.base_url, &given.path).map_err(|message| Failure::Protocol { message })?;
        Ok(Self {
            method: given.method.to_ascii_uppercase(),
            address,
            target: request_target,
            headers: usual_headers(),
            cookies: Vec::new(),
            body: None,
        })
    }

    pub(super) fn set_header(&mut self, name: &str, value: String) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value));
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Whether its body is one form and nothing else.
    pub(super) fn is_form(&self) -> bool {
        let kind = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let kind = kind.map(|(_, value)| value.split(';').next().unwrap_or_default().trim());
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    }

    /// Adds a parameter (name and value encoded already) unless the query has one of this name.
    pub(super) fn add_query(&mut self, name: &str, value: &str) {
        let query = self.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        if !query.split('&').any(|pair| pair.split('=').next() == Some(name)) {
            push_query(&mut self.target, &format!("{name}={value}"));
        }
    }

    /// Newer cookies replace those of the same name.
    pub(super) fn add_cookies(&mut self, cookies: Vec<(String, String)>) {
        self.cookies.retain(|(known, _)| !cookies.iter().any(|(name, _)| name == known));
        self.cookies.extend(cookies);
    }

    pub(super) fn cookie_header(&self) -> Option<String> {
        if self.cookies.is_empty() {
            return None;
        }
        Some(self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
    }

    /// For the record, without its secrets.
    pub(super) fn recorded(&self, redactor: &Redactor, peer: Option<std::net::SocketAddr>) -> Exchange {
        let url = format!("{}://{}{}", self.address.scheme(), self.address.authority(), self.target);
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), redactor.header(name, value)))
            .collect();
        if let Some(cookies) = self.cookie_header() {
            headers.push(("cookie".into(), redactor.header("cookie", &cookies)));
        }
        Exchange {
            method: self.method.clone(),
            url: redactor.url(&url),
            headers,
            peer: peer.map(|peer| peer.to_string()),
        }
    }
}

/// Path and query filled apart, since they escape differently; a parameter whose value is optional and not given is left out.
fn path(template: &str, values: &Values<'_>) -> Result<String, Failure> {
    let (path, query) = match template.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (template, None),
    };
    let mut out = values.required(render(path, &values.lookup(), Escape::Path))?;
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        if let Some(pair) = values.optional(render(pair, &values.lookup(), Escape::Query))? {
            push_query(&mut out, &pair);
        }
    }
    Ok(out)
}

fn escape_for(content_type: &str, body: &str) -> Escape {
    let content_type = content_type.to_ascii_lowercase();
    if content_type.contains("json") {
        Escape::Json
    } else if content_type.contains("x-www-form-urlencoded") {
        Escape::Form
    } else if content_type.contains("xml") {
        Escape::Xml
    } else {
        // Some systems want JSON under the name of text/plain.
        match body.trim_start().chars().next() {
            Some('{' | '[') => Escape::Json,
            Some('<') => Escape::Xml,
            _ => Escape::None,
        }
    }
}

/// What a request of ours says unless its template says otherwise.
fn usual_headers() -> Vec<(String, String)> {
    vec![("Accept".into(), "application/json, */*;q=0.5".into()), ("Accept-Encoding".into(), "identity".into())]
}

/// The failure for a template that cannot be filled.
pub(super) fn unfilled(gap: &MissingValue) -> Failure {
    missing(&gap.name)
}

pub(super) fn missing(name: &str) -> Failure {
    Failure::Protocol {
        message: format!(
            "Nothing was sent: the request of this system needs “{name}”, and the connection has no value for it."
        ),
    }
}
