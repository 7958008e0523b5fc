-- A receiver of events whose certificate comes from a private authority: PEM, trusted beside the machine's own.
ALTER TABLE webhook_endpoints ADD COLUMN ca_certificate TEXT;
