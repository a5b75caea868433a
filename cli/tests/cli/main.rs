//! The command, run as its users run it: one program, so that it is linked but once.

mod bench;
mod common;
#[cfg(target_os = "linux")]
mod cost;
mod docs;
mod files;
mod formula;
mod links;
mod list_and_adapters;
mod plan;
mod plot;
mod run;
mod softmax;
mod verify;
mod wgsl;
