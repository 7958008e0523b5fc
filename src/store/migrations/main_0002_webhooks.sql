-- Webhook endpoints, deliveries and their tries.

-- Receivers of events.
CREATE TABLE webhook_endpoints (
  id                 TEXT    PRIMARY KEY,
  url                TEXT    NOT NULL,
  description        TEXT,
  -- JSON lists; null means all.
  event_types        TEXT,
  customer_ids       TEXT,
  disabled_at        INTEGER,
  -- `operator`, `gone` (it answered 410), `failing` (a whole window without a success).
  disabled_reason    TEXT,
  -- Sealed by the vault. While a secret rotates, the one before signs too, until then.
  secret             BLOB    NOT NULL,
  old_secret         BLOB,
  old_secret_until   INTEGER,
  -- The first failed try after the last success; null while it works.
  failing_since      INTEGER,
  -- When `endpoint.failing` went out for this spell.
  warned_at          INTEGER,
  last_try_at        INTEGER,
  last_ok_at         INTEGER,
  last_outcome       TEXT,
  version            INTEGER NOT NULL DEFAULT 1,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL
) STRICT;

-- Events that no delivery was made of yet. Filled by a trigger, so that no event can be written without it, in the same
-- transaction; emptied in the transaction that makes the deliveries. Its own sequence gives the order of commits, which
-- the ids of events (their time is taken before the transaction) do not.
CREATE TABLE webhook_queue (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT    NOT NULL
) STRICT;
CREATE TRIGGER events_are_queued AFTER INSERT ON events BEGIN INSERT INTO webhook_queue (event_id) VALUES (NEW.id); END;

-- One event's way to one receiver.
CREATE TABLE webhook_deliveries (
  id               TEXT    PRIMARY KEY,
  endpoint_id      TEXT    NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  event_id         TEXT    NOT NULL,
  event_type       TEXT    NOT NULL,
  status           TEXT    NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
  -- A test is tried once, everything else along the schedule.
  single           INTEGER NOT NULL DEFAULT 0 CHECK (single IN (0, 1)),
  -- Tries since the delivery began, or began anew by a replay.
  round_tries      INTEGER NOT NULL DEFAULT 0,
  round_first_at   INTEGER,
  tries            INTEGER NOT NULL DEFAULT 0,
  -- Null unless it is waiting.
  next_try_at      INTEGER,
  last_outcome     TEXT,
  created_at       INTEGER NOT NULL,
  finished_at      INTEGER,
  UNIQUE (endpoint_id, event_id)
) STRICT;
CREATE INDEX webhook_deliveries_due         ON webhook_deliveries (endpoint_id, next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_deliveries_waiting     ON webhook_deliveries (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_age     ON webhook_deliveries (created_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_by_status   ON webhook_deliveries (endpoint_id, status, id);
CREATE INDEX webhook_deliveries_of_event    ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_by_end      ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

-- Every try with its answer. Links in what a receiver answered are hidden before it is kept.
CREATE TABLE webhook_tries (
  delivery_id TEXT    NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL,
  endpoint_id TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  ok          INTEGER NOT NULL CHECK (ok IN (0, 1)),
  -- `schedule`, `replay`, `recover` or `test`.
  cause       TEXT    NOT NULL,
  status      INTEGER,
  -- What went wrong, in a sentence; null when it was delivered.
  fault       TEXT,
  record      TEXT    NOT NULL,
  PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_tries_of_endpoint ON webhook_tries (endpoint_id, at, ok);
