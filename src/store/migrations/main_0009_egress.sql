-- Whom the appliance contacted: one row for a host and port, so that an administrator sees where it went, not only where
-- it might go. No table points here: it is forgotten after 90 days without a contact.
CREATE TABLE egress_contacts (
    host            TEXT    NOT NULL,
    port            INTEGER NOT NULL,
    -- The address of the last try, where there was one.
    address         TEXT,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    -- When a connection was last opened; null where none ever was.
    reached_at      INTEGER,
    attempts        INTEGER NOT NULL,
    -- Of these: refused by the egress policy, so that nothing was sent.
    denied          INTEGER NOT NULL,
    PRIMARY KEY (host, port)
) STRICT, WITHOUT ROWID;
CREATE INDEX egress_contacts_by_time ON egress_contacts (last_at);
