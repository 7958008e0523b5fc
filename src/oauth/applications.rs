//! A changed OAuth application is tried at once: the connections that its refusal stopped are looked at without waiting for
//! their turn, so that they recover by themselves.

use futures_util::StreamExt as _;

use super::Oauth;
use crate::access::Principal;
use crate::applications::{APPLICATION_ID, Application, ApplicationError, ChangeApplication};
use crate::base::{ApplicationId, ConnectionId, Reason};
use crate::connections::{Connections, Source};

/// So many are looked at side by side.
const AT_ONCE: usize = 8;

impl Oauth {
    pub async fn change_application(
        &self,
        who: &Principal,
        id: ApplicationId,
        change: ChangeApplication,
    ) -> Result<Application, ApplicationError> {
        let inner = &self.inner;
        let changed = inner.applications.change(who, id, change).await?;
        let name = id.to_string();
        let stopped: Vec<ConnectionId> = inner
            .connections
            .registry()
            .select(|one| {
                one.status.is_checked()
                    && one.reason == Some(Reason::ApplicationCredentialsInvalid)
                    && one.auth_public.get(APPLICATION_ID) == Some(&name)
            })
            .iter()
            .map(|one| one.id)
            .collect();
        if !stopped.is_empty() {
            let connections = inner.connections.clone();
            tokio::spawn(async move {
                futures_util::stream::iter(stopped).for_each_concurrent(AT_ONCE, |id| look(&connections, id)).await;
            });
        }
        Ok(changed)
    }
}

/// As often as it takes to be well again; the first that is not good ends it, and the scheduler goes on.
async fn look(connections: &Connections, id: ConnectionId) {
    let needed = connections.settings().thresholds.successes_after_unreachable.max(1);
    for _ in 0..needed {
        match connections.check_unasked(id, Source::Scheduler).await {
            Ok(done) if done.looked.as_ref().is_some_and(|looked| looked.verdict.finding.is_good()) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(connection = %id, %error, "a connection was not looked at after its application changed");
                return;
            }
        }
    }
}
