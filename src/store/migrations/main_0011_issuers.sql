-- Who made a one-time link: a user or an API key, by id. Null: the command line, or a link from before. The link opens only
-- while that one may still make it. No reference: a removed user must not take the row's meaning away.
ALTER TABLE one_time_tokens ADD COLUMN issued_by TEXT;
