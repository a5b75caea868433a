//! The command, run as its users run it: one program, so that it is linked but once.

mod bench;
mod common;
mod docs;
mod list_and_adapters;
mod plot;
mod run;
mod verify;
