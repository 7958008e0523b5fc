//! The server itself: listeners, headers, limits, keys, files, commands.

mod listening;
mod starting;
