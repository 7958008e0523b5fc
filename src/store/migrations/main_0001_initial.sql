-- The truth: who, what, with which sealed secrets, at what cost, and everything that happened.
-- Times are milliseconds since 1970 in UTC. JSON is text. Ids are the product's own (prefix + base32).

CREATE TABLE instance (
  singleton  INTEGER PRIMARY KEY CHECK (singleton = 1),
  id         TEXT    NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('standard', 'demo')),
  name       TEXT,
  region     TEXT,
  created_at INTEGER NOT NULL
) STRICT;

-- Audit -----------------------------------------------------------------------------------------------------------------
CREATE TABLE audit_entries (
  sequence    INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  actor_kind  TEXT    NOT NULL,
  actor_id    TEXT,
  actor_name  TEXT    NOT NULL,
  address     TEXT,
  action      TEXT    NOT NULL,
  target_kind TEXT,
  target_id   TEXT,
  target_name TEXT,
  outcome     TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  mac         BLOB    NOT NULL
) STRICT;
CREATE INDEX audit_by_target ON audit_entries (target_id, sequence);
CREATE INDEX audit_by_action ON audit_entries (action, sequence);
CREATE INDEX audit_by_actor  ON audit_entries (actor_id, sequence);
CREATE TRIGGER audit_entries_are_append_only_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;
CREATE TRIGGER audit_entries_are_append_only_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;

