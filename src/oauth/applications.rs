//! A changed OAuth application is tried at once: the connections that its refusal stopped are looked at without waiting for
//! their turn, so that they recover by themselves.

use super::Oauth;
use crate::access::Principal;
use crate::applications::{APPLICATION_ID, Application, ApplicationError, ChangeApplication};
use crate::base::{ApplicationId, Reason};

impl Oauth {
    pub async fn change_application(
        &self,
        who: &Principal,
        id: ApplicationId,
        change: ChangeApplication,
    ) -> Result<Application, ApplicationError> {
        let inner = &self.inner;
        let changed = inner.applications.change(who, id, change).await?;
        let (name, now) = (id.to_string(), inner.clock.now());
        let stopped = inner.connections.registry().select(|one| {
            one.status.is_checked()
                && one.reason == Some(Reason::ApplicationCredentialsInvalid)
                && one.auth_public.get(APPLICATION_ID) == Some(&name)
        });
        for connection in stopped {
            inner.connections.schedule(connection.id, Some(now));
        }
        Ok(changed)
    }
}
