//! The way back: state, browser and issuer are looked at before anything else; then the code is exchanged, the system asked
//! with the fresh token, and the connection made or mended.

use super::Oauth;
use super::model::{Callback, Deed, Finished, Unfinished, Why};
use super::states::{NoState, Waiting};
use crate::connections::Consent;
use crate::upstream::Grant;

/// More of a foreign server's words is not shown.
const WORDS: usize = 300;

impl Oauth {
    pub async fn finish(&self, callback: Callback) -> Result<Finished, Box<Unfinished>> {
        let unknown = |why| Box::new(Unfinished { why, system_name: None, back: None });
        let Some(state) = callback.state.as_deref().filter(|state| !state.is_empty()) else {
            return Err(unknown(Why::Malformed));
        };
        let taken = self.inner.states.take(state, callback.browser.as_ref(), self.inner.clock.now());
        let mut waiting = taken.map_err(|no| {
            unknown(match no {
                NoState::Unknown => Why::Expired,
                NoState::Used => Why::Replayed,
                NoState::Foreign => Why::Foreign,
            })
        })?;
        let back = (waiting.face, waiting.return_to.clone());
        let system_name = waiting.system_name.clone();
        let no = |why| Box::new(Unfinished { why, system_name: Some(system_name.clone()), back: Some(back.clone()) });
        if let Some(found) = callback.iss.as_deref().filter(|issuer| !waiting.takes(issuer)) {
            return Err(no(Why::WrongIssuer { found: found.chars().take(WORDS).collect() }));
        }
        if let Some(error) = callback.error {
            return Err(no(refusal(&error, callback.error_description.as_deref())));
        }
        let Some(code) = callback.code.filter(|code| !code.is_empty()) else { return Err(no(Why::Malformed)) };
        let deed = match waiting.consent {
            Consent::Connect(_) => Deed::Connected,
            Consent::Reconnect { .. } => Deed::Reconnected,
        };
        let grant = Grant::Code {
            code,
            redirect_uri: self.inner.applications.redirect_url(),
            verifier: waiting.verifier.clone(),
        };
        let after = waiting.after.take();
        // Runs to its end even when the person closes the page: the code is used up by then.
        let (connections, who, consent) = (self.inner.connections.clone(), waiting.who, waiting.consent);
        let work = tokio::spawn(async move {
            let connection = connections.consent_given(&who, consent, grant).await?;
            if let Some(after) = after {
                after(connection.clone()).await;
            }
            Ok(connection)
        });
        let done = work.await.unwrap_or(Err(crate::connections::ConnectionError::NotFound));
        let connection = done.map_err(|error| no(Why::Failed(error)))?;
        let (face, return_to) = back.clone();
        Ok(Finished { connection, deed, system_name: system_name.clone(), face, return_to })
    }
}

impl Waiting {
    /// Whether this issuer is the one that was asked: by its written name, else by the hosts of its addresses.
    fn takes(&self, issuer: &str) -> bool {
        let plain = |text: &str| text.trim_end_matches('/').to_owned();
        if let Some(known) = &self.issuer {
            return plain(known) == plain(issuer);
        }
        let host = url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.is_some_and(|host| self.hosts.contains(&host))
    }
}

/// RFC 6749, 4.1.2.1. The words are a foreign server's: short, and without anything but text.
fn refusal(error: &str, description: Option<&str>) -> Why {
    let plain = |text: &str| -> String {
        text.chars().filter(|letter| !letter.is_control()).take(WORDS).collect::<String>().trim().to_owned()
    };
    if error == "access_denied" {
        return Why::Denied;
    }
    let words = description.map(plain).map(|words| words.trim_end_matches('.').to_owned());
    Why::Refused { error: plain(error), words: words.filter(|words| !words.is_empty()) }
}
