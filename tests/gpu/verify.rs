//! `verify` passes on this adapter: what every driver is asked.

use wgpu_activations::verify::{self, Check};
use wgpu_activations::{Gate, Gpu, Kind, Shaders, Storage, wgpu};

use crate::common::{GPU, again, device_with_feature, turn};

#[test]
fn every_direction_is_within_its_budget() {
    let mut options = verify::Options::default();
    options.families = false;
    options.inputs = if again() { 1 << 16 } else { 1 << 18 };
    let report = verify::run_blocking(&*GPU, Kind::ALL, &options, |_| {}).unwrap();
    assert!(report.passed(), "{report}");
    let most = |check: &Check| {
        if check.direction.starts_with("second") { options.inputs / 4 } else { options.inputs }
    };
    assert!(report.checks.iter().all(|check| check.inputs > most(check)), "over the whole grid");
}

#[test]
fn gated_functions_and_learned_parameters_are_within_their_budgets() {
    let mut options = verify::Options::default();
    options.inputs = if again() { 1 << 14 } else { 1 << 17 };
    let kinds = if turn().is_some() { shown() } else { Kind::ALL.to_vec() };
    let checks = pollster::block_on(verify::run_families(&*GPU, &kinds, &options, |_| {})).unwrap();
    let failed: Vec<String> = checks.iter().filter(|check| !check.pass).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(elementwise(&checks).all(|check| check.inputs > options.inputs));
    let has = |name: &str, direction: &str| {
        checks.iter().any(|check| check.activation == name && check.direction == direction)
    };
    for direction in ["gated_forward", "gated_backward_value", "gated_backward_gate"] {
        assert!(kinds.iter().all(|kind| has(kind.name(), direction)), "{direction}");
        let own = Gate::CLAMPED_SWIGLU.kind();
        assert!(!kinds.contains(&own.activation()) || has(own.name(), direction), "{direction}");
    }
    for (kind, gradient) in [("prelu", "weight"), ("swish", "beta"), ("snake", "alpha"), ("xielu", "alpha_n")]
    {
        assert!(has(kind, "learned_forward") && has(kind, "learned_backward"), "{kind}");
        for direction in
            ["learned_gated_forward", "learned_gated_backward_value", "learned_gated_backward_gate"]
        {
            assert!(has(kind, direction), "{kind} {direction}");
        }
        for of in ["gradient", "gated_backward", "gated_gradient"] {
            assert!(has(kind, &format!("{of}_{gradient}")), "{kind} {of}");
        }
    }
}

/// A third of the kinds, and all that learn: what shows how gates and parameters are put together.
fn shown() -> Vec<Kind> {
    let all = Kind::ALL.iter().copied().enumerate();
    let third = turn().unwrap_or(0) % 3;
    all.filter(|(at, kind)| at % 3 == third || kind.learnable().len() > 0).map(|(_, kind)| kind).collect()
}

/// All but the sums, of which there are fewer.
pub(crate) fn elementwise(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks.iter().filter(|check| !check.direction.contains("gradient_"))
}

#[test]
fn every_direction_is_within_its_budget_in_f16() {
    every_direction_in(Storage::F16);
}

#[test]
fn every_direction_is_within_its_budget_in_bf16() {
    every_direction_in(Storage::Bf16);
}

/// All 65536 numbers of a type.
fn every_direction_in(storage: Storage) {
    let mut options = verify::Options::default();
    options.storage = storage;
    options.families = false;
    // Again, each kind in one of the two types: bf16's short functions are mostly those of f16.
    let (first, step) = if again() { (usize::from(storage == Storage::Bf16), 2) } else { (0, 1) };
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().skip(first).step_by(step).collect();
    let report = verify::run_blocking(&*GPU, &kinds, &options, |_| {}).unwrap();
    assert!(report.passed(), "{report}");
    assert!(elementwise(&report.checks).all(|check| check.inputs >= 1 << 16 && check.storage == storage));
    if again() {
        return;
    }
    // Gates and learned parameters round as all of f32 have shown.
    let families = pollster::block_on(verify::run_families(&*GPU, &shown(), &options, |_| {})).unwrap();
    let failed: Vec<String> = families.iter().filter(|check| !check.pass).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Functions are the same: a few show the conversion. An adapter without the feature has nothing to be asked.
#[test]
fn f16_is_right_where_the_hardware_converts_it() {
    let Some(gpu) = device_with_feature(wgpu::Features::SHADER_F16) else { return };
    let mut options = verify::Options::default();
    options.storage = Storage::F16;
    let kinds = [Kind::Identity, Kind::Relu, Kind::Silu, Kind::Softplus];
    let report = verify::run_blocking(&gpu, &kinds, &options, |_| {}).unwrap();
    assert!(report.passed(), "{report}");
}

/// A short form is a file like any other.
#[test]
fn short_forms_are_replaced() {
    let wrong = include_str!("../../shaders/math/short/logistic.wgsl").replace("e, 1.0 + e", "e, 1.001 + e");
    let mut shaders = Shaders::default();
    shaders.replace("math/short/logistic", wrong).unwrap();
    let gpu = Gpu::from_parts(GPU.device().clone(), GPU.queue().clone()).with_shaders(shaders);
    for storage in [Storage::F32, Storage::F16, Storage::Bf16] {
        let mut options = verify::Options::default();
        (options.inputs, options.storage, options.families) = (1 << 10, storage, false);
        let report = verify::run_blocking(&gpu, &[Kind::Sigmoid], &options, |_| {}).unwrap();
        // That of f16 is another one.
        assert_eq!(report.passed(), storage != Storage::Bf16, "{report}");
    }
}

/// A file that is changed is what runs.
#[test]
fn shaders_are_replaced() {
    let mut shaders = Shaders::default();
    let wrong = include_str!("../../shaders/activations/relu.wgsl").replace("return", "return 2.0 *");
    shaders.replace("activations/relu", wrong).unwrap();
    let gpu = Gpu::from_parts(GPU.device().clone(), GPU.queue().clone()).with_shaders(shaders);
    let mut options = verify::Options::default();
    options.inputs = 1 << 10;
    let report = verify::run_blocking(&gpu, &[Kind::Relu, Kind::Tanh], &options, |_| {}).unwrap();
    // The second derivative of relu is 0, and in no file.
    let right = |check: &Check| check.activation == "tanh" || check.direction == "second";
    assert!(report.checks.iter().all(|check| check.pass == right(check)), "{report}");
}
