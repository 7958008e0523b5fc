-- OAuth applications: the operator's registrations at vendors. Secret and key are sealed for the instance, not for a customer.
-- Which connections depend on one is written in their `auth_public`. Sign-ins under way are kept in memory only.
CREATE TABLE oauth_applications (
  id             TEXT    PRIMARY KEY,
  system         TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  client_id      TEXT    NOT NULL,
  -- client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, none; NULL: as the catalogue says.
  client_auth    TEXT,
  -- JSON list; empty: as the catalogue says.
  scopes         TEXT    NOT NULL,
  authorize_url  TEXT,
  token_url      TEXT,
  revocation_url TEXT,
  issuer         TEXT,
  certificate    TEXT,
  key_id         TEXT,
  -- Sealed texts.
  client_secret  BLOB,
  private_key    BLOB,
  version        INTEGER NOT NULL DEFAULT 1,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_applications_by_system ON oauth_applications (system, id);
