-- The proxy's log tells the customer, the key's name, who answered, and when the answer began.
ALTER TABLE proxy_log ADD COLUMN customer_id   TEXT;
ALTER TABLE proxy_log ADD COLUMN api_key_name  TEXT;
-- The code of our own answer; NULL where the system answered.
ALTER TABLE proxy_log ADD COLUMN code          TEXT;
ALTER TABLE proxy_log ADD COLUMN first_byte_ms INTEGER;
ALTER TABLE proxy_log ADD COLUMN complete      INTEGER NOT NULL DEFAULT 1;
-- Pages go by time and id.
DROP INDEX proxy_log_by_connection;
CREATE INDEX proxy_log_by_connection ON proxy_log (connection_id, at, id);
