//! The audit log as operators read it: who did what to whom, from where, with which outcome; and whether the chain is whole.

pub mod present;
pub mod view;
