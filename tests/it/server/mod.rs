//! The server itself: listeners, headers, limits, keys, files, commands.

mod commanding;
mod doctor;
mod encrypting;
mod listening;
mod managed;
mod starting;
mod unspoken;
