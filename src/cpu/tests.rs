//! How far results are from the oracle's: within a bound of this backend's own, tighter than the rows' budgets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{Cpu, Threads};
use crate::activation::{Bound, Kind};
use crate::parameters::check_drawn;
use crate::shader::Direction;
use crate::verify::inputs::{LARGEST_EXPONENT, stratified};
use crate::verify::judge::Judge;
use crate::verify::{self, Backend, Case, Subject, Table};

const CPU: Cpu = Cpu::with_threads(Threads::One);

/// Every row, its samples, and every direction.
fn cases() -> impl Iterator<Item = Case> {
    Kind::ALL.iter().flat_map(|kind| kind.samples()).flat_map(Case::all)
}

fn inputs(case: &Case) -> Vec<f32> {
    stratified(1 << 16, &case.activation.kinks())
}

#[test]
fn results_are_within_their_bound() {
    for case in cases() {
        let judge = Judge::new(&Table, case, Backend::Cpu);
        let run = verify::over::<f32>(&CPU, &judge, inputs(&case), LARGEST_EXPONENT);
        let statistics = pollster::block_on(run).unwrap();
        assert!(
            statistics.count > 0 && statistics.max <= Backend::CPU_ULP,
            "{} {}: {} at (x, dy, got, exact) = {:?}",
            case.activation,
            case.direction_name(),
            statistics.max,
            statistics.worst
        );
    }
}

/// Where the derivative is 0, not even an infinite or NaN dy gets through.
#[test]
fn a_derivative_of_zero_stops_every_gradient() {
    for case in cases().filter(|case| case.direction != Direction::Forward) {
        // Everywhere, snake's far ends included.
        let judge = Judge::new(&Table, case, Backend::Cpu).with_bound(Bound::ulp(Backend::CPU_ULP));
        let x = verify::points::<f32>(&case, inputs(&case));
        for dy in [f32::NAN, f32::INFINITY, f32::MAX] {
            let got = pollster::block_on(CPU.compute(&case, [&x, &vec![dy; x.len()]])).unwrap();
            let dead = |&(&x, &got): &(&f32, &f32)| judge.exact_at(x.into()) == 0.0 && got != 0.0;
            let passed_on = x.iter().zip(&got).find(dead);
            assert_eq!(passed_on, None, "{} {}, dy = {dy}", case.activation, case.direction_name());
        }
    }
}

/// Those whose parameters vary have loops for that. Without them, learned ones would be slow, and drawn ones wrong.
#[test]
fn what_can_be_learned_or_drawn_may_vary() {
    for kind in Kind::ALL {
        let varies = kind.learnable().next().is_some() || check_drawn(*kind).is_ok();
        let loops = super::loops_of(&kind.samples()[0]);
        let [one, other] = loops.by_parameter;
        let own = [loops.backward, loops.from_output, one, other].map(|it| it.own.is_some());
        assert_eq!((loops.forward.own.is_some(), own), (varies, [varies; 4]), "{kind}");
    }
}
