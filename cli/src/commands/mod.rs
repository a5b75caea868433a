//! One module for each command: its arguments, and what it does.

pub(crate) mod adapters;
pub(crate) mod bench;
pub(crate) mod list;
pub(crate) mod plot;
pub(crate) mod run;
pub(crate) mod verify;
