//! One module for each command: its arguments, and what it does.

pub(crate) mod adapters;
pub(crate) mod bench;
#[cfg(target_os = "linux")]
pub(crate) mod cost;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod plot;
pub(crate) mod run;
pub(crate) mod verify;
pub(crate) mod wgsl;
