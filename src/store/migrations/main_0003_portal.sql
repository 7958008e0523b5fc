-- Links by which a customer comes into the portal, and how the portal looks.

-- The token of a link is not kept: it is derived by HMAC from the row and the instance key, so it can be shown again.
CREATE TABLE links (
  id              TEXT    PRIMARY KEY,
  connection_id   TEXT    NOT NULL REFERENCES connections (id),
  customer_id     TEXT    NOT NULL,
  purpose         TEXT    NOT NULL CHECK (purpose IN ('connect', 'reconnect')),
  -- The episode that it mends; nothing for a link made while all was well.
  episode_id      TEXT,
  change_base_url INTEGER NOT NULL CHECK (change_base_url IN (0, 1)),
  created_by      TEXT    NOT NULL,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  ended_by        TEXT    CHECK (ended_by IN ('used', 'mended', 'revoked', 'disconnected', 'expired'))
) STRICT;
-- One live link for each purpose.
CREATE UNIQUE INDEX links_live   ON links (connection_id, purpose) WHERE ended_at IS NULL;
CREATE INDEX links_by_connection ON links (connection_id, id);

-- What a customer sees of the operator: colour, logo, whom to ask. One row, once anything was chosen.
CREATE TABLE branding (
  singleton  INTEGER PRIMARY KEY CHECK (singleton = 1),
  name       TEXT,
  colour     TEXT,
  contact    TEXT,
  logo       BLOB,
  logo_type  TEXT    CHECK (logo_type IN ('image/png', 'image/jpeg')),
  updated_at INTEGER NOT NULL
) STRICT;
