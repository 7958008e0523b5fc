//! The server itself: listeners, headers, limits, keys, files, commands.

mod encrypting;
mod listening;
mod starting;
