-- Mail to be sent, what alarms wait for, maintenance windows.

-- Every event passes here on its way to a mail. The trigger writes it in the transaction of the event itself, so that a
-- crash loses none; it is taken out in the transaction that plans what comes of it, so that none is planned twice.
CREATE TABLE event_inbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT    NOT NULL,
  -- Not before: an alarm of the instance that a maintenance window holds.
  due_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX event_inbox_due ON event_inbox (due_at, sequence);
CREATE TRIGGER events_reach_notifications AFTER INSERT ON events WHEN NEW.type <> 'test'
BEGIN INSERT INTO event_inbox (event_id) VALUES (NEW.id); END;

-- Whom an episode of trouble is told to, how often it was, and when next. One row per audience and episode.
CREATE TABLE notices (
  -- `contact`, or the id of a user.
  audience      TEXT    NOT NULL,
  episode_id    TEXT    NOT NULL,
  connection_id TEXT    NOT NULL,
  customer_id   TEXT    NOT NULL,
  status        TEXT    NOT NULL,
  opened_at     INTEGER NOT NULL,
  told          INTEGER NOT NULL DEFAULT 0,
  first_told_at INTEGER,
  -- NULL: nothing more is to be said before the end of the episode.
  due_at        INTEGER,
  mended_at     INTEGER,
  PRIMARY KEY (audience, episode_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_due        ON notices (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notices_by_episode ON notices (episode_id);
CREATE INDEX notices_by_connection ON notices (connection_id);
CREATE INDEX notices_by_customer   ON notices (customer_id);

-- The queue of mails, one row per recipient, and for a while what became of them.
CREATE TABLE mails (
  id             TEXT    PRIMARY KEY,
  kind           TEXT    NOT NULL,
  customer_id    TEXT,
  user_id        TEXT,
  recipient      TEXT    NOT NULL,
  recipient_name TEXT,
  locale         TEXT    NOT NULL,
  subject        TEXT    NOT NULL,
  -- Taken away once the mail has left: they hold links that let a customer in.
  body_text      TEXT,
  body_html      TEXT,
  state          TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
  attempts       INTEGER NOT NULL DEFAULT 0,
  -- What the mail server said last.
  answer         TEXT,
  created_at     INTEGER NOT NULL,
  next_try_at    INTEGER NOT NULL,
  done_at        INTEGER,
  -- The episodes it speaks of, as JSON: it is dropped when none of them stands any more.
  episodes       TEXT    NOT NULL DEFAULT '[]',
  -- What must be said once only.
  once           TEXT    UNIQUE
) STRICT;
CREATE INDEX mails_due         ON mails (next_try_at, id) WHERE state = 'queued';
CREATE INDEX mails_by_state    ON mails (state, id);
CREATE INDEX mails_by_age      ON mails (state, created_at);
CREATE INDEX mails_by_sending  ON mails (state, done_at);
CREATE INDEX mails_by_end      ON mails (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX mails_of_customer ON mails (customer_id, created_at);
CREATE INDEX mails_of_user     ON mails (user_id, created_at);

-- What a user wants to be told. Without a row the role decides.
CREATE TABLE notification_preferences (
  user_id     TEXT    PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  alarms      INTEGER NOT NULL CHECK (alarms IN (0, 1)),
  ends        INTEGER NOT NULL CHECK (ends IN (0, 1)),
  -- JSON lists; customers NULL means all.
  statuses    TEXT    NOT NULL,
  customers   TEXT,
  digest      INTEGER NOT NULL CHECK (digest IN (0, 1)),
  digest_hour INTEGER NOT NULL CHECK (digest_hour BETWEEN 0 AND 23),
  locale      TEXT    NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;
-- When a user's digest was last put together, sent or found empty.
CREATE TABLE digest_marks (
  user_id   TEXT    PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  looked_at INTEGER NOT NULL
) STRICT;

-- Somebody looks after a connection's trouble. Ends with the episode.
CREATE TABLE acknowledgements (
  connection_id  TEXT    PRIMARY KEY REFERENCES connections (id),
  episode_id     TEXT    NOT NULL,
  at             INTEGER NOT NULL,
  actor_name     TEXT    NOT NULL,
  note           TEXT    NOT NULL,
  remind_contact INTEGER NOT NULL CHECK (remind_contact IN (0, 1))
) STRICT;

-- Times in which nothing alarms.
CREATE TABLE maintenance_windows (
  id         TEXT    PRIMARY KEY,
  scope      TEXT    NOT NULL CHECK (scope IN ('connection', 'customer', 'host', 'instance')),
  -- The connection's or customer's id, or the host; empty for the instance.
  target     TEXT    NOT NULL,
  starts_at  INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL CHECK (ends_at > starts_at),
  weekly     INTEGER NOT NULL CHECK (weekly IN (0, 1)),
  note       TEXT    NOT NULL,
  created_by TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  -- Ended before its time, or taken away.
  ended_at   INTEGER
) STRICT;
CREATE INDEX maintenance_by_end ON maintenance_windows (ends_at);

-- Ends of secrets that an operator knows and no certificate tells.
CREATE TABLE secret_ends (
  connection_id TEXT    PRIMARY KEY REFERENCES connections (id),
  ends_at       INTEGER NOT NULL,
  set_by        TEXT    NOT NULL,
  set_at        INTEGER NOT NULL
) STRICT;

-- Whether the customer's contact gets mail at all.
ALTER TABLE customers ADD COLUMN notify_contact INTEGER NOT NULL DEFAULT 1 CHECK (notify_contact IN (0, 1));
