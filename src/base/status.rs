//! The words for how a connection is: status, reason, scope of the fault. Every face uses these and no others.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $word,)* } }
            pub fn parse(text: &str) -> Option<Self> { Self::ALL.iter().copied().find(|word| word.as_str() == text) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { out.write_str(self.as_str()) }
        }
    };
}

words! {
    /// A connection's status, in the order of urgency in which every face lists them.
    Status {
        ReauthorizationRequired = "reauthorization_required",
        Unreachable = "unreachable",
        Degraded = "degraded",
        Inactive = "inactive",
        Pending = "pending",
        Active = "active",
        Disconnected = "disconnected",
    }
}

impl Status {
    /// The status in words, for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "Reauthorization required",
            Self::Unreachable => "Unreachable",
            Self::Degraded => "Degraded",
            Self::Inactive => "Inactive",
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Disconnected => "Disconnected",
        }
    }
    /// Whether the scheduler looks at it by itself. `reauthorization_required` is not asked again until someone reconnects.
    pub fn is_checked(self) -> bool {
        matches!(self, Self::Active | Self::Degraded | Self::Unreachable)
    }
    /// Whether credits are counted for it (where it has any).
    pub fn holds_credits(self) -> bool {
        !matches!(self, Self::Inactive | Self::Disconnected)
    }
}

words! {
    /// Why a connection is not simply active.
    Reason {
        CredentialsRejected = "credentials_rejected",
        TokenRevoked = "token_revoked",
        TokenExpired = "token_expired",
        AccountLocked = "account_locked",
        CertificateExpired = "certificate_expired",
        CertificateRejected = "certificate_rejected",
        LoginPage = "login_page",
        IdentityChanged = "identity_changed",
        PermissionReduced = "permission_reduced",
        RateLimited = "rate_limited",
        Slow = "slow",
        NoFreeSeat = "no_free_seat",
        ServiceInactive = "service_inactive",
        UnexpectedResponse = "unexpected_response",
        DnsFailure = "dns_failure",
        ConnectionRefused = "connection_refused",
        ConnectTimeout = "connect_timeout",
        ResponseTimeout = "response_timeout",
        ConnectionReset = "connection_reset",
        TlsUntrusted = "tls_untrusted",
        TlsFailure = "tls_failure",
        ServerError = "server_error",
        EgressDenied = "egress_denied",
        ApplicationCredentialsInvalid = "application_credentials_invalid",
        ClockSkew = "clock_skew",
        NetworkSuspect = "network_suspect",
        VaultSealed = "vault_sealed",
        CreditsExhausted = "credits_exhausted",
        Paused = "paused",
        Disconnected = "disconnected",
        NeverVerified = "never_verified",
    }
}

words! {
    /// Whose fault it is.
    FaultScope {
        /// This customer's credentials.
        Connection = "connection",
        /// Our OAuth application is refused: tell the operators once, never the customers.
        Application = "application",
        /// The system, or the way to it.
        Host = "host",
        /// Our clock, our network, our disk.
        Instance = "instance",
    }
}