-- Vault -----------------------------------------------------------------------------------------------------------------
-- The root key, wrapped once per seal.
CREATE TABLE vault_seals (
  kind       TEXT    PRIMARY KEY,
  parameters TEXT    NOT NULL,
  wrapped    BLOB    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE customer_keys (
  customer_id TEXT    PRIMARY KEY,
  generation  INTEGER NOT NULL,
  wrapped     BLOB    NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE secrets (
  connection_id TEXT    NOT NULL,
  field         TEXT    NOT NULL,
  customer_id   TEXT    NOT NULL,
  generation    INTEGER NOT NULL,
  sealed        BLOB    NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (connection_id, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX secrets_by_customer ON secrets (customer_id);

-- Access ----------------------------------------------------------------------------------------------------------------
CREATE TABLE users (
  id                TEXT    PRIMARY KEY,
  email             TEXT    NOT NULL UNIQUE COLLATE NOCASE,
  name              TEXT    NOT NULL,
  role              TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
  password_hash     TEXT,
  theme             TEXT    NOT NULL DEFAULT 'system',
  version           INTEGER NOT NULL DEFAULT 1,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  last_signed_in_at INTEGER
) STRICT;
CREATE TABLE sessions (
  token_hash   BLOB    PRIMARY KEY,
  user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf         TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  address      TEXT,
  user_agent   TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end  ON sessions (expires_at);
-- One-time links: set-up, recovery of an owner, invitation of a user, the demo's sign-in.
CREATE TABLE one_time_tokens (
  token_hash BLOB    PRIMARY KEY,
  purpose    TEXT    NOT NULL,
  user_id    TEXT    REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;
CREATE TABLE api_keys (
  id           TEXT    PRIMARY KEY,
  name         TEXT    NOT NULL,
  key_hash     BLOB    NOT NULL UNIQUE,
  hint         TEXT    NOT NULL,
  scopes       TEXT    NOT NULL,
  customer_ids TEXT,
  -- An owner made it, for everything: it may make and change owners.
  owner        INTEGER NOT NULL CHECK (owner IN (0, 1)),
  created_by   TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  revoked_at   INTEGER
) STRICT;

-- Customers -------------------------------------------------------------------------------------------------------------
CREATE TABLE customers (
  id            TEXT    PRIMARY KEY,
  external_id   TEXT    UNIQUE,
  name          TEXT    NOT NULL,
  search        TEXT    NOT NULL,
  contact_name  TEXT,
  contact_email TEXT,
  locale        TEXT    NOT NULL,
  region        TEXT    NOT NULL,
  credit_limit  INTEGER CHECK (credit_limit >= 0),
  metadata      TEXT    NOT NULL,
  version       INTEGER NOT NULL DEFAULT 1,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  deleted_at    INTEGER
) STRICT;
CREATE INDEX customers_by_name ON customers (search, id) WHERE deleted_at IS NULL;

-- Connections -----------------------------------------------------------------------------------------------------------
CREATE TABLE connections (
  id                     TEXT    PRIMARY KEY,
  customer_id            TEXT    NOT NULL REFERENCES customers (id),
  system                 TEXT    NOT NULL,
  name                   TEXT    NOT NULL,
  search                 TEXT    NOT NULL,
  hosting                TEXT    NOT NULL CHECK (hosting IN ('cloud', 'on_premises')),
  tier                   INTEGER NOT NULL CHECK (tier BETWEEN 1 AND 3),
  base_url               TEXT    NOT NULL,
  host                   TEXT    NOT NULL,
  parameters             TEXT    NOT NULL,
  scheme                 TEXT    NOT NULL,
  auth_public            TEXT    NOT NULL,
  probe                  TEXT,
  -- Who signs in, for the attempt budget: the identifying field's value, or a fingerprint where that is itself a secret.
  budget_user            TEXT    NOT NULL,
  -- Keyed fingerprint of all secret fields, by which "the same secret" is recognised without opening it.
  secret_fingerprint     BLOB    NOT NULL,
  secret_generation      INTEGER NOT NULL,
  secret_set_at          INTEGER NOT NULL,
  identity               TEXT,
  status                 TEXT    NOT NULL,
  urgency                INTEGER NOT NULL,
  reason                 TEXT,
  fault_scope            TEXT,
  message                TEXT    NOT NULL,
  since                  INTEGER NOT NULL,
  episode_id             TEXT,
  credits                INTEGER NOT NULL CHECK (credits >= 0),
  credits_held           INTEGER NOT NULL CHECK (credits_held >= 0),
  overage                INTEGER NOT NULL DEFAULT 0 CHECK (overage IN (0, 1)),
  check_interval_seconds INTEGER NOT NULL,
  metadata               TEXT    NOT NULL,
  expires_at             INTEGER,
  paused_by              TEXT,
  version                INTEGER NOT NULL DEFAULT 1,
  created_at             INTEGER NOT NULL,
  updated_at             INTEGER NOT NULL,
  disconnected_at        INTEGER
) STRICT;
CREATE INDEX connections_by_customer ON connections (customer_id, id);
-- Counts and sums per customer are answered from this index alone.
CREATE INDEX connections_of_customers ON connections (customer_id, status, tier, system, credits_held);
CREATE INDEX connections_by_status   ON connections (status, since);
CREATE INDEX connections_by_urgency  ON connections (urgency, since, id);
CREATE INDEX connections_by_system   ON connections (system, id);
CREATE INDEX connections_by_name     ON connections (search, id);
CREATE INDEX connections_by_budget   ON connections (host, budget_user);

-- What the health engine must not forget over a restart. Written in batches, apart from the connection itself.
CREATE TABLE connection_health (
  connection_id   TEXT    PRIMARY KEY REFERENCES connections (id),
  next_check_at   INTEGER,
  last_checked_at INTEGER,
  last_ok_at      INTEGER,
  failures        INTEGER NOT NULL DEFAULT 0,
  successes       INTEGER NOT NULL DEFAULT 0,
  slow            INTEGER NOT NULL DEFAULT 0,
  total_ms        INTEGER
) STRICT;

-- Secrets that a system refused: never sent again. One row per (host, who, secret).
CREATE TABLE attempts (
  host             TEXT    NOT NULL,
  budget_user      TEXT    NOT NULL,
  fingerprint      BLOB    NOT NULL,
  refusals         INTEGER NOT NULL,
  spent            INTEGER NOT NULL CHECK (spent IN (0, 1)),
  extra            INTEGER NOT NULL DEFAULT 0,
  first_refused_at INTEGER NOT NULL,
  last_refused_at  INTEGER NOT NULL,
  -- A different secret given by a person was refused: the next one has to wait until then.
  person_wait_until INTEGER,
  PRIMARY KEY (host, budget_user, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_host ON attempts (host, last_refused_at);

-- Decision records: every change of status with its proof.
CREATE TABLE transitions (
  id            TEXT    PRIMARY KEY,
  connection_id TEXT    NOT NULL REFERENCES connections (id),
  at            INTEGER NOT NULL,
  before_status TEXT,
  before_reason TEXT,
  status        TEXT    NOT NULL,
  reason        TEXT,
  fault_scope   TEXT,
  message       TEXT    NOT NULL,
  rule          INTEGER,
  rule_name     TEXT    NOT NULL,
  source        TEXT    NOT NULL,
  actor_name    TEXT    NOT NULL,
  episode_id    TEXT,
  event_id      TEXT,
  generation    INTEGER NOT NULL,
  record        TEXT    NOT NULL
) STRICT;
CREATE INDEX transitions_by_connection ON transitions (connection_id, at, id);
CREATE INDEX transitions_by_time       ON transitions (at, id);

-- Which types of event an episode has sent already: each at most once.
CREATE TABLE episode_events (
  episode_id TEXT NOT NULL,
  type       TEXT NOT NULL,
  PRIMARY KEY (episode_id, type)
) STRICT, WITHOUT ROWID;

-- Events (the outbox) -----------------------------------------------------------------------------------------------------
CREATE TABLE events (
  id            TEXT    PRIMARY KEY,
  type          TEXT    NOT NULL,
  at            INTEGER NOT NULL,
  customer_id   TEXT,
  connection_id TEXT,
  data          TEXT    NOT NULL
) STRICT;
CREATE INDEX events_by_connection ON events (connection_id, id);
CREATE INDEX events_by_customer   ON events (customer_id, id);
CREATE INDEX events_by_type       ON events (type, id);

-- Credits: an append-only, double-entry ledger ------------------------------------------------------------------------------
CREATE TABLE price_lists (
  version            INTEGER PRIMARY KEY,
  tier_1             INTEGER NOT NULL,
  tier_2             INTEGER NOT NULL,
  tier_3             INTEGER NOT NULL,
  on_premises_factor INTEGER NOT NULL,
  valid_from         INTEGER NOT NULL
) STRICT;
CREATE TABLE credit_grants (
  id         TEXT    PRIMARY KEY,
  amount     INTEGER NOT NULL,
  note       TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
-- Postings of one transaction sum to zero. Accounts: `issued` (the other side of grants), `pool`, `overage`, `customer:<id>`.
CREATE TABLE postings (
  id             TEXT    PRIMARY KEY,
  transaction_id INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  account        TEXT    NOT NULL,
  amount         INTEGER NOT NULL,
  -- The account's balance after this posting.
  balance        INTEGER NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind IN ('grant', 'take', 'return')),
  grant_id       TEXT,
  connection_id  TEXT,
  customer_id    TEXT,
  system         TEXT,
  tier           INTEGER,
  hosting        TEXT,
  price_version  INTEGER,
  note           TEXT    NOT NULL,
  actor_name     TEXT    NOT NULL
) STRICT;
CREATE INDEX postings_by_account     ON postings (account, transaction_id, id);
CREATE INDEX postings_by_transaction ON postings (transaction_id, id);
CREATE INDEX postings_by_connection  ON postings (connection_id);
CREATE INDEX postings_by_customer    ON postings (customer_id, at);
CREATE INDEX postings_by_time        ON postings (at, id);
-- Running balances, changed in the same transaction as the postings and proven against them.
CREATE TABLE account_balances (
  account TEXT    PRIMARY KEY,
  balance INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER postings_are_append_only_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
CREATE TRIGGER postings_are_append_only_delete BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;

-- Alarms of the instance that were raised and not yet lifted (own network, clock, application credentials).
CREATE TABLE alarms (
  kind      TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  message   TEXT    NOT NULL,
  raised_at INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

-- Answers to requests with an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
  api_key_id   TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  request_hash BLOB    NOT NULL,
  status       INTEGER,
  body         BLOB,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (api_key_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency_keys (created_at);
