//! What goes wrong with a simulated system, and what it answers then.

use std::time::Duration;

/// What goes wrong. `None`: it answers and lets everyone in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// 401: the password is dead.
    Password,
    /// The user is locked: said at the sign-in, where the system has one.
    Locked,
    /// The token endpoint refuses the client.
    Token,
    /// The token endpoint refuses the refresh token: its user took the access back.
    Grant,
    SignInPage,
    Forbidden,
    Throttled,
    Slow,
    /// All licence seats are taken.
    NoSeat,
    Unexpected,
    Unavailable,
    Hanging,
    Reset,
    /// Nothing listens on the port.
    Closed,
    /// A certificate other than the one that was pinned.
    OtherCertificate,
    NoHandshake,
    /// The port takes connections, and then nothing more comes.
    SilentHandshake,
    /// The name is no longer known.
    NameGone,
    /// The name leads to an address that the egress policy denies.
    NameElsewhere,
}

/// What a system does with a request.
pub enum Reaction {
    Answer(String),
    /// Answers after a while.
    Late(Duration, String),
    Hang,
    Reset,
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const SLOW: Duration = Duration::from_millis(1300);

/// One answer that satisfies the probes and sign-ins of many systems.
const BODY: &str = r#"{"access_token":"demo-token","refresh_token":"demo-refresh","token_type":"Bearer","expires_in":3600,"token":"demo-token","accessToken":"demo-token","SessionId":"demo-session","session_id":"demo-session","session_token":"demo-session","sessionId":"demo-session","id":1,"uid":1,"name":"Demo","value":[],"data":[],"items":[],"results":[],"records":[],"member":[],"content":[],"user":{"id":1},"users":[],"result":{"id":1,"sessionToken":"demo-session","credentials":{"sessionId":"demo-session"}},"d":{"results":[]},"count":0,"total":0,"success":true,"status":"ok","version":"1.0"}"#;

/// `head`: the request line and the headers.
pub fn react(fault: Fault, head: &str) -> Reaction {
    let path = head.split_whitespace().nth(1).unwrap_or_default().to_ascii_lowercase();
    let signs_in = ["login", "logon", "auth", "session"].iter().any(|word| path.contains(word));
    let unauthorized =
        || compose(401, "WWW-Authenticate: Basic realm=\"plant\"\r\n", JSON, r#"{"error":"unauthorized"}"#);
    Reaction::Answer(match fault {
        Fault::Password => unauthorized(),
        Fault::Locked if signs_in => compose(401, "", JSON, r#"{"message":"Your account has been locked."}"#),
        Fault::Token if path.contains("token") => compose(
            400,
            "",
            JSON,
            r#"{"error":"invalid_client","error_description":"The client secret has been regenerated."}"#,
        ),
        Fault::Grant if path.contains("token") => compose(
            400,
            "",
            JSON,
            r#"{"error":"invalid_grant","error_description":"The user has revoked the access."}"#,
        ),
        Fault::NoSeat if signs_in => compose(500, "", JSON, r#"{"exceptionMessage":"API Login Limit"}"#),
        Fault::Locked | Fault::Token | Fault::Grant | Fault::NoSeat => unauthorized(),
        Fault::SignInPage => compose(
            200,
            "",
            HTML,
            r#"<form action="/login"><input name="user"><input type="password" name="password"></form>"#,
        ),
        Fault::Forbidden => compose(403, "", JSON, r#"{"error":{"message":"No authorization for this service"}}"#),
        Fault::Throttled => compose(429, "Retry-After: 20\r\n", JSON, r#"{"error":"too many requests"}"#),
        Fault::Unexpected => compose(404, "", JSON, r#"{"error":"no such resource"}"#),
        Fault::Unavailable => compose(503, "", HTML, "<h1>Service unavailable</h1>"),
        Fault::Slow => return Reaction::Late(SLOW, good(head)),
        Fault::Hanging => return Reaction::Hang,
        Fault::Reset => return Reaction::Reset,
        Fault::None
        | Fault::Closed
        | Fault::OtherCertificate
        | Fault::NoHandshake
        | Fault::SilentHandshake
        | Fault::NameGone
        | Fault::NameElsewhere => good(head),
    })
}

fn good(head: &str) -> String {
    let lower = head.to_ascii_lowercase();
    if lower.contains("webhook-id:") {
        return compose(202, "", "text/plain", "taken");
    }
    let wants_xml = lower.contains("$metadata")
        || (lower.contains("accept: ") && lower.contains("/xml") && !lower.contains("json"));
    // Those that the catalogue keeps of the demo's systems: a sign-in that gives none gives no session.
    let cookies =
        &["sid", "MOCA-WS-SESSIONKEY"].map(|name| format!("Set-Cookie: {name}=demo; HttpOnly; Path=/\r\n")).concat();
    if wants_xml {
        return compose(
            200,
            cookies,
            "application/xml",
            r#"<?xml version="1.0"?><edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"/>"#,
        );
    }
    compose(200, cookies, JSON, BODY)
}

fn compose(status: u16, headers: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Demo\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}
