//! `verify` fails where it should, and holds the CPU to what it promises. No driver makes a difference to any of this, so `./x ci` asks
//! one: what needs a driver's answer is in verify.rs.

#[cfg(feature = "cpu")]
use wgpu_activations::cpu::Cpu;
use wgpu_activations::verify::{self, Adapter, Case, Operands, Oracle, Probe, Subject, Sweep};
use wgpu_activations::{Activation, Direction, Error, Exact, Function, Gate, Kind, Storage};

use crate::common::GPU;
#[cfg(feature = "cpu")]
use crate::verify::elementwise;

#[cfg(feature = "cpu")]
#[test]
fn the_cpu_is_held_to_what_it_promises() {
    let mut options = verify::Options::default();
    options.inputs = 1 << 15;
    // What has 16 bits is f32's result, rounded, as tests/cpu shows of every kind: here a few do. `verify --cpu` asks all.
    let few = &[Kind::Silu, Kind::Swish, Kind::Prelu, Kind::Xielu];
    for (storage, kinds) in [(Storage::F32, Kind::ALL), (Storage::F16, few), (Storage::Bf16, few)] {
        options.storage = storage;
        let report = verify::run_blocking(&Cpu::new(), kinds, &options, |_| {}).unwrap();
        assert!(report.passed(), "{report}");
        let promised =
            elementwise(&report.checks).all(|check| check.budget == 0.501 && check.floor.is_none());
        assert!(promised, "{:#?}", report.checks);
    }
}

/// What is a digit off is within any budget of the table, and not within what the CPU promises.
#[cfg(feature = "cpu")]
#[test]
fn a_digit_too_many_turns_the_cpu_red() {
    let next = |result: f32| if result.is_normal() { result.next_up() } else { result };
    let off = |results: Vec<f32>| Ok(results.into_iter().map(next).collect());
    let compute =
        |case: &Case, operands: Operands<'_>| off(pollster::block_on(Cpu::new().compute(case, operands))?);
    let mut options = verify::Options::default();
    options.inputs = 1 << 10;
    for (adapter, passes) in [(Adapter::cpu(), false), (GPU.adapter(), true)] {
        let subject = StandIn { adapter: adapter.clone(), compute: &compute };
        let report = verify::run_blocking(&subject, &[Kind::GeluErf], &options, |_| {}).unwrap();
        for check in report.checks {
            assert_eq!(check.pass, passes, "{check}");
            // As a report of an earlier run is read.
            assert_eq!(check.clone().held_to_table(&adapter, None), Some(check));
        }
    }
}

/// WGSL lets a division be 2.5 ULP off, and NVIDIA's driver is 1.97: functions that divide are off by that much more, others are not.
#[test]
fn budgets_know_how_the_adapter_divides() {
    let mut options = verify::Options::default();
    options.inputs = 1 << 10;
    let report = verify::run_blocking(&*GPU, &[Kind::Relu, Kind::Sigmoid], &options, |_| {}).unwrap();
    let mut probe = report.probe.clone().unwrap();
    let mut passes = |name: &str, max_ulp: f64, divide_ulp: f64| {
        let mut check = report.checks.iter().find(|it| it.activation == name).unwrap().clone();
        (check.max_ulp, probe.divide_ulp) = (max_ulp, divide_ulp);
        check.held_to_table(&report.adapter, Some(&probe)).unwrap().pass
    };
    assert!(!passes("sigmoid", 3.9, 0.5));
    assert!(passes("sigmoid", 3.9, 1.97));
    assert!(!passes("sigmoid", 4.1, 1.97));
    assert!(!passes("relu", 0.6, 1.97));
}

#[test]
fn too_many_inputs_are_refused_before_any_is_made() {
    let mut options = verify::Options::default();
    options.inputs = u64::MAX;
    let refused = Error::TooManyInputs { wanted: u64::MAX, allowed: verify::MAX_INPUTS };
    assert_eq!(verify::run_blocking(&*GPU, &[Kind::Relu], &options, |_| {}).unwrap_err(), refused);
    let families = verify::run_families(&*GPU, &[Kind::Relu], &options, |_| {});
    assert_eq!(pollster::block_on(families).unwrap_err(), refused);
}

