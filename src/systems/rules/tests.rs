//! Rules of real systems against answers they give. A row: the rule, the answer, whether it fits.

use super::*;

const SAP_SLEEPING: &str = r#"where="api"
status=[403,404]
meaning="configuration"
match={header={name="www-authenticate",present=false},cookie_absent="SAP_SESSIONID"}"#;
const SAP_CSRF: &str =
    "where=\"api\"\nstatus=[403]\nmeaning=\"csrf\"\nmatch={header={name=\"x-csrf-token\",equals=\"Required\"}}";
const SAP_403: &str = "status=[403]\nmeaning=\"permission\"\nmatch={cookie_present=\"SAP_SESSIONID\"}";
const ACUMATICA_SEAT: &str = "where=\"login\"\nstatus=[500]\nmeaning=\"throttled\"\nreason=\"no_free_seat\"\nmatch={body_contains=\"API Login Limit\"}";
const NETBOX_EXPIRED: &str = "status=[403]\nmeaning=\"reauthorization\"\nmatch={body_contains=\"Token expired\"}";
const MC_THROTTLE: &str = r#"status=[403]
meaning="throttled"
match={body_contains_any=["rate limit","too many requests"]}"#;
const MC_PLAIN: &str = "status=[401]\nmeaning=\"configuration\"\nmatch={scheme=\"http\"}";
const ODOO_FALSE: &str =
    "status=[200]\nmeaning=\"reauthorization\"\nmatch={body_json={pointer=\"/result\",equals=false}}";
const FIIX_ERROR: &str =
    "status=[200]\nmeaning=\"reauthorization\"\nmatch={body_json={pointer=\"/error\",present=true}}";
const FIIX_CLOCK: &str =
    "status=[200]\nmeaning=\"clock_skew\"\nmatch={body_json={pointer=\"/error/message\",contains=\"timestamp\"}}";
const CONCUR_LOCK: &str = r#"where="token"
status=[400,403]
meaning="reauthorization"
match={body_json={pointer="/code",in=[10,11,14]}}"#;
const INTACCT: &str = r#"status=[200]
meaning="application"
match={body_xml={path="/response/control/status",equals="failure"},body_contains="Partner ID or password"}"#;
const SYSPRO_ERROR: &str =
    "where=\"login\"\nstatus=[200]\nmeaning=\"reauthorization\"\nmatch={body_starts_with=\"ERROR\"}";
const XERO_EMPTY: &str = "status=[200]\nmeaning=\"reauthorization\"\nmatch={body_equals=\"[]\"}";
const ERP_GUEST: &str =
    "status=[200]\nmeaning=\"reauthorization\"\nmatch={body_json={pointer=\"/message\",equals=\"Guest\"}}";
const TRYTON_RENEW: &str =
    "status=[200]\nmeaning=\"renew\"\nmatch={body_json={pointer=\"/error/0\",equals=\"NotLogged\"}}";
const SNOW_SLEEP: &str =
    "status=[200]\nmeaning=\"outage\"\nmatch={content_type=\"text/html\",body_contains=\"ibernat\"}";
const JDE_444: &str = "status=[444]\nmeaning=\"renew\"";
const FACILIO: &str = "status=[200]\nmeaning=\"unexpected\"\nmatch={body_json={pointer=\"/code\",not_equals=0}}";
const NO_MEMBER: &str = "status=[200]\nmeaning=\"unexpected\"\nmatch={body_json={pointer=\"/data\",present=false}}";

