//! The daily digest: what needs a hand, what works again, what ends soon, which alarms stand. Put together once a day
//! at the hour that a user chose (UTC); an empty one is not sent.

use std::collections::{BTreeMap, BTreeSet};

use super::alarms::{AlarmKind, Alarming};
use super::ends::days_left;
use super::error::NotificationError;
use super::letters::{self, Day, Ending};
use super::model::{MailKind, NewMail, Preferences, Subscriber};
use super::schedule::latest_hour;
use super::service::Inner;
use super::store;
use crate::access::Principal;
use crate::alarms::Alarm;
use crate::base::{CustomerId, Reason, Status, Timestamp};
use crate::connections::{Connection, StatusChange};
use crate::store::StoreError;

const DAY_SECONDS: i64 = 86_400;
const ENDS_WITHIN_DAYS: i64 = 30;

/// Everything of the last day, before it is cut down to what a user sees.
struct Facts {
    connections: Vec<std::sync::Arc<Connection>>,
    changes: Vec<StatusChange>,
    alarms: Vec<Alarm>,
    names: BTreeMap<CustomerId, String>,
}

impl Inner {
    /// Puts together the digests that are due.
    pub async fn digests(&self) -> Result<(), NotificationError> {
        if self.means.post.is_none() {
            return Ok(());
        }
        let now = self.now();
        let marks =
            self.means.store.read::<_, StoreError, _>(|reader| store::subscribers::digest_marks(reader)).await?;
        let mut due = Vec::new();
        for user in self.subscribers().await? {
            let latest = latest_hour(now, user.preferences.digest_hour);
            match marks.get(&user.id) {
                // The first one comes at the next hour, not at once.
                None => self.mark(&user, None, now).await?,
                Some(looked) if *looked < latest && user.preferences.digest => due.push(user),
                Some(_) => {}
            }
        }
        if due.is_empty() {
            return Ok(());
        }
        let facts = self.facts(now).await?;
        for user in due {
            let day = self.day_of(&facts, &user.preferences, now);
            let mail = if day.is_empty() { None } else { Some(self.digest_mail(&user, &day, now)?) };
            self.mark(&user, mail, now).await?;
        }
        Ok(())
    }

    async fn mark(&self, user: &Subscriber, mail: Option<NewMail>, now: Timestamp) -> Result<(), NotificationError> {
        let id = user.id;
        self.means
            .store
            .write::<_, StoreError, _>(move |tx| {
                if let Some(mail) = &mail {
                    store::mails::queue(tx, mail)?;
                }
                store::subscribers::mark_digest(tx, id, now)
            })
            .await?;
        Ok(())
    }

    fn digest_mail(&self, user: &Subscriber, day: &Day, now: Timestamp) -> Result<NewMail, NotificationError> {
        let letter = letters::digest(&self.address(user.preferences.locale, Some(user.name.clone())), day, now);
        self.mail(MailKind::Digest, user.recipient(), &letter, Vec::new(), None)
    }

    async fn facts(&self, now: Timestamp) -> Result<Facts, NotificationError> {
        let (connections, who) = (&self.means.connections, Principal::system());
        let live = connections.registry().select(|one| one.status != Status::Disconnected);
        let changes = connections.changes_since(&who, now.plus_seconds(-DAY_SECONDS)).await?;
        let named: BTreeSet<CustomerId> = live.iter().map(|one| one.customer_id).collect();
        let names = self.customer_names(named).await?;
        Ok(Facts { connections: live, changes, alarms: connections.alarms().await?, names })
    }

    fn day_of(&self, facts: &Facts, wanted: &Preferences, now: Timestamp) -> Day {
        let seen = |one: &&std::sync::Arc<Connection>| wanted.covers(one.customer_id);
        let subject = |one: &std::sync::Arc<Connection>| self.operator_subject(one, &facts.names);
        let mut needing: Vec<_> =
            facts.connections.iter().filter(seen).filter(|one| needs_a_hand(one.status, one.reason)).collect();
        needing.sort_by_key(|one| (one.status, one.since));
        let mended: BTreeSet<_> = facts
            .changes
            .iter()
            .filter(|change| change.after == Status::Active)
            .filter(|change| {
                matches!(
                    change.before,
                    Some(Status::ReauthorizationRequired | Status::Unreachable | Status::Degraded | Status::Inactive)
                )
            })
            .map(|change| change.connection)
            .collect();
        let limit = now.plus_seconds(ENDS_WITHIN_DAYS * DAY_SECONDS);
        let mut ends: Vec<Ending> = facts
            .connections
            .iter()
            .filter(seen)
            .filter_map(|one| {
                let ends_at = one.expires_at.filter(|end| *end > now && *end < limit)?;
                let customer = facts.names.get(&one.customer_id).map_or("", String::as_str);
                Some(Ending {
                    what: format!("{} ({customer})", one.name),
                    ends_at,
                    days: days_left(ends_at, now),
                    url: Some(subject(one).url),
                })
            })
            .collect();
        ends.sort_by_key(|end| end.ends_at);
        Day {
            needs: needing.into_iter().map(subject).collect(),
            mended: facts
                .connections
                .iter()
                .filter(seen)
                .filter(|one| one.status == Status::Active && mended.contains(&one.id))
                .map(subject)
                .collect(),
            ends,
            alarms: facts.alarms.iter().filter_map(|alarm| self.standing_alarm(alarm, wanted)).collect(),
        }
    }

    /// An alarm of the instance; warnings of ends are kept in the same table and stand among the ends.
    fn standing_alarm(&self, alarm: &Alarm, wanted: &Preferences) -> Option<Alarming> {
        if alarm.is_warning() {
            return None;
        }
        let kind = AlarmKind::of_reason(&alarm.kind);
        let system = (kind == AlarmKind::Application).then(|| self.system_name(&alarm.subject));
        let data = serde_json::json!({ "message": alarm.message });
        Some(Alarming::new(kind, wanted.locale, &data, system.as_deref(), alarm.since))
    }
}

/// Whether a person has to do something: what heals by itself, or was wished, does not count.
fn needs_a_hand(status: Status, reason: Option<Reason>) -> bool {
    match status {
        Status::ReauthorizationRequired | Status::Unreachable => true,
        Status::Degraded => reason != Some(Reason::RateLimited),
        Status::Inactive => reason == Some(Reason::CreditsExhausted),
        Status::Pending | Status::Active | Status::Disconnected => false,
    }
}
