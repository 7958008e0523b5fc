//! From an event to what comes of it: notices that begin, change or end, mails that are written at once. What follows
//! from an event is pure; it is written in the one transaction that takes the event out of the inbox.

use serde_json::Value;

use super::alarms::{AlarmKind, Alarming};
use super::error::NotificationError;
use super::letters;
use super::model::{Audience, MailKind, NewMail, Notice, Recipient, Subscriber};
use super::service::Inner;
use super::store::{self, notices::Waiting};
use crate::base::{
    ConnectionId, CustomerId, EpisodeId, FaultScope, Language, MAIL_UNDELIVERABLE, Reason, Status, Timestamp,
};
use crate::events::{self, EventKind, EventRow};
use crate::store::StoreError;

const BATCH: u32 = 100;

/// What a connection's event says about an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub kind: EventKind,
    pub at: Timestamp,
    pub connection: ConnectionId,
    pub customer: CustomerId,
    pub episode: EpisodeId,
    pub status: Status,
    pub reason: Option<Reason>,
    pub scope: Option<FaultScope>,
}

impl Occurrence {
    pub fn of(event: &EventRow) -> Option<Self> {
        let word = |name: &str| event.data.get(name).and_then(Value::as_str);
        Some(Self {
            kind: event.kind,
            at: event.at,
            connection: event.connection_id?,
            customer: event.customer_id?,
            episode: word("episode_id")?.parse().ok()?,
            status: Status::parse(word("status")?)?,
            reason: word("reason").and_then(Reason::parse),
            scope: word("fault_scope").and_then(FaultScope::parse),
        })
    }

    /// Whether it is the customer's own to mend: never a fault of the application, the host or the appliance.
    fn concerns_contact(&self) -> bool {
        self.status == Status::ReauthorizationRequired && matches!(self.scope, None | Some(FaultScope::Connection))
    }
}

/// What becomes of the notices of one episode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub keep: Vec<Notice>,
    pub remove: Vec<(Audience, EpisodeId)>,
}

/// The rule: who hears of the episode from now on, and whose word is owed that it is over.
pub(super) fn follow(what: &Occurrence, known: &[Notice], users: &[Subscriber], due: Timestamp) -> Changes {
    match what.kind {
        EventKind::ConnectionRecovered | EventKind::ConnectionActivated => mended(known, what.at, due),
        EventKind::ConnectionInactive if what.reason != Some(Reason::CreditsExhausted) => over(known),
        EventKind::ConnectionDisconnected => over(known),
        EventKind::ConnectionReauthorizationRequired
        | EventKind::ConnectionUnreachable
        | EventKind::ConnectionDegraded
        | EventKind::ConnectionInactive => trouble(what, known, users, due),
        _ => Changes::default(),
    }
}

fn over(known: &[Notice]) -> Changes {
    Changes { keep: Vec::new(), remove: known.iter().map(|one| (one.audience, one.episode)).collect() }
}

fn mended(known: &[Notice], at: Timestamp, due: Timestamp) -> Changes {
    let mut changes = Changes::default();
    for notice in known {
        if notice.told == 0 {
            changes.remove.push((notice.audience, notice.episode));
        } else {
            changes.keep.push(Notice { mended_at: Some(at), due_at: Some(due), ..notice.clone() });
        }
    }
    changes
}

fn trouble(what: &Occurrence, known: &[Notice], users: &[Subscriber], due: Timestamp) -> Changes {
    let mut wanted: Vec<Audience> = Vec::new();
    if what.concerns_contact() {
        wanted.push(Audience::Contact);
    }
    let subscribed = users.iter().filter(|user| user.preferences.wants(what.status, what.customer));
    wanted.extend(subscribed.map(Subscriber::audience));
    let mut changes = Changes::default();
    for notice in known {
        let listens = wanted.contains(&notice.audience);
        if listens && notice.status == what.status {
            continue;
        }
        if listens {
            // Another trouble than the one that was told: it is told anew, and its reminders begin anew.
            let fresh = Notice { told: 0, first_told_at: None, mended_at: None, ..notice.clone() };
            changes.keep.push(Notice { status: what.status, due_at: Some(due), ..fresh });
        } else if notice.told == 0 {
            changes.remove.push((notice.audience, notice.episode));
        } else if notice.audience == Audience::Contact && what.status == Status::Degraded {
            // The credentials are accepted again: for the contact it is over.
            changes.keep.push(Notice { mended_at: Some(what.at), due_at: Some(due), ..notice.clone() });
        } else {
            changes.keep.push(Notice { due_at: None, ..notice.clone() });
        }
    }
    let fresh = wanted.into_iter().filter(|audience| !known.iter().any(|one| one.audience == *audience));
    changes.keep.extend(fresh.map(|audience| Notice {
        audience,
        episode: what.episode,
        connection: what.connection,
        customer: what.customer,
        status: what.status,
        opened_at: what.at,
        told: 0,
        first_told_at: None,
        due_at: Some(due),
        mended_at: None,
    }));
    changes
}

/// What an event leads to.
#[derive(Default)]
struct Plan {
    changes: Changes,
    mails: Vec<NewMail>,
    hold: Option<Timestamp>,
    forget: Option<CustomerId>,
}

impl Inner {
    /// Plans everything that waits.
    pub async fn plan(&self) -> Result<(), NotificationError> {
        if self.means.post.is_none() {
            return self.let_go().await;
        }
        loop {
            let now = self.now();
            let waiting = self
                .means
                .store
                .read::<_, StoreError, _>(move |reader| store::notices::inbox(reader, now, BATCH))
                .await?;
            if waiting.is_empty() {
                return Ok(());
            }
            let users = self.subscribers().await?;
            for one in waiting {
                self.plan_one(one, &users).await?;
            }
        }
    }

