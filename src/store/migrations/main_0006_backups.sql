-- Backups and what was seen of them. The files themselves are the truth; these rows remember what a file cannot say.
CREATE TABLE backups (
  name          TEXT    PRIMARY KEY,
  created_at    INTEGER NOT NULL,
  -- schedule, hand, upgrade
  reason        TEXT    NOT NULL,
  bytes         INTEGER NOT NULL,
  checksum      TEXT    NOT NULL,
  verified_at   INTEGER,
  offsite_at    INTEGER,
  offsite_error TEXT
) STRICT;
CREATE INDEX backups_by_time ON backups (created_at);

-- The latest try that came to nothing; gone after a good one.
CREATE TABLE backup_failure (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  at        INTEGER NOT NULL,
  message   TEXT    NOT NULL
) STRICT;

-- Of which keys a recovery kit was made, and when somebody proved to have it. Holds no key.
CREATE TABLE recovery_kit (
  singleton    INTEGER PRIMARY KEY CHECK (singleton = 1),
  fingerprint  BLOB    NOT NULL,
  made_at      INTEGER NOT NULL,
  read_back_at INTEGER,
  read_back_by TEXT
) STRICT;

-- Each time this store was put in place from a backup. Until the last one is confirmed, nothing leaves the machine.
CREATE TABLE restorations (
  restored_at       INTEGER PRIMARY KEY,
  backup_name       TEXT    NOT NULL,
  backup_created_at INTEGER NOT NULL,
  confirmed_at      INTEGER,
  confirmed_by      TEXT
) STRICT;

-- For the erasure list, which is compared at each start.
CREATE INDEX customers_deleted ON customers (id) WHERE deleted_at IS NOT NULL;
