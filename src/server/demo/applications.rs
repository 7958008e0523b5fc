//! The operator's OAuth applications at two vendors of the demo: one that is let in, and one whose client secret was
//! replaced there. The simulated vendors take any code for that of a person who consented.

use std::sync::Arc;

use super::people::Plan;
use super::systems::Simulated;
use crate::access::Principal;
use crate::applications::NewApplication;
use crate::base::{ApplicationId, Secret};
use crate::connections::{Connection, ConnectionError, Consent, NewConnection};
use crate::server::wire::App;
use crate::upstream::Grant;

/// The application for this plan, registered where it is not yet.
pub async fn register(app: &App, plan: &Plan, system: &Simulated) -> Result<ApplicationId, String> {
    let who = Principal::system();
    let text = |error: &dyn std::fmt::Display| format!("the application for {}: {error}", plan.name);
    if let Some(known) = app.applications.of_system(plan.system).into_iter().next() {
        return Ok(known.id);
    }
    let name = app.catalogue.find(plan.system).map_or(plan.system, |system| system.name.as_str()).to_owned();
    let new = NewApplication {
        system: plan.system.into(),
        name: Some(format!("Meridian at {name}")),
        client_id: "meridian-junctionbox".into(),
        client_secret: Some(Secret::new("demo-client-secret")),
        // The vendor's own addresses are out of the demo's reach.
        authorize_url: Some(format!("{}/api/oauth2/auth", system.base_url)),
        token_url: Some(format!("{}/api/oauth2/token", system.base_url)),
        ..NewApplication::default()
    };
    app.applications.create(&who, new).await.map(|made| made.id).map_err(|error| text(&error))
}

/// Connects as after a person's way to the vendor and back.
pub async fn consent(app: &App, who: &Principal, new: NewConnection) -> Result<Arc<Connection>, ConnectionError> {
    let code = Grant::Code {
        code: Secret::new("demo-code"),
        redirect_uri: app.applications.redirect_url(),
        verifier: Secret::new("demo-verifier"),
    };
    app.connections.consent_given(who, Consent::Connect(Box::new(new)), code).await
}
