//! The server itself: listeners, headers, limits, keys, files, commands.

mod commanding;
mod encrypting;
mod listening;
mod managed;
mod starting;
