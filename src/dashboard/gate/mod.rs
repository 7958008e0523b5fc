//! The pages before anybody is signed in: sign-in, set-up, and the errors that may meet anyone.

pub mod errors;
pub mod view;
