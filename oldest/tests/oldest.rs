//! The library's tests on a device, on the oldest wgpu: those of how steps are bound and recorded, and of what a version of wgpu may do in
//! its own way. How accurate functions are, the newest tells. Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

extern crate wgpu_activations_oldest as wgpu_activations;

#[path = "../../tests/gpu/bind.rs"]
mod bind;
#[allow(dead_code, reason = "what other tests share")]
#[path = "../../tests/gpu/common.rs"]
mod common;
#[path = "../../tests/gpu/device_lost.rs"]
mod device_lost;
#[path = "../../tests/gpu/devices.rs"]
mod devices;
#[allow(unused_imports, reason = "of its tests with `verify`")]
#[path = "../../tests/gpu/formula.rs"]
mod formula;
#[path = "../../tests/gpu/gated.rs"]
mod gated;
#[path = "../../tests/gpu/host.rs"]
mod host;
mod instance;
#[path = "../../tests/gpu/learnable.rs"]
mod learnable;
#[path = "../../tests/gpu/limits.rs"]
mod limits;
#[path = "../../tests/gpu/misuse.rs"]
mod misuse;
#[path = "../../tests/gpu/packed.rs"]
mod packed;
#[path = "../../tests/gpu/plan.rs"]
mod plan;
#[path = "../../tests/gpu/small_devices.rs"]
mod small_devices;
#[path = "../../tests/gpu/softmax.rs"]
mod softmax;
#[path = "../../tests/gpu/variable.rs"]
mod variable;