    /// Without a mail server nothing waits for one.
    async fn let_go(&self) -> Result<(), NotificationError> {
        let anything = |reader: &crate::store::Reader<'_>| store::notices::anything(reader);
        if self.means.store.read::<_, StoreError, _>(anything).await? {
            self.means.store.write::<_, StoreError, _>(store::notices::empty_inbox).await?;
        }
        Ok(())
    }

    async fn plan_one(&self, waiting: Waiting, users: &[Subscriber]) -> Result<(), NotificationError> {
        let found = self
            .means
            .store
            .read::<_, StoreError, _>(move |reader| {
                let Some(event) = events::find(reader, waiting.event)? else { return Ok(None) };
                let known = match Occurrence::of(&event) {
                    Some(what) => store::notices::of_episode(reader, what.episode)?,
                    None => Vec::new(),
                };
                Ok(Some((event, known)))
            })
            .await?;
        let plan = match &found {
            Some((event, known)) => self.plan_of(event, known, waiting, users).await?,
            None => Plan::default(),
        };
        self.means
            .store
            .write::<_, StoreError, _>(move |tx| {
                match plan.hold {
                    Some(until) => store::notices::hold(tx, waiting.sequence, until)?,
                    None => store::notices::take_out(tx, waiting.sequence)?,
                }
                plan.changes.keep.iter().try_for_each(|notice| store::notices::save(tx, notice))?;
                for (audience, episode) in &plan.changes.remove {
                    store::notices::remove(tx, *audience, *episode)?;
                }
                for mail in &plan.mails {
                    store::mails::queue(tx, mail)?;
                }
                if let Some(customer) = plan.forget {
                    store::notices::forget_customer(tx, customer)?;
                    store::mails::forget_customer(tx, customer)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    async fn plan_of(
        &self,
        event: &EventRow,
        known: &[Notice],
        waiting: Waiting,
        users: &[Subscriber],
    ) -> Result<Plan, NotificationError> {
        use EventKind as K;
        match event.kind {
            K::ConnectionExpiring => Ok(Plan { mails: self.ending(event, users).await?, ..Plan::default() }),
            K::CustomerDeleted => {
                Ok(Plan { forget: event.customer_id.or_else(|| customer_of(event)), ..Plan::default() })
            }
            K::ApplicationCredentialsInvalid
            | K::InstanceAlarm
            | K::EndpointFailing
            | K::EndpointDisabled
            | K::CreditsLow
            | K::CreditsExhausted => self.plan_alarm(event, waiting, users).await,
            _ => {
                let due = event.at.plus(self.means.pace.hold);
                let changes = Occurrence::of(event).map(|what| follow(&what, known, users, due));
                Ok(Plan { changes: changes.unwrap_or_default(), ..Plan::default() })
            }
        }
    }

    /// An alarm is told at once, unless the whole appliance is in maintenance; what was mended in it is not told.
    async fn plan_alarm(
        &self,
        event: &EventRow,
        waiting: Waiting,
        users: &[Subscriber],
    ) -> Result<Plan, NotificationError> {
        if let Some(until) = self.instance_in_maintenance(self.now()) {
            return Ok(Plan { hold: Some(until), ..Plan::default() });
        }
        let reason = event.data.get("reason").and_then(Value::as_str).unwrap_or_default().to_owned();
        // It could not be sent.
        if reason == MAIL_UNDELIVERABLE {
            return Ok(Plan::default());
        }
        if waiting.held && matches!(event.kind, EventKind::InstanceAlarm | EventKind::ApplicationCredentialsInvalid) {
            let kind = if event.kind == EventKind::InstanceAlarm {
                reason
            } else {
                Reason::ApplicationCredentialsInvalid.as_str().into()
            };
            let stands =
                self.means.store.read::<_, StoreError, _>(move |reader| crate::alarms::stands(reader, &kind)).await?;
            if !stands {
                return Ok(Plan::default());
            }
        }
        let mut mails = Vec::new();
        for user in users.iter().filter(|user| user.preferences.alarms) {
            let alarming = self.alarming(event, user.preferences.locale);
            let letter = letters::alarm(&self.address(user.preferences.locale, Some(user.name.clone())), &alarming);
            let once = format!("{}:{}", event.id, user.id);
            mails.push(self.mail(MailKind::Alarm, user.recipient(), &letter, Vec::new(), Some(once))?);
        }
        Ok(Plan { mails, ..Plan::default() })
    }

    fn alarming(&self, event: &EventRow, locale: Language) -> Alarming {
        let system = event.data.get("system").and_then(Value::as_str).map(|slug| self.system_name(slug));
        let kind = AlarmKind::of_event(event.kind, &event.data);
        Alarming::new(kind, locale, &event.data, system.as_deref(), event.at)
    }

    /// A mail of a letter.
    pub fn mail(
        &self,
        kind: MailKind,
        to: Recipient,
        letter: &super::letter::Letter,
        episodes: Vec<EpisodeId>,
        once: Option<String>,
    ) -> Result<NewMail, NotificationError> {
        let printed = letter.print()?;
        Ok(NewMail {
            id: self.mail_id(),
            kind,
            to,
            subject: printed.subject,
            text: printed.text,
            html: printed.html,
            at: self.now(),
            episodes,
            once,
        })
    }
}

fn customer_of(event: &EventRow) -> Option<CustomerId> {
    let data = event.data.get("customer_id").or_else(|| event.data.get("id"))?;
    data.as_str()?.parse().ok()
}
