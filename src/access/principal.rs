//! Who is asking, and what that one may do. Roles and scopes are two ways to write down a set of permissions.

use std::collections::BTreeSet;

use crate::base::{Actor, ActorKind, CustomerId};

/// One thing that may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    CustomersRead,
    CustomersWrite,
    ConnectionsRead,
    ConnectionsWrite,
    Proxy,
    CreditsRead,
    CreditsWrite,
    WebhooksRead,
    WebhooksWrite,
    AuditRead,
    /// Users, API keys, the instance, the vault.
    Admin,
}

impl Permission {
    pub const ALL: [Self; 11] = [
        Self::CustomersRead,
        Self::CustomersWrite,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::Proxy,
        Self::CreditsRead,
        Self::CreditsWrite,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::AuditRead,
        Self::Admin,
    ];
    /// The scope of an API key that allows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomersRead => "customers:read",
            Self::CustomersWrite => "customers:write",
            Self::ConnectionsRead => "connections:read",
            Self::ConnectionsWrite => "connections:write",
            Self::Proxy => "proxy",
            Self::CreditsRead => "credits:read",
            Self::CreditsWrite => "credits:write",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksWrite => "webhooks:write",
            Self::AuditRead => "audit:read",
            Self::Admin => "admin",
        }
    }
}

/// A word of an API key's `scopes`. `write` includes `read`; `all` is everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    One(Permission),
    All,
}

impl Scope {
    pub fn parse(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self::All);
        }
        Permission::ALL.into_iter().find(|permission| permission.as_str() == text).map(Self::One)
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Self::One(permission) => permission.as_str(),
            Self::All => "all",
        }
    }
    /// What a set of scopes allows.
    pub fn permissions(scopes: &[Self]) -> BTreeSet<Permission> {
        let mut allowed = BTreeSet::new();
        for scope in scopes {
            match scope {
                Self::All => allowed.extend(Permission::ALL),
                Self::One(permission) => {
                    allowed.insert(*permission);
                    let read = match permission {
                        Permission::CustomersWrite => Some(Permission::CustomersRead),
                        Permission::ConnectionsWrite => Some(Permission::ConnectionsRead),
                        Permission::CreditsWrite => Some(Permission::CreditsRead),
                        Permission::WebhooksWrite => Some(Permission::WebhooksRead),
                        _ => None,
                    };
                    allowed.extend(read);
                }
            }
        }
        allowed
    }
}

/// A user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Viewer,
    Operator,
    Admin,
    Owner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Operator, Self::Viewer];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
    /// Viewers look; operators connect, reconnect and check; admins also grant credits, make keys and users below owner;
    /// owners everything.
    pub fn permissions(self) -> BTreeSet<Permission> {
        use Permission as P;
        let mut allowed: BTreeSet<P> =
            [P::CustomersRead, P::ConnectionsRead, P::CreditsRead, P::WebhooksRead].into_iter().collect();
        if self >= Self::Operator {
            allowed.extend([P::CustomersWrite, P::ConnectionsWrite, P::Proxy, P::AuditRead]);
        }
        if self >= Self::Admin {
            allowed.extend([P::CreditsWrite, P::WebhooksWrite, P::Admin]);
        }
        allowed
    }
}

/// The caller's own key or role does not allow it. Never about a connected system's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs the permission {needed:?}, which the caller does not have")]
pub struct Forbidden {
    pub needed: Permission,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub actor: Actor,
    /// The role, where it is a user, or a key that an owner made for everything.
    pub role: Option<Role>,
    permissions: BTreeSet<Permission>,
    /// Bound to these customers; `None` sees all. What is outside does not exist for the caller.
    customers: Option<BTreeSet<CustomerId>>,
}

impl Principal {
    pub fn new(
        actor: Actor,
        role: Option<Role>,
        permissions: BTreeSet<Permission>,
        customers: Option<BTreeSet<CustomerId>>,
    ) -> Self {
        Self { actor, role, permissions, customers }
    }
    /// The command line on the server: everything.
    pub fn cli() -> Self {
        Self::new(Actor::cli(), None, Permission::ALL.into_iter().collect(), None)
    }
    /// Junctionbox itself.
    pub fn system() -> Self {
        Self::new(Actor::system(), None, Permission::ALL.into_iter().collect(), None)
    }
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
    pub fn require(&self, needed: Permission) -> Result<(), Forbidden> {
        if self.may(needed) { Ok(()) } else { Err(Forbidden { needed }) }
    }
    /// Owners, the command line and Junctionbox itself; nobody else makes or changes an owner.
    pub fn is_owner(&self) -> bool {
        self.role == Some(Role::Owner) || matches!(self.actor.kind, ActorKind::Cli | ActorKind::System)
    }
    /// Whether this customer, and what belongs to it, exists for the caller.
    pub fn sees(&self, customer: &CustomerId) -> bool {
        self.customers.as_ref().is_none_or(|customers| customers.contains(customer))
    }
    /// The customers it is bound to; `None` means all.
    pub fn customers(&self) -> Option<&BTreeSet<CustomerId>> {
        self.customers.as_ref()
    }
}