fn rule(text: &str) -> Rule {
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn answer<'a>(place: RulePlace, status: u16, headers: &'a [(String, String)], body: &'a str) -> AnswerView<'a> {
    AnswerView { place, status, headers, body: body.as_bytes(), https: true }
}

type Row = (&'static str, RulePlace, u16, &'static [(&'static str, &'static str)], &'static str, bool);

const ROWS: &[Row] = &[
    (SAP_SLEEPING, RulePlace::Api, 403, &[], "<html>Forbidden</html>", true),
    (SAP_SLEEPING, RulePlace::Api, 404, &[("content-type", "text/html")], "", true),
    (SAP_SLEEPING, RulePlace::Api, 403, &[("WWW-Authenticate", "Basic realm=\"SAP\"")], "", false),
    (SAP_SLEEPING, RulePlace::Api, 403, &[("set-cookie", "SAP_SESSIONID_PRD_100=x; path=/")], "", false),
    (SAP_SLEEPING, RulePlace::Api, 403, &[("set-cookie", "sap-usercontext=sap-client=100")], "", true),
    (SAP_SLEEPING, RulePlace::Token, 403, &[], "", false),
    (SAP_SLEEPING, RulePlace::Api, 401, &[], "", false),
    (SAP_CSRF, RulePlace::Api, 403, &[("X-CSRF-Token", "required")], "", true),
    (SAP_CSRF, RulePlace::Api, 403, &[("x-csrf-token", "abc==")], "", false),
    (SAP_CSRF, RulePlace::Api, 403, &[], "", false),
    (SAP_403, RulePlace::Api, 403, &[("set-cookie", "a=b"), ("set-cookie", "sap_sessionid_prd_100=x")], "", true),
    (SAP_403, RulePlace::Api, 403, &[], "", false),
    (ACUMATICA_SEAT, RulePlace::Login, 500, &[], "{\"message\":\"api LOGIN limit reached\"}", true),
    (ACUMATICA_SEAT, RulePlace::Api, 500, &[], "API Login Limit", false),
    (ACUMATICA_SEAT, RulePlace::Login, 500, &[], "Object reference not set", false),
    (NETBOX_EXPIRED, RulePlace::Api, 403, &[], "{\"detail\":\"Token expired\"}", true),
    (NETBOX_EXPIRED, RulePlace::Api, 403, &[], "{\"detail\":\"Not allowed\"}", false),
    (MC_THROTTLE, RulePlace::Api, 403, &[], "Too Many Requests in this window", true),
    (MC_THROTTLE, RulePlace::Api, 403, &[], "Forbidden", false),
    (MC_PLAIN, RulePlace::Api, 401, &[], "", false),
    (ODOO_FALSE, RulePlace::Api, 200, &[], "{\"jsonrpc\":\"2.0\",\"result\":false}", true),
    (ODOO_FALSE, RulePlace::Api, 200, &[], "{\"jsonrpc\":\"2.0\",\"result\":7}", false),
    (ODOO_FALSE, RulePlace::Api, 200, &[], "{\"jsonrpc\":\"2.0\"}", false),
    (ODOO_FALSE, RulePlace::Api, 200, &[], "<html>result false</html>", false),
    (FIIX_ERROR, RulePlace::Api, 200, &[], "{\"error\":{\"code\":1}}", true),
    (FIIX_ERROR, RulePlace::Api, 200, &[], "{\"_maCn\":\"PingResponse\"}", false),
    (FIIX_CLOCK, RulePlace::Api, 200, &[], "{\"error\":{\"message\":\"Bad TimeStamp given\"}}", true),
    (FIIX_CLOCK, RulePlace::Api, 200, &[], "{\"error\":{\"message\":\"Bad signature\"}}", false),
    (CONCUR_LOCK, RulePlace::Token, 400, &[], "{\"code\":11,\"error\":\"invalid_grant\"}", true),
    (CONCUR_LOCK, RulePlace::Token, 400, &[], "{\"code\":5}", false),
    (CONCUR_LOCK, RulePlace::Token, 400, &[], "{\"code\":\"11\"}", false),
    (
        INTACCT,
        RulePlace::Api,
        200,
        &[("content-type", "text/xml")],
        "<?xml version=\"1.0\"?><response><control><status>failure</status></control>\
         <errormessage><error><description2>Incorrect Intacct XML Partner ID or password.</description2></error></errormessage></response>",
        true,
    ),
    (INTACCT, RulePlace::Api, 200, &[], "<response><control><status>success</status></control></response>", false),
    (INTACCT, RulePlace::Api, 200, &[], "<response><control><status>failure</status></control></response>", false),
    (SYSPRO_ERROR, RulePlace::Login, 200, &[], "\u{feff} Error: Invalid password", true),
    (SYSPRO_ERROR, RulePlace::Login, 200, &[], "4F2A8B no error", false),
    (XERO_EMPTY, RulePlace::Api, 200, &[], " []\n", true),
    (XERO_EMPTY, RulePlace::Api, 200, &[], "[{\"id\":1}]", false),
    (ERP_GUEST, RulePlace::Api, 200, &[], "{\"message\":\"Guest\"}", true),
    (ERP_GUEST, RulePlace::Api, 200, &[], "{\"message\":\"guest@example.com\"}", false),
    (TRYTON_RENEW, RulePlace::Api, 200, &[], "{\"error\":[\"NotLogged\",[]]}", true),
    (TRYTON_RENEW, RulePlace::Api, 200, &[], "{\"error\":[\"UserError\",[\"x\",\"\"]]}", false),
    (
        SNOW_SLEEP,
        RulePlace::Api,
        200,
        &[("Content-Type", "Text/HTML; charset=utf-8")],
        "Instance Hibernating page",
        true,
    ),
    (SNOW_SLEEP, RulePlace::Api, 200, &[("Content-Type", "application/json")], "hibernating", false),
    (JDE_444, RulePlace::Api, 444, &[], "", true),
    (JDE_444, RulePlace::Api, 200, &[], "", false),
    (FACILIO, RulePlace::Api, 200, &[], "{\"code\":0}", false),
    (FACILIO, RulePlace::Api, 200, &[], "{\"code\":1}", true),
    (FACILIO, RulePlace::Api, 200, &[], "{\"ok\":true}", false),
    (NO_MEMBER, RulePlace::Api, 200, &[], "{\"other\":1}", true),
    (NO_MEMBER, RulePlace::Api, 200, &[], "<html></html>", false),
];

#[test]
fn rules_of_real_systems_fit_their_answers() {
    for (text, place, status, headers, body, wanted) in ROWS {
        let rules = [rule(text)];
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let found = first_match(&rules, &answer(*place, *status, &headers, body)).is_some();
        assert_eq!(found, *wanted, "{text}\n{place:?} {status} {headers:?}\n{body}");
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = [rule(ODOO_FALSE), rule("status=[200]\nmeaning=\"ok\""), rule("meaning=\"unexpected\"")];
    let meaning =
        |status, body| first_match(&rules, &answer(RulePlace::Api, status, &[], body)).map(|rule| rule.meaning);
    assert_eq!(meaning(200, "{\"result\":false}"), Some(crate::systems::Meaning::Reauthorization));
    assert_eq!(meaning(200, "{\"result\":1}"), Some(crate::systems::Meaning::Ok));
    assert_eq!(meaning(500, ""), Some(crate::systems::Meaning::Unexpected));
    assert!(first_match(&[], &answer(RulePlace::Api, 200, &[], "")).is_none());
}

#[test]
fn plain_http_is_told_from_https() {
    let rules = [rule(MC_PLAIN)];
    let mut view = answer(RulePlace::Api, 401, &[], "");
    view.https = false;
    assert!(first_match(&rules, &view).is_some());
}

#[test]
fn text_behind_64_kib_is_not_looked_at() {
    let rules = [rule("meaning=\"outage\"\nmatch={body_contains=\"needle\"}")];
    let late = format!("{}needle", "x".repeat(BODY_LIMIT));
    assert!(first_match(&rules, &answer(RulePlace::Api, 200, &[], &late)).is_none());
    let early = format!("{}needle", "x".repeat(BODY_LIMIT - 6));
    assert!(first_match(&rules, &answer(RulePlace::Api, 200, &[], &early)).is_some());
}
