//! Several connections at once: checked now, told in one sentence per kind of outcome. What takes long goes on by itself.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::base::{ConnectionId, Status};
use crate::connections::{CheckOutcome, ConnectionError};
use crate::dashboard::answer;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::view::safe_next;
use crate::dashboard::visit::{Failure, Visit};

/// As many as a page can show.
const MOST: usize = 200;
/// The page waits so long; the checks themselves go on.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of the ticked ones.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    work: usize,
    fail: usize,
    spent: usize,
    unfit: usize,
    under_way: usize,
}

pub async fn check(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    visit.who().require(crate::access::Permission::ConnectionsWrite)?;
    let ids: Vec<ConnectionId> = sent.all("id").iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let back = safe_next(sent.raw("back"));
    if ids.is_empty() {
        return Ok(answer::see_other_saying(&back, "Nothing was ticked, so nothing was checked."));
    }
    let tally = check_all(&visit, ids).await;
    Ok(answer::see_other_saying(&back, &tally.sentence()))
}

async fn check_all(visit: &Visit, ids: Vec<ConnectionId>) -> Tally {
    let mut checks: FuturesUnordered<_> = ids
        .into_iter()
        .map(|id| {
            let (connections, who) = (visit.desk.connections.clone(), visit.who().clone());
            tokio::spawn(async move { connections.check(&who, id).await })
        })
        .collect();
    let mut tally = Tally { under_way: checks.len(), ..Tally::default() };
    let all = async {
        while let Some(done) = checks.next().await {
            tally.under_way = tally.under_way.saturating_sub(1);
            if let Ok(result) = done {
                tally.note(&result);
            }
        }
    };
    // Dropping the handles does not end the checks.
    let _ = tokio::time::timeout(PATIENCE, all).await;
    tally
}

impl Tally {
    fn note(&mut self, result: &Result<CheckOutcome, ConnectionError>) {
        let place = match result {
            Ok(CheckOutcome { looked: None, .. }) => &mut self.spent,
            Ok(outcome) if matches!(outcome.connection.status, Status::Active | Status::Degraded) => &mut self.work,
            Ok(_) => &mut self.fail,
            Err(ConnectionError::SecretSpent { .. }) => &mut self.spent,
            Err(_) => &mut self.unfit,
        };
        *place = place.saturating_add(1);
    }

    fn sentence(&self) -> String {
        let checked = self.work.saturating_add(self.fail);
        let mut said = vec![match (checked, self.fail) {
            (0, _) => "None was checked.".to_owned(),
            (many, 0) => format!("{many} checked, all work."),
            (many, fail) => format!("{many} checked: {} work, {fail} do not.", self.work),
        }];
        if self.spent > 0 {
            said.push(format!("{} not: their password is refused and is not sent again.", self.spent));
        }
        if self.unfit > 0 {
            said.push(format!("{} not: they are inactive, ended, or without credentials.", self.unfit));
        }
        if self.under_way > 0 {
            said.push(format!("{} still wait for an answer.", self.under_way));
        }
        said.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_outcome_has_a_sentence() {
        let tally = Tally { work: 29, fail: 2, spent: 2, unfit: 0, under_way: 1 };
        assert_eq!(
            tally.sentence(),
            "31 checked: 29 work, 2 do not. 2 not: their password is refused and is not sent again. 1 still wait for an answer."
        );
        assert_eq!(
            Tally { unfit: 1, ..Tally::default() }.sentence(),
            "None was checked. 1 not: they are inactive, ended, or without credentials."
        );
    }
}
