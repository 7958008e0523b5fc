//! What the command line may ask, and the form of an answer: an exit code, lines for people, a value for machines.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::base::Secret;

/// A secret on its way through the socket; nowhere else is a secret serialized.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    pub fn new(text: String) -> Self {
        Self(text)
    }
    pub fn reveal(&self) -> Secret {
        Secret::new(self.0.clone())
    }
}

/// One command.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum ControlRequest {
    Status,
    CustomerCreate {
        fields: Value,
    },
    CustomerList {
        q: Option<String>,
        cursor: Option<String>,
    },
    CustomerShow {
        customer: String,
    },
    ConnectionList {
        customer: Option<String>,
        status: Option<String>,
        system: Option<String>,
        q: Option<String>,
        cursor: Option<String>,
    },
    ConnectionShow {
        connection: String,
    },
    ConnectionCheck {
        connection: String,
    },
    CreditsGrant {
        amount: i64,
        note: String,
    },
    CreditsStatus,
    CreditsVerify,
    /// The first owner's way in.
    SetupLink,
    /// Without a password: a link by which the user chooses one.
    AdminCreate {
        email: String,
        name: String,
        role: String,
        password: Option<Hidden>,
    },
    /// Without an e-mail address: the only owner.
    AdminRecover {
        email: Option<String>,
    },
    ApiKeyCreate {
        name: String,
        scopes: Vec<String>,
        customers: Vec<String>,
        expires_at: Option<String>,
    },
    ApiKeyList {
        ended: bool,
        cursor: Option<String>,
    },
    /// By id or name.
    ApiKeyRevoke {
        key: String,
    },
    VaultStatus,
    VaultSeal,
    VaultUnseal {
        passphrase: Option<Hidden>,
    },
    /// Without a customer: all.
    VaultRotate {
        customer: Option<String>,
    },
    /// Without a seal: the present kind anew.
    VaultRekey {
        seal: Option<String>,
        passphrase: Option<Hidden>,
    },
    Doctor,
    BackupCreate,
    BackupList,
    /// A name, or a path; else the newest.
    BackupVerify {
        backup: Option<String>,
    },
    /// The keys as a text to print.
    RecoveryKit,
    /// The appliance that the restored store came from is off.
    ConfirmRestore,
    AuditVerify {
        head: Option<String>,
    },
    AuditExport {
        after: i64,
        from: Option<String>,
        to: Option<String>,
        csv: bool,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlAnswer {
    /// 0 done, 1 failed, 2 wrong use, 3 the check found something.
    pub exit: u8,
    /// Lines for people; with an exit code of 1 or 2 they belong on standard error.
    pub lines: Vec<String>,
    pub value: Value,
}

impl ControlAnswer {
    pub fn done(lines: Vec<String>, value: Value) -> Self {
        Self { exit: 0, lines, value }
    }
    pub fn found(lines: Vec<String>, value: Value) -> Self {
        Self { exit: 3, lines, value }
    }
    pub fn failed(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { exit: 1, value: serde_json::json!({ "error": message }), lines: vec![message] }
    }
    pub fn wrong_use(message: impl Into<String>) -> Self {
        Self { exit: 2, ..Self::failed(message) }
    }
}
