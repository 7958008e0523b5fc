//! Known ends: of certificates and credentials, of API keys, of the server's own certificate. What ends is announced
//! 30, 7 and 1 days before, each warning once; the contact hears of the last two, where renewing is theirs.

use std::collections::BTreeMap;

use super::error::NotificationError;
use super::letters::{self, Ending, Subject};
use super::model::{MailKind, NewMail, Subscriber};
use super::service::{Inner, Notifications};
use super::store;
use crate::access::Principal;
use crate::base::Timestamp;
use crate::events::EventRow;
use crate::store::StoreError;

const DAY_MILLIS: i64 = 86_400_000;
const WARNINGS: [i64; 3] = [1, 7, 30];
/// From here on the contact is written to.
const CONTACT_DAYS: i64 = 7;

/// Something whose end is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEnd {
    /// `api_key:key_…`, `server_certificate`: what tells it from others.
    pub key: String,
    pub what: String,
    pub ends_at: Timestamp,
    /// A page of ours, `/settings/api-keys`.
    pub path: String,
}

/// Whole days that are left, rounded up.
pub(super) fn days_left(ends_at: Timestamp, now: Timestamp) -> i64 {
    let left = ends_at.millis().saturating_sub(now.millis());
    left.saturating_add(DAY_MILLIS - 1).div_euclid(DAY_MILLIS)
}

/// The nearest warning that is due.
fn warning(ends_at: Timestamp, now: Timestamp) -> Option<i64> {
    if ends_at <= now {
        return None;
    }
    WARNINGS.into_iter().find(|days| now >= ends_at.plus_seconds(-days * 86_400))
}

impl Notifications {
    /// Announces ends that no connection has: each warning once, by a mail to operators.
    pub async fn warn_of(&self, ends: Vec<KnownEnd>) -> Result<usize, NotificationError> {
        let inner = &self.inner;
        let now = inner.now();
        let due: Vec<(KnownEnd, i64)> =
            ends.into_iter().filter_map(|end| warning(end.ends_at, now).map(|days| (end, days))).collect();
        if due.is_empty() || inner.means.post.is_none() {
            return Ok(0);
        }
        let users = inner.subscribers().await?;
        let mut mails = Vec::new();
        for (end, days) in due {
            let url = format!("{}{}", inner.means.public_url.trim_end_matches('/'), end.path);
            let ending =
                Ending { what: end.what, ends_at: end.ends_at, days: days_left(end.ends_at, now), url: Some(url) };
            mails.extend(inner.to_operators(
                &ending,
                &end.key,
                days,
                users.iter().filter(|user| user.preferences.ends),
            )?);
        }
        let queued = inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                let mut queued = 0usize;
                for mail in &mails {
                    queued = queued.saturating_add(usize::from(store::mails::queue(tx, mail)?));
                }
                Ok(queued)
            })
            .await?;
        Ok(queued)
    }
}

impl Inner {
    fn to_operators<'a>(
        &self,
        ending: &Ending,
        key: &str,
        days: i64,
        users: impl Iterator<Item = &'a Subscriber>,
    ) -> Result<Vec<NewMail>, NotificationError> {
        let mail = |user: &Subscriber| {
            let address = self.address(user.preferences.locale, Some(user.name.clone()));
            let letter = letters::ends_to_operator(&address, ending);
            let once = format!("ends:{key}:{}:{days}:{}", ending.ends_at.millis(), user.id);
            self.mail(MailKind::OperatorEnds, user.recipient(), &letter, Vec::new(), Some(once))
        };
        users.map(mail).collect()
    }

    /// The mails of a `connection.expiring`.
    pub async fn ending(&self, event: &EventRow, users: &[Subscriber]) -> Result<Vec<NewMail>, NotificationError> {
        let end = event.data.get("expires_at").and_then(serde_json::Value::as_str).and_then(Timestamp::parse);
        let (Some(ends_at), Some(id)) = (end, event.connection_id) else { return Ok(Vec::new()) };
        let Some(connection) = self.means.connections.registry().find(id) else { return Ok(Vec::new()) };
        let customer = self.means.customers.find(&Principal::system(), connection.customer_id).await?;
        let Some(customer) = customer.map(|found| found.customer) else { return Ok(Vec::new()) };
        let (days, left) = (warning(ends_at, event.at).unwrap_or(1), days_left(ends_at, event.at));
        let names = BTreeMap::from([(customer.id, customer.name.clone())]);
        let subject: Subject = self.operator_subject(&connection, &names);
        let what = format!("{} ({})", connection.name, customer.name);
        let ending = Ending { what, ends_at, days: left, url: Some(subject.url.clone()) };
        let wanting = users.iter().filter(|user| user.preferences.ends && user.preferences.covers(customer.id));
        let mut mails = self.to_operators(&ending, &id.to_string(), days, wanting)?;
        if let Some(to) = self.contact(&customer).filter(|_| days <= CONTACT_DAYS) {
            let letter = letters::ends_to_contact(&self.contact_address(&to), &subject, &ending);
            let once = format!("ends:{id}:{}:{days}:contact", ends_at.millis());
            mails.push(self.mail(MailKind::Ends, to, &letter, Vec::new(), Some(once))?);
        }
        Ok(mails)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_warnings_and_counts_whole_days() {
        let end = Timestamp::from_millis(100 * DAY_MILLIS);
        let rows =
            [(31 * 24, None, 31), (30 * 24, Some(30), 30), (169, Some(30), 8), (168, Some(7), 7), (1, Some(1), 1)];
        for (hours, wanted, left) in rows {
            let now = end.plus_seconds(-hours * 3600);
            assert_eq!((warning(end, now), days_left(end, now)), (wanted, left), "{hours} h before");
        }
        assert_eq!(warning(end, end), None);
    }
}
