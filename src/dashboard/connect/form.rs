//! From a catalogue entry to a form: the system's own parameters and sign-in fields, with what was typed and what is
//! wrong with it. Pure; it asks nobody.

use super::draft::{Draft, way_word, ways};
use super::view::{SchemeChoice, SignInForm};
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::systems::{Auth, Hosting, Scheme, System};

/// What a connection costs by tier and hosting.
pub type Price<'a> = &'a dyn Fn(u8, Hosting) -> i64;

/// What the form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Connect,
    Reconnect,
}

/// The form of `system`, filled with `draft`.
pub fn sign_in_form(
    system: &System,
    draft: &Draft,
    errors: &FieldErrors,
    purpose: Purpose,
    price: Price<'_>,
) -> SignInForm {
    let auth = system.auth.get(draft.way);
    let certificates = certificates(system, draft, errors, purpose);
    SignInForm {
        customer_id: draft.customer_id.clone(),
        system: system.slug.clone(),
        address: address(system, draft, errors, purpose, price),
        address_open: errors.touches(|field| field == "base_url" || field.starts_with("parameters.")),
        parameters: parameters(system, draft, errors),
        schemes: schemes(system, draft),
        by_consent: draft.is_by_consent(system),
        wants_application: None,
        credentials: auth.map(|auth| credentials(auth, draft, errors, purpose)).unwrap_or_default(),
        generic: if system.generic && purpose == Purpose::Connect { generic(draft, errors) } else { Vec::new() },
        certificates_open: certificates.iter().any(|field| field.error.is_some()) || draft.has_certificates(),
        certificates,
        cost_note: cost_note(system, draft, price),
    }
}

fn address(system: &System, draft: &Draft, errors: &FieldErrors, purpose: Purpose, price: Price<'_>) -> Vec<FieldView> {
    let mut help = system.base_url.note.clone().unwrap_or_default();
    if let Some(example) = system.base_url.example.as_ref().or(system.base_url.pattern.as_ref()) {
        help = if help.is_empty() { format!("Like {example}") } else { format!("Like {example}. {help}") };
    }
    let url = FieldView::new(FieldKind::Url, "base_url", format!("Address of {}", system.name))
        .value(&draft.base_url)
        .help(help)
        .max_length(2048)
        .errors(errors);
    if purpose == Purpose::Reconnect {
        return vec![url];
    }
    let name = FieldView::text("name", "Name")
        .value(&draft.name)
        .help("How your team will call it.")
        .max_length(200)
        .optional()
        .errors(errors);
    let hosting = FieldView::new(FieldKind::Radio, "hosting", "Hosting")
        .choices(
            system.hosting.iter().map(|hosting| {
                (
                    hosting.as_str(),
                    format!("{}, {}", hosting_words(*hosting), cost_words(system, draft, *hosting, price)),
                )
            }),
            draft.hosting.map(Hosting::as_str).unwrap_or_default(),
        )
        .errors(errors);
    vec![name, hosting, url]
}

fn parameters(system: &System, draft: &Draft, errors: &FieldErrors) -> Vec<FieldView> {
    system
        .parameters
        .iter()
        .map(|parameter| {
            let mut help = parameter.help.clone().unwrap_or_default();
            if let Some(example) = &parameter.example {
                help = format!("{help}{}Like {example}", if help.is_empty() { "" } else { " " });
            }
            let field = FieldView::text(format!("parameters.{}", parameter.name), &parameter.label)
                .value(draft.parameters.get(&parameter.name).cloned().unwrap_or_default())
                .help(help)
                .max_length(500)
                .errors(errors);
            if parameter.required { field } else { field.optional() }
        })
        .collect()
}

fn schemes(system: &System, draft: &Draft) -> Vec<SchemeChoice> {
    ways(system)
        .into_iter()
        .map(|(place, auth)| SchemeChoice {
            value: way_word(system, place),
            label: scheme_words(auth.scheme).into(),
            sub: auth.note.clone().unwrap_or_default(),
            chosen: place == draft.way,
        })
        .collect()
}

fn credentials(auth: &Auth, draft: &Draft, errors: &FieldErrors, purpose: Purpose) -> Vec<FieldView> {
    // Who only consents once more leaves them as they are stored.
    let kept = purpose == Purpose::Reconnect && auth.authorize.is_some();
    auth.fields
        .iter()
        .map(|field| {
            let kind = match (field.secret, field.multiline) {
                (true, true) => FieldKind::SecretArea,
                (true, false) => FieldKind::Password,
                (false, true) => FieldKind::Area,
                (false, false) => FieldKind::Text,
            };
            let value = draft.public.get(&field.name).or(field.default.as_ref()).cloned().unwrap_or_default();
            let view = FieldView::new(kind, format!("auth.{}", field.name), &field.label)
                .value(value)
                .help(field.help.clone().unwrap_or_default())
                .autocomplete(if field.secret { "new-password" } else { "off" })
                .max_length(8192)
                .errors(errors);
            if field.required && !kept { view } else { view.optional() }
        })
        .collect()
}

fn generic(draft: &Draft, errors: &FieldErrors) -> Vec<FieldView> {
    vec![
        FieldView::new(FieldKind::Select, "probe.method", "Method")
            .choices(["GET", "HEAD", "POST", "OPTIONS"].map(|word| (word, word)), &draft.probe_method)
            .errors(errors),
        FieldView::text("probe.path", "Path")
            .value(&draft.probe_path)
            .help("Below the address; a read that needs the sign-in.")
            .errors(errors),
        FieldView::text("probe.expect_status", "Good answers")
            .value(&draft.probe_expect)
            .help("Statuses with commas between them. Empty: any 2xx.")
            .optional()
            .errors(errors),
        FieldView::new(FieldKind::Select, "tier", "Tier")
            .choices(
                [("1", "1: small systems, CMMS"), ("2", "2: mid-size ERP"), ("3", "3: large ERP and EAM")],
                &draft.tier,
            )
            .errors(errors),
    ]
}

