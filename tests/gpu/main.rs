//! All that needs a device, in one program, so that it is linked but once for every driver. Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod bind;
mod common;
mod device_lost;
mod devices;
mod formula;
#[cfg(feature = "verify")]
#[path = "../shared/formulas.rs"]
mod formulas;
mod gated;
mod gated_learnable;
#[cfg(feature = "verify")]
mod harness;
mod host;
mod instance;
mod learnable;
mod limits;
mod misuse;
mod packed;
#[cfg(feature = "verify")]
mod parameters;
mod plan;
mod profiler;
#[cfg(feature = "verify")]
mod regressions;
mod small_devices;
mod softmax;
mod variable;
#[cfg(feature = "verify")]
mod verify;
#[cfg(feature = "verify")]
mod verify_rows;
