//! Executes one command on the appliance, whether it came through the socket or from the command line itself.

mod access;
mod audit;
mod backups;
mod connections;
mod credits;
mod customers;
mod doctor;
mod status;
mod vault;

pub use backups::proven;
use serde_json::json;

use super::{ControlAnswer, ControlRequest};
use crate::base::FieldError;
use crate::server::wire::App;

pub async fn execute(app: &App, request: ControlRequest) -> ControlAnswer {
    match request {
        ControlRequest::Status => status::show(app).await,
        ControlRequest::CustomerCreate { fields } => customers::create(app, fields).await,
        ControlRequest::CustomerList { q, cursor } => customers::list(app, q, cursor).await,
        ControlRequest::CustomerShow { customer } => customers::show(app, &customer).await,
        ControlRequest::ConnectionList { customer, status, system, q, cursor } => {
            connections::list(app, connections::Wanted { customer, status, system, q, cursor }).await
        }
        ControlRequest::ConnectionShow { connection } => connections::show(app, &connection),
        ControlRequest::ConnectionCheck { connection } => connections::check(app, &connection).await,
        ControlRequest::CreditsGrant { amount, note } => credits::grant(app, amount, note).await,
        ControlRequest::CreditsStatus => credits::summary(app).await,
        ControlRequest::CreditsVerify => credits::verify(app).await,
        ControlRequest::SetupLink => access::setup_link(app).await,
        ControlRequest::AdminCreate { email, name, role, password } => {
            access::create_admin(app, email, name, &role, password).await
        }
        ControlRequest::AdminRecover { email } => access::recover_admin(app, email).await,
        ControlRequest::ApiKeyCreate { name, scopes, customers, expires_at } => {
            access::create_key(app, name, &scopes, &customers, expires_at.as_deref()).await
        }
        ControlRequest::ApiKeyList { ended, cursor } => access::list_keys(app, ended, cursor).await,
        ControlRequest::ApiKeyRevoke { key } => access::revoke_key(app, &key).await,
        ControlRequest::VaultStatus => vault::status(app),
        ControlRequest::VaultSeal => vault::seal(app).await,
        ControlRequest::VaultUnseal { passphrase } => vault::unseal(app, passphrase).await,
        ControlRequest::VaultRotate { customer } => vault::rotate(app, customer.as_deref()).await,
        ControlRequest::VaultRekey { seal, passphrase } => vault::rekey(app, seal.as_deref(), passphrase).await,
        ControlRequest::Doctor => doctor::run(app).await,
        ControlRequest::BackupCreate => backups::create(app).await,
        ControlRequest::BackupList => backups::list(app).await,
        ControlRequest::BackupVerify { backup } => backups::verify(app, backup.as_deref()).await,
        ControlRequest::RecoveryKit => backups::recovery_kit(app).await,
        ControlRequest::ConfirmRestore => backups::confirm_restore(app).await,
        ControlRequest::AuditVerify { head } => audit::verify(app, head.as_deref()).await,
        ControlRequest::AuditExport { after, from, to, csv } => {
            audit::export(app, after, from.as_deref(), to.as_deref(), csv).await
        }
    }
}

/// Wrong fields: what is wrong with each, on a line of its own.
fn refused(faults: &[FieldError]) -> ControlAnswer {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect();
    ControlAnswer { exit: 2, lines, value: json!({"error": "validation_failed", "errors": faults}) }
}
