-- Checks and their roll-ups. May be lost without loss of truth.
CREATE TABLE checks (
  id            TEXT    PRIMARY KEY,
  connection_id TEXT    NOT NULL,
  at            INTEGER NOT NULL,
  source        TEXT    NOT NULL,
  ok            INTEGER NOT NULL,
  status        TEXT    NOT NULL,
  reason        TEXT,
  rule          INTEGER,
  rule_name     TEXT    NOT NULL,
  http_status   INTEGER,
  dns_ms        INTEGER,
  connect_ms    INTEGER,
  tls_ms        INTEGER,
  first_byte_ms INTEGER,
  total_ms      INTEGER
) STRICT;
CREATE INDEX checks_by_connection ON checks (connection_id, at, id);
CREATE INDEX checks_by_time       ON checks (at);

-- One row per connection and bucket. `resolution` is 60, 3600 or 86400 seconds.
CREATE TABLE rollups (
  connection_id TEXT    NOT NULL,
  resolution    INTEGER NOT NULL,
  bucket        INTEGER NOT NULL,
  checks        INTEGER NOT NULL,
  good          INTEGER NOT NULL,
  worst         INTEGER NOT NULL,
  p50_ms        INTEGER,
  p95_ms        INTEGER,
  p99_ms        INTEGER,
  max_ms        INTEGER,
  PRIMARY KEY (connection_id, resolution, bucket)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollups_by_age ON rollups (resolution, bucket);

-- How far each resolution has been rolled up.
CREATE TABLE rollup_marks (
  resolution INTEGER PRIMARY KEY,
  upto       INTEGER NOT NULL
) STRICT;

-- Requests passed through the proxy: never bodies, never queries.
CREATE TABLE proxy_log (
  id            TEXT    PRIMARY KEY,
  connection_id TEXT    NOT NULL,
  at            INTEGER NOT NULL,
  api_key_id    TEXT,
  method        TEXT    NOT NULL,
  path          TEXT    NOT NULL,
  status        INTEGER NOT NULL,
  total_ms      INTEGER NOT NULL,
  bytes_sent    INTEGER NOT NULL,
  bytes_received INTEGER NOT NULL
) STRICT;
CREATE INDEX proxy_log_by_connection ON proxy_log (connection_id, at);
CREATE INDEX proxy_log_by_time       ON proxy_log (at);
