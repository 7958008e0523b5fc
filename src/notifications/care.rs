//! What operators say about trouble: that somebody looks after it, and when none is to be called. Both are audited, and
//! the copy in memory follows after the commit.

use super::error::NotificationError;
use super::model::{Acknowledgement, NewWindow, Window, WindowScope};
use super::schedule::begins_next;
use super::service::{Notifications, covers};
use super::store;
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, FieldError, MaintenanceId, Status, Timestamp};
use crate::connections::Connection;
use crate::store::StoreError;

const LONGEST_NOTE: usize = 500;
const WEEK_SECONDS: u64 = 7 * 86_400;
const LONGEST_WINDOW_SECONDS: u64 = 366 * 86_400;

impl Notifications {
    /// Somebody looks after the trouble of a connection, until its episode ends.
    pub async fn acknowledge(
        &self,
        who: &Principal,
        id: ConnectionId,
        note: &str,
        remind_contact: bool,
    ) -> Result<Acknowledgement, NotificationError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.inner.means.connections.find(who, id)?;
        let in_trouble = !matches!(connection.status, Status::Active | Status::Pending | Status::Disconnected);
        let Some(episode) = connection.episode_id.filter(|_| in_trouble) else {
            return Err(NotificationError::NoTrouble);
        };
        let note = checked_note("note", note)?;
        let now = self.inner.now();
        let one =
            Acknowledgement { connection: id, episode, at: now, by: who.actor.name.clone(), note, remind_contact };
        let entry = Entry::new(now, &who.actor, "connection.acknowledged")
            .target("connection", id, connection.name.clone())
            .detail(serde_json::json!({ "episode_id": episode, "note": one.note, "remind_contact": remind_contact }));
        let (inner, kept, audit) = (self.inner.clone(), one.clone(), self.inner.means.audit.clone());
        self.inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                store::care::acknowledge(tx, &kept)?;
                audit.append(tx, &entry)?;
                tx.on_commit(move || {
                    inner.acknowledged.write().insert(kept.connection, kept);
                });
                Ok(())
            })
            .await?;
        Ok(one)
    }

    /// Nobody looks after it after all.
    pub async fn withdraw(&self, who: &Principal, id: ConnectionId) -> Result<(), NotificationError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.inner.means.connections.find(who, id)?;
        let now = self.inner.now();
        let entry = Entry::new(now, &who.actor, "connection.acknowledgement_withdrawn").target(
            "connection",
            id,
            connection.name.clone(),
        );
        let (inner, audit) = (self.inner.clone(), self.inner.means.audit.clone());
        let was = self
            .inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                let was = store::care::withdraw(tx, id)?;
                if was {
                    audit.append(tx, &entry)?;
                    tx.on_commit(move || {
                        inner.acknowledged.write().remove(&id);
                    });
                }
                Ok(was)
            })
            .await?;
        if was { Ok(()) } else { Err(NotificationError::NotFound) }
    }

    /// A time in which nothing alarms.
    pub async fn add_window(&self, who: &Principal, new: NewWindow) -> Result<Window, NotificationError> {
        who.require(Permission::ConnectionsWrite)?;
        let now = self.inner.now();
        self.check_scope(who, &new.scope)?;
        check_times(&new, now)?;
        let window = Window {
            id: MaintenanceId::new(now, self.inner.means.random.as_ref()),
            note: checked_note("note", &new.note)?,
            scope: new.scope,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            weekly: new.weekly,
            created_by: who.actor.name.clone(),
            created_at: now,
            ended_at: None,
        };
        let entry = Entry::new(now, &who.actor, "maintenance.planned")
            .target("maintenance", window.id, &window.note)
            .detail(serde_json::json!({ "scope": window.scope.word(), "target": window.scope.target(),
                "starts_at": window.starts_at, "ends_at": window.ends_at, "weekly": window.weekly }));
        let (inner, kept, audit) = (self.inner.clone(), window.clone(), self.inner.means.audit.clone());
        self.inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                store::care::insert_window(tx, &kept)?;
                audit.append(tx, &entry)?;
                tx.on_commit(move || inner.windows.write().insert(0, kept));
                Ok(())
            })
            .await?;
        Ok(window)
    }

    /// Ends a window before its time, or takes back one that has not begun.
    pub async fn end_window(&self, who: &Principal, id: MaintenanceId) -> Result<Window, NotificationError> {
        who.require(Permission::ConnectionsWrite)?;
        let window = self.window(who, id)?;
        let now = self.inner.now();
        let entry = Entry::new(now, &who.actor, "maintenance.ended").target("maintenance", id, &window.note);
        let (inner, audit) = (self.inner.clone(), self.inner.means.audit.clone());
        self.inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                if !store::care::end_window(tx, id, now)? {
                    return Ok(());
                }
                audit.append(tx, &entry)?;
                // What the window held is due now.
                store::notices::release(tx, now)?;
                tx.on_commit(move || {
                    if let Some(found) = inner.windows.write().iter_mut().find(|window| window.id == id) {
                        found.ended_at = Some(now);
                    }
                });
                Ok(())
            })
            .await?;
        self.window(who, id)
    }

    pub fn window(&self, who: &Principal, id: MaintenanceId) -> Result<Window, NotificationError> {
        let windows = self.windows(who)?;
        windows.into_iter().find(|window| window.id == id).ok_or(NotificationError::NotFound)
    }

    /// Windows that the caller sees: those that hold, those to come, those that are over; the latest start first.
    pub fn windows(&self, who: &Principal) -> Result<Vec<Window>, NotificationError> {
        who.require(Permission::ConnectionsRead)?;
        let mut windows: Vec<Window> = self.inner.windows.read().clone();
        windows.retain(|window| self.check_scope(who, &window.scope).is_ok());
        windows.sort_by_key(|window| std::cmp::Reverse(window.starts_at));
        Ok(windows)
    }

    /// Connections in a window now.
    pub fn covered(&self, scope: &WindowScope) -> usize {
        let live = |connection: &Connection| connection.status != Status::Disconnected;
        self.inner.means.connections.registry().count(|connection| live(connection) && covers(scope, connection))
    }

    /// What the caller may not see does not exist; a host or the instance is for those who see everybody.
    fn check_scope(&self, who: &Principal, scope: &WindowScope) -> Result<(), NotificationError> {
        let unknown = |message: &str| NotificationError::Invalid(vec![FieldError::invalid("target", message)]);
        let is_known = match scope {
            WindowScope::Connection(id) => self.inner.means.connections.find(who, *id).is_ok(),
            WindowScope::Customer(id) => who.sees(id),
            WindowScope::Host(_) | WindowScope::Instance => who.customers().is_none(),
        };
        if is_known { Ok(()) } else { Err(unknown("There is no such connection, customer or host for this caller.")) }
    }
}

fn checked_note(field: &str, note: &str) -> Result<String, NotificationError> {
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        return Err(NotificationError::Invalid(vec![FieldError::too_long(field, LONGEST_NOTE)]));
    }
    Ok(note.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect())
}

fn check_times(new: &NewWindow, now: Timestamp) -> Result<(), NotificationError> {
    let fault = |field: &str, message: &str| Err(NotificationError::Invalid(vec![FieldError::invalid(field, message)]));
    let seconds = new.ends_at.since(new.starts_at).as_secs();
    if new.ends_at <= new.starts_at {
        return fault("ends_at", "A window ends after it has begun.");
    }
    if new.weekly && seconds > WEEK_SECONDS {
        return fault("ends_at", "A window that repeats every week is at most a week long.");
    }
    if seconds > LONGEST_WINDOW_SECONDS {
        return fault("ends_at", "A window is at most a year long.");
    }
    let window_is_over = !new.weekly && new.ends_at <= now;
    if window_is_over { fault("ends_at", "This window would be over already.") } else { Ok(()) }
}

impl Window {
    /// Whether it will hold (again) at some time.
    pub fn lies_ahead(&self, now: Timestamp) -> bool {
        begins_next(self, now).is_some()
    }
}