fn certificates(system: &System, draft: &Draft, errors: &FieldErrors, purpose: Purpose) -> Vec<FieldView> {
    let pem = |name: &str, label: &str, help: &str| {
        let kind = if name == "client_key" { FieldKind::SecretArea } else { FieldKind::Area };
        FieldView::new(kind, format!("auth.{name}"), label)
            .value(draft.public.get(name).cloned().unwrap_or_default())
            .help(help)
            .placeholder("-----BEGIN")
            .mono()
            .optional()
            .errors(errors)
    };
    // A way that asks for the certificate itself has it among its own fields.
    let own =
        |name: &str| system.auth.get(draft.way).is_some_and(|auth| auth.fields.iter().any(|field| field.name == name));
    let mut fields: Vec<FieldView> = [
        ("client_certificate", "Client certificate", "PEM, with its chain."),
        ("client_key", "Its private key", "PEM, without a passphrase. Sealed like a password."),
        ("ca_certificate", "Own certificate authority", "PEM. Trusted for this connection, beside the usual ones."),
        (
            "server_certificate",
            "Exact certificate of the server",
            "PEM. This very certificate is accepted and no other, for servers with a self-made one.",
        ),
    ]
    .into_iter()
    .filter(|(name, _, _)| !own(name))
    .map(|(name, label, help)| pem(name, label, help))
    .collect();
    if purpose == Purpose::Connect {
        let least = i64::from(system.min_interval_seconds.max(5));
        let help = if system.min_interval_seconds > 60 {
            format!("Seconds. This system asks for {least} or more.")
        } else {
            "Seconds. Empty: 60.".into()
        };
        fields.push(
            FieldView::new(FieldKind::Number, "check_interval_seconds", "Check interval")
                .value(&draft.interval)
                .range(5, 86_400)
                .help(help)
                .optional()
                .errors(errors),
        );
    }
    fields
}

fn cost_note(system: &System, draft: &Draft, price: Price<'_>) -> String {
    let costs: Vec<String> = system
        .hosting
        .iter()
        .map(|hosting| format!("{} {}", cost_words(system, draft, *hosting, price), hosting_place(*hosting)))
        .collect();
    format!("{}. Nothing is stored and nothing is taken before you say so.", costs.join(", "))
}

fn cost_words(system: &System, draft: &Draft, hosting: Hosting, price: Price<'_>) -> String {
    if system.free {
        return "no credits".into();
    }
    let tier = if system.generic { draft.tier.parse().unwrap_or(system.tier) } else { system.tier };
    format::credits(price(tier, hosting))
}

pub fn hosting_words(hosting: Hosting) -> &'static str {
    match hosting {
        Hosting::Cloud => "Cloud",
        Hosting::OnPremises => "On premises",
    }
}

pub fn hosting_place(hosting: Hosting) -> &'static str {
    match hosting {
        Hosting::Cloud => "in the cloud",
        Hosting::OnPremises => "on premises",
    }
}

/// “cloud or on premises”.
pub fn hostings(system: &System) -> String {
    let words: Vec<String> = system.hosting.iter().map(|hosting| hosting_words(*hosting).to_lowercase()).collect();
    words.join(" or ")
}

pub fn scheme_words(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::None => "No sign-in",
        Scheme::ApiKey => "API key",
        Scheme::Bearer => "Bearer token",
        Scheme::Basic => "User and password (basic)",
        Scheme::SessionLogin => "User and password (session)",
        Scheme::Oauth2ClientCredentials => "OAuth 2 client credentials",
        Scheme::Oauth2AuthorizationCode => "OAuth 2 with a person’s consent",
        Scheme::Oauth2Password => "OAuth 2 with user and password",
        Scheme::Oauth2JwtBearer => "OAuth 2 with a signed JWT",
        Scheme::Oauth2SamlBearer => "OAuth 2 with a SAML assertion",
        Scheme::Oauth1 => "OAuth 1",
        Scheme::Hmac => "Signed requests (HMAC)",
        Scheme::ClientCertificate => "Client certificate",
    }
}

/// “What this system needs”: the facts of the catalogue that help whoever fills the form.
pub fn needs(system: &System) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |label: &str, value: String| facts.push((label.to_owned(), value));
    fact("Vendor", system.vendor.clone());
    if let Some(pattern) = &system.base_url.pattern {
        fact("Address", pattern.clone());
    }
    if let Some(cost) = &system.check_cost {
        fact("A check costs", cost.clone());
    }
    if system.min_interval_seconds > 0 {
        fact("Checked at most", format!("every {}", format::interval(u64::from(system.min_interval_seconds))));
    }
    if system.lockout.attempts > 0 {
        fact("Locks a user after", format::count(u64::from(system.lockout.attempts), "refused try", "refused tries"));
    }
    if let Some(note) = &system.session_note {
        fact("Session", note.clone());
    }
    if let Some(note) = &system.rate_limit_note {
        fact("Limit", note.clone());
    }
    fact("Facts", if system.is_confirmed() { "confirmed".into() } else { "not all confirmed yet".into() });
    facts
}
