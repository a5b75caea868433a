//! `verify` passes on this adapter, and fails where it should. Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use wgpu_activations::verify::{self, Oracle};
use wgpu_activations::{Activation, Exact, Gpu, Kind};

/// One device for all tests: creating them in parallel crashes some drivers.
static GPU: LazyLock<Gpu> = LazyLock::new(|| Gpu::new_blocking().expect("these tests need an adapter"));

#[test]
fn every_direction_is_within_its_budget() {
    let report = verify::run_blocking(&*GPU, Kind::ALL, &verify::Options::default(), |_| {}).unwrap();
    assert!(report.passed(), "{report}");
    assert!(report.checks.iter().all(|check| check.inputs > 1_000_000), "over a million inputs a row");
}

#[test]
fn nothing_checked_is_nothing_passed() {
    let report = verify::run_blocking(&*GPU, &[], &verify::Options::default(), |_| {}).unwrap();
    assert!(!report.passed());
}

/// The oracle, spoilt.
struct Spoilt<F>(F);

impl<F: Fn(f64, Exact) -> Exact + Sync> Oracle for Spoilt<F> {
    fn exact(&self, activation: &Activation, x: f64) -> Exact {
        self.0(x, activation.exact(x))
    }
}

fn fails(kind: Kind, direction: &str, spoil: impl Fn(f64, Exact) -> Exact + Sync) -> bool {
    let mut options = verify::Options::default();
    options.inputs = 1 << 14;
    let report =
        pollster::block_on(verify::run_against(&*GPU, &[kind], &options, &Spoilt(spoil), |_| {})).unwrap();
    let failed: Vec<_> =
        report.checks.iter().filter(|check| !check.pass).map(|check| &*check.direction).collect();
    failed.contains(&direction)
}

#[test]
fn sabotage_turns_the_harness_red() {
    let wrong_constant = |_: f64, exact: Exact| Exact { value: exact.value * 1.000_001, ..exact };
    assert!(fails(Kind::Sigmoid, "forward", wrong_constant));
    let swapped = |_: f64, exact: Exact| Exact { value: exact.derivative, derivative: exact.value };
    assert!(fails(Kind::Tanh, "forward", swapped) && fails(Kind::Tanh, "backward", swapped));
    let kink =
        |x: f64, exact: Exact| Exact { derivative: if x == 0.0 { 1.0 } else { exact.derivative }, ..exact };
    assert!(fails(Kind::Relu, "backward", kink));
    let nan_lost =
        |x: f64, exact: Exact| if x.is_nan() { Exact { value: 0.0, derivative: 0.0 } } else { exact };
    assert!(fails(Kind::Relu, "forward", nan_lost) && fails(Kind::Relu, "backward", nan_lost));
    assert!(!fails(Kind::Relu, "forward", |_, exact| exact), "unspoilt, it passes");
}

/// Were the oracle compared with itself, every error would be that of a single rounding.
#[test]
fn what_is_compared_is_not_the_oracle_itself() {
    let report = verify::run_blocking(&*GPU, &[Kind::Sigmoid], &verify::Options::default(), |_| {}).unwrap();
    assert!(report.checks.iter().all(|check| check.max_ulp > 0.51), "{report:?}");
}
