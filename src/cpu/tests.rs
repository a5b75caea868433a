//! How far results are from the oracle's: within a bound of this backend's own, tighter than the rows' budgets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::loops::{LOOPS, Loop, Loops};
use super::{Cpu, Threads};
use crate::operation::Direction;
use crate::table::{Bound, Kind};
use crate::verify::inputs::{LARGEST_EXPONENT, stratified};
use crate::verify::judge::Judge;
use crate::verify::{self, Backend, Case, Operands, Subject, Table};

const CPU: Cpu = Cpu::with_threads(Threads::One);

/// Every row, its samples, and every direction.
fn cases() -> impl Iterator<Item = Case> {
    Kind::ALL.iter().flat_map(|kind| kind.samples()).flat_map(Case::all)
}

fn inputs(case: &Case) -> Vec<f32> {
    stratified(1 << 16, &case.kinks())
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
            case.function,
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
            let operands = Operands { at: &x, dy: &vec![dy; x.len()], value: &[] };
            let got = pollster::block_on(Subject::compute(&CPU, &case, operands)).unwrap();
            let dead = |&(&x, &got): &(&f32, &f32)| judge.exact_at(x.into()) == 0.0 && got != 0.0;
            let passed_on = x.iter().zip(&got).find(dead);
            assert_eq!(passed_on, None, "{} {}, dy = {dy}", case.function, case.direction_name());
        }
    }
}

/// A row's loops are those that can be called, each with one for parameters that vary where those may: without it, learned ones would be
/// slow, and drawn ones wrong.
#[test]
fn rows_have_the_loops_that_can_be_called() {
    for kind in Kind::ALL {
        let learnable = kind.learnable().len();
        let varies = learnable > 0 || kind.row().draws;
        let Loops { forward, backward, from_output, by_parameter, second, mixed, gated, node } =
            &LOOPS[*kind as usize];
        assert_eq!(node.by_parameter.iter().flatten().count(), learnable, "{kind}");
        let own = |it: &Loop<2, 1>| it.own.is_some();
        let from_output: Vec<bool> = from_output.iter().map(own).collect();
        assert_eq!(from_output, vec![varies; usize::from(kind.from_output_when().is_some())], "{kind}");
        let by_parameter: Vec<bool> = by_parameter.iter().flatten().map(own).collect();
        assert_eq!(by_parameter, vec![varies; learnable], "{kind}");
        let seconds: Vec<bool> = std::iter::once(second).chain(mixed.iter().flatten()).map(own).collect();
        assert_eq!(seconds, vec![varies; kind.second_directions().count()], "{kind}");
        let by_gate: Vec<bool> = gated.by_parameter.iter().flatten().map(|it| it.own.is_some()).collect();
        assert_eq!(by_gate, vec![varies; learnable], "{kind}");
        let others =
            [forward.own.is_some(), own(backward), own(&gated.forward), gated.backward.own.is_some()];
        assert_eq!(others, [varies; 4], "{kind}");
    }
}
