//! `credits grant`, `status` and `verify`.

use serde_json::json;

use super::refused;
use crate::access::Principal;
use crate::credits::{CreditError, NewGrant};
use crate::server::control::ControlAnswer;
use crate::server::wire::App;

pub async fn grant(app: &App, amount: i64, note: String) -> ControlAnswer {
    match app.credits.grant(&Principal::cli(), NewGrant { amount, note }).await {
        Ok(grant) => ControlAnswer::done(
            vec![format!("Granted {} credits; {} are free.", grant.amount, grant.available)],
            serde_json::to_value(&grant).unwrap_or_default(),
        ),
        Err(error) => failed(error),
    }
}

pub async fn summary(app: &App) -> ControlAnswer {
    match app.credits.summary(&Principal::cli()).await {
        Ok(sum) => ControlAnswer::done(
            vec![format!(
                "{} credits granted, {} in use, {} free, {} overdrawn (policy: {}).",
                sum.granted, sum.in_use, sum.available, sum.overage, sum.policy
            )],
            json!({"granted": sum.granted, "in_use": sum.in_use, "available": sum.available,
                   "overage": sum.overage, "policy": sum.policy}),
        ),
        Err(error) => failed(error),
    }
}

pub async fn verify(app: &App) -> ControlAnswer {
    let proof = match app.credits.verify(&Principal::cli()).await {
        Ok(proof) => proof,
        Err(error) => return failed(error),
    };
    let value = serde_json::to_value(&proof).unwrap_or_default();
    if proof.ok {
        let line = format!(
            "The ledger is whole: {} postings in {} transactions, each sums to zero; {} granted, {} in use, {} free.",
            proof.postings, proof.transactions, proof.granted, proof.in_use, proof.available
        );
        return ControlAnswer::done(vec![line], value);
    }
    ControlAnswer::found(proof.faults, value)
}

fn failed(error: CreditError) -> ControlAnswer {
    match error {
        CreditError::Invalid(faults) => refused(&faults),
        other => ControlAnswer::failed(other.to_string()),
    }
}
