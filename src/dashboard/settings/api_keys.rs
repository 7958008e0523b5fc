//! API keys: made, listed and revoked. A key is shown once, on the page that made it.