/// Of whom verify asks for results, and who is asked for them by others.
#[test]
fn operands_of_any_length_and_results_that_are_missing_are_errors() {
    let case = Case::all(Activation::RELU)[1];
    let mismatch = |result| matches!(result, Err(Error::LengthMismatch { .. }));
    let short = Operands { at: &[1.0, 2.0], dy: &[], value: &[1.0] };
    let gated = Case::new(Gate::SWIGLU, Direction::Forward, Storage::F32);
    assert!(mismatch(pollster::block_on(GPU.compute(&case, short))));
    assert!(mismatch(pollster::block_on(GPU.compute(&gated, short))));
    #[cfg(feature = "cpu")]
    {
        assert!(mismatch(pollster::block_on(Cpu::new().compute(&case, short))));
        assert!(mismatch(pollster::block_on(Cpu::new().compute(&gated, short))));
        let last = pollster::block_on(Cpu::new().sweep(&case).unwrap().start(u32::MAX).unwrap()).unwrap();
        assert_eq!(last.len(), verify::CHUNK);
    }
    let none = |_: &Case, _: Operands<'_>| Ok(Vec::new());
    let subject = StandIn { adapter: GPU.adapter(), compute: &none };
    assert!(mismatch(
        verify::run_blocking(&subject, &[Kind::Relu], &verify::Options::default(), |_| {})
            .map(|_| Vec::new())
    ));
}

#[test]
fn nothing_checked_is_nothing_passed() {
    let report = verify::run_blocking(&*GPU, &[], &verify::Options::default(), |_| {}).unwrap();
    assert!(!report.passed());
}

/// The oracle, spoilt. One type, here and below: each would have the whole harness compiled for it.
struct Spoilt<'a>(&'a (dyn Fn(f64, Exact) -> Exact + Sync));

impl Oracle for Spoilt<'_> {
    fn exact(&self, activation: &Activation, x: f64) -> Exact {
        self.0(x, activation.exact(x))
    }
}

fn fails(kind: Kind, direction: &str, spoil: impl Fn(f64, Exact) -> Exact + Sync) -> bool {
    let mut options = verify::Options::default();
    options.inputs = 1 << 14;
    let report =
        pollster::block_on(verify::run_against(&*GPU, &[kind], &options, &Spoilt(&spoil), |_| {})).unwrap();
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

/// Something else that computes, of a case and its operands.
struct StandIn<'f> {
    adapter: Adapter,
    compute: &'f Compute<'f>,
}

type Compute<'f> = dyn Fn(&Case, Operands<'_>) -> Result<Vec<f32>, Error> + 'f;

impl Subject for StandIn<'_> {
    type Sweep<'a>
        = wgpu_activations::GpuSweep<'a>
    where
        Self: 'a;

    fn adapter(&self) -> Adapter {
        self.adapter.clone()
    }

    async fn probe(&self) -> Result<Option<Probe>, Error> {
        Ok(None)
    }

    fn source(&self, _: &Case) -> String {
        String::new()
    }

    async fn compute(&self, case: &Case, operands: Operands<'_>) -> Result<Vec<f32>, Error> {
        (self.compute)(case, operands)
    }

    fn sweep(&self, case: &Case) -> Result<Self::Sweep<'_>, Error> {
        GPU.sweep(case)
    }
}

/// Whether relu passes that is computed here: f'(x) * dy as it stands.
fn passes(compute: impl Fn(&Case, f32, f32) -> f32) -> bool {
    let mut options = verify::Options::default();
    options.inputs = 1 << 14;
    options.families = false;
    let one_by_one = |case: &Case, Operands { at, dy, .. }: Operands<'_>| {
        Ok(at.iter().zip(dy).map(|(&x, &dy)| compute(case, x, dy)).collect())
    };
    let subject = StandIn { adapter: GPU.adapter(), compute: &one_by_one };
    let report = verify::run_blocking(&subject, &[Kind::Relu], &options, |_| {}).unwrap();
    report.passed()
}

