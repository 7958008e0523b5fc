//! All SQL of notifications.

pub mod care;
pub mod mails;
pub mod notices;
pub mod subscribers;

use std::str::FromStr;

use crate::base::Timestamp;
use crate::store::StoreError;

fn id<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable(format!("the id {text} of a notification")))
}

fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::millis)
}
