//! The overview: what needs a hand, first.

pub mod view;