#[test]
fn infinite_and_lost_gradients_turn_the_harness_red() {
    let right = |case: &Case, x: f32, dy: f32| match case.direction {
        Direction::Forward if x.is_nan() || x > 0.0 => x,
        Direction::Forward => 0.0,
        _ if x.is_nan() => x,
        Direction::Second => 0.0,
        _ => {
            if x > 0.0 {
                dy
            } else {
                0.0
            }
        }
    };
    assert!(passes(right));
    assert!(!passes(|case, x, dy| if dy.is_nan() { 0.0 } else { right(case, x, dy) }), "NaN swallowed");
    assert!(!passes(|case, x, dy| if dy.is_infinite() { dy.abs() } else { right(case, x, dy) }), "sign lost");
    assert!(!passes(|case, x, dy| if dy.is_infinite() { f32::NAN } else { right(case, x, dy) }));
    // A multiplied mask: 0 * infinity.
    assert!(!passes(|case, x, dy| match case.direction {
        Direction::Forward => right(case, x, dy),
        _ => right(case, x, 1.0) * dy,
    }));
}

/// The directions that fail where the adapter's results are spoilt: that at an index of a case, of its operands there.
fn failing(kind: Kind, spoil: impl Fn(&Case, usize, [f32; 3], f32) -> f32) -> Vec<String> {
    let mut options = verify::Options::default();
    options.inputs = 1 << 14;
    let compute = |case: &Case, operands: Operands<'_>| {
        let results = pollster::block_on(GPU.compute(case, operands))?.into_iter().enumerate();
        let Operands { at, dy, value } = operands;
        Ok(results.map(|(i, result)| spoil(case, i, [value[i], at[i], dy[i]], result)).collect())
    };
    let subject = StandIn { adapter: GPU.adapter(), compute: &compute };
    let report = verify::run_blocking(&subject, &[kind], &options, |_| {}).unwrap();
    let mut failing: Vec<String> = Vec::new();
    // An activation has gates of several names.
    for check in report.checks.into_iter().filter(|check| !check.pass) {
        if !failing.contains(&check.direction) {
            failing.push(check.direction);
        }
    }
    failing
}

fn is_gated(case: &Case) -> bool {
    matches!(case.function, Function::Gate(_))
}

#[test]
fn wrong_gates_and_learned_parameters_turn_the_harness_red() {
    let none: [&str; 0] = [];
    for kind in [Kind::Silu, Kind::Prelu] {
        assert_eq!(failing(kind, |_, _, _, result| result), none);
    }
    let silu = |spoil: &dyn Fn(&Case, [f32; 3], f32) -> f32| {
        failing(
            Kind::Silu,
            |case, _, operands, result| {
                if is_gated(case) { spoil(case, operands, result) } else { result }
            },
        )
    };
    let forward = |case: &Case| case.direction == Direction::Forward;
    assert_eq!(silu(&|case, _, y| if forward(case) { y * 1.000_001 } else { y }), ["gated_forward"]);
    let nan_lost = |case: &Case, [value, ..]: [f32; 3], y: f32| {
        if !case.by_value && value.is_nan() { 0.0 } else { y }
    };
    assert_eq!(silu(&nan_lost), ["gated_forward", "gated_backward_gate"]);
    let without_dy = |case: &Case, [_, _, dy]: [f32; 3], result: f32| {
        if case.by_value { result / dy } else { result }
    };
    assert_eq!(silu(&without_dy), ["gated_backward_value"]);
    // Where the gate is shut, nothing gets through.
    let leaks = |case: &Case, _: usize, [value, gate, _]: [f32; 3], y: f32| {
        if is_gated(case) && forward(case) && gate < 0.0 { value * 0.0 } else { y }
    };
    assert_eq!(failing(Kind::Relu, leaks), ["gated_forward"]);

    let of_another_channel = |case: &Case, _: usize, _: [f32; 3], y: f32| {
        if forward(case) && case.learned && y < 0.0 { 2.0 * y } else { y }
    };
    let failed = failing(Kind::Prelu, of_another_channel);
    let learned = |direction: &String| direction == "learned_forward" || direction == "learned_gated_forward";
    assert!(
        failed.iter().any(|it| it == "learned_gated_forward") && failed.iter().all(learned),
        "{failed:?}"
    );
    let one_sum_in_1024 = |case: &Case, index: usize, _: [f32; 3], dw: f32| match case.direction {
        Direction::ParameterGradient(_) if index == 1023 => dw * 1.01 + 0.1,
        _ => dw,
    };
    let failed = failing(Kind::Prelu, one_sum_in_1024);
    let summed = |direction: &String| direction == "gradient_weight" || direction == "gated_gradient_weight";
    assert!(failed.iter().any(|it| it == "gated_gradient_weight") && failed.iter().all(summed), "{failed:?}");
}
