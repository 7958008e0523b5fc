//! What a forwarded request that got no answer of its own becomes.

use std::time::Duration;

use super::map::about;
use super::{Code, Problem};
use crate::access::Principal;
use crate::api::Api;
use crate::base::Status;
use crate::connections::Connection;
use crate::proxy::{ProxyError, Refusal};
use crate::upstream::Failure;

pub fn of_proxy(api: &Api, who: &Principal, error: ProxyError) -> Problem {
    match error {
        ProxyError::Connection(error) => error.into(),
        ProxyError::Path(error) => Problem::invalid(vec![error]),
        ProxyError::Refused { connection, refusal } => refused(api, who, &connection, &refusal),
        ProxyError::NoAnswer { connection, failure } => no_answer(&connection, &failure),
        ProxyError::SendAgain { connection } => about(
            Problem::new(
                Code::ConnectionUnreachable,
                "The sign-in at the system had ended and is renewed now, but a body of more than 64 KiB is not kept and could \
                 not be sent again. Nothing was done; send the request once more.",
            )
            .retry_after(Duration::from_secs(1)),
            &connection,
        ),
        ProxyError::TooLargeToSign { connection } => about(
            Problem::new(
                Code::PayloadTooLarge,
                "This system signs each request by OAuth 1.0a, and the fields of a form are part of the signature: a form of more \
                 than 64 KiB is not kept and could not be signed. Nothing was sent. Send less at once, or another type of \
                 content, like JSON.",
            ),
            &connection,
        ),
        ProxyError::SignIn { connection } => {
            let now = api.connections.registry().find(connection.id).unwrap_or(connection);
            match now.status {
                Status::ReauthorizationRequired => refused(api, who, &now, &Refusal::ReauthorizationRequired),
                _ => about(
                    Problem::new(
                        Code::ConnectionUnreachable,
                        "The sign-in ahead of this request did not succeed; the connection is being checked. Try again in a moment.",
                    )
                    .retry_after(Duration::from_secs(5)),
                    &now,
                ),
            }
        }
    }
}

fn refused(api: &Api, who: &Principal, connection: &Connection, refusal: &Refusal) -> Problem {
    let problem = match refusal {
        Refusal::Pending => Problem::new(
            Code::ConnectionPending,
            "The credentials of this connection were never proven. Check it (POST …/check) or send credentials first.",
        ),
        Refusal::ReauthorizationRequired => {
            let detail = format!(
                "{} Nothing is sent until somebody reconnects: pass reconnect_url to the customer, or send new credentials.",
                connection.message
            );
            let link = api.connections.reconnect_url(who, connection.id);
            Problem::new(Code::ReauthorizationRequired, detail).with("reconnect_url", serde_json::json!(link))
        }
        Refusal::Unreachable { retry_after } => Problem::new(
            Code::ConnectionUnreachable,
            format!("{} This says nothing about the credentials. Try again later.", connection.message),
        )
        .retry_after(*retry_after),
        Refusal::InDoubt { .. } => Problem::new(
            Code::ConnectionUnreachable,
            "The system refused a sign-in a moment ago; it is being confirmed before anything more is sent. Try again shortly.",
        )
        .retry_after(api.connections.settings().confirm_delay.max(Duration::from_secs(1))),
        Refusal::Inactive => Problem::new(
            Code::ConnectionInactive,
            format!("{} Activate the connection, then requests are forwarded again.", connection.message),
        ),
        Refusal::Disconnected => {
            Problem::new(Code::ConnectionDisconnected, "This connection has ended. Connect anew.")
        }
    };
    about(problem, connection)
}

fn no_answer(connection: &Connection, failure: &Failure) -> Problem {
    let code = match failure {
        Failure::EgressDenied { .. } => Code::EgressDenied,
        Failure::ConnectTimeout { .. } | Failure::ResponseTimeout { .. } => Code::UpstreamTimeout,
        Failure::VaultSealed | Failure::NotStored { .. } => Code::VaultSealed,
        Failure::Dns { .. }
        | Failure::Refused { .. }
        | Failure::Reset { .. }
        | Failure::TlsUntrusted { .. }
        | Failure::ClientCertificateRefused { .. }
        | Failure::ClientCertificateExpired { .. }
        | Failure::TlsFailure { .. }
        | Failure::Protocol { .. } => Code::UpstreamFailed,
    };
    let end = match failure {
        Failure::Protocol { message } if message.starts_with("Nothing was sent") => "",
        Failure::ResponseTimeout { .. } | Failure::Reset { .. } | Failure::Protocol { .. } => {
            "Whether the system did what was asked is not known."
        }
        _ => "The system did not get the request.",
    };
    let detail = format!("{} {end}", failure.message()).trim_end().to_owned();
    about(Problem::new(code, detail), connection)
}
