//! What a figure shows where the user leaves it open: the parameter values that tell something, and the x.
//!
//! Chosen by the look of the exact functions, by the same rules for every row of the table.

use wgpu_activations::{Activation, Kind};

use super::axis::Interval;
use super::function::Function;

/// More parameter values than these make a figure hard to read.
const MOST_VALUES: usize = 4;
/// Half of the x that most figures show, and of those whose function grows fast.
const HALF: f64 = 5.0;
const HALF_OF_STEEP: f64 = 3.0;
/// A function that goes beyond this many times x is steep.
const STEEP: f64 = 2.5;
/// That of relu6. Kinks further out are no part of a function's usual look: softplus turns straight at 20, which nobody sees.
const FARTHEST_KINK: f64 = 6.0;
/// Curves differ to the eye if their mean distance is this part of the figure's height.
const VISIBLE: f64 = 0.02;
/// A further curve must not make the figure more than so many times as high: the others would be lines on the axis.
const HIGHEST: f64 = 3.0;
/// A derivative that turns more often is a smear.
const MOST_TURNS: usize = 20;
/// Where curves are compared.
const SAMPLES: u32 = 600;

/// The defaults (or the first of the table's samples, where there are none), and further samples that look different.
pub(crate) fn samples(kind: Kind) -> Vec<Activation> {
    let mut chosen: Vec<Activation> = Vec::new();
    for candidate in kind.samples() {
        if chosen.len() < MOST_VALUES && tells_something(&candidate, &chosen) {
            chosen.push(candidate);
        }
    }
    chosen
}

/// The x for these functions in one figure.
pub(crate) fn interval(functions: &[Function]) -> Interval {
    let halves = functions.iter().map(half);
    let half = halves.fold(HALF, f64::min);
    let kinks = functions.iter().flat_map(Function::kinks).map(f64::abs);
    let farthest = kinks.filter(|kink| *kink <= FARTHEST_KINK).fold(0.0, f64::max);
    let half = half.max((1.5 * farthest).ceil());
    (-half, half)
}

/// Of a formula, nothing is known but what an adapter computes later.
fn half(function: &Function) -> f64 {
    let Function::Activation(activation) = function else { return HALF };
    let highest = [-HALF, HALF].map(|x| activation.exact(x).value.abs()).into_iter().fold(0.0, f64::max);
    if highest > STEEP * HALF { HALF_OF_STEEP } else { HALF }
}

fn tells_something(candidate: &Activation, chosen: &[Activation]) -> bool {
    let Some(first) = chosen.first() else { return true };
    let interval = interval(&[(*first).into()]);
    let [first, new] = [first, candidate].map(|activation| Look::new(activation, interval));
    let fits = new.height_with(&first) <= HIGHEST * first.value.height()
        && new.slope_with(&first) <= HIGHEST * first.derivative.height().max(1.0);
    let differs = |other: &Activation| new.differs_from(&Look::new(other, interval));
    fits && !new.is_flat() && new.derivative.turns() <= MOST_TURNS && chosen.iter().all(differs)
}

/// A function and its derivative at the same few hundred places.
struct Look {
    value: Samples,
    derivative: Samples,
}

struct Samples(Vec<f64>);

impl Look {
    fn new(activation: &Activation, (from, to): Interval) -> Self {
        let x = |index: u32| from + (to - from) * f64::from(index) / f64::from(SAMPLES);
        let exact: Vec<_> = (0..=SAMPLES).map(|index| activation.exact(x(index))).collect();
        Self {
            value: Samples(exact.iter().map(|exact| exact.value).collect()),
            derivative: Samples(exact.iter().map(|exact| exact.derivative).collect()),
        }
    }

    fn height_with(&self, other: &Self) -> f64 {
        self.value.height_with(&other.value)
    }

    fn slope_with(&self, other: &Self) -> f64 {
        self.derivative.height_with(&other.derivative)
    }

    fn is_flat(&self) -> bool {
        self.derivative.0.iter().all(|slope| slope.abs() < VISIBLE)
    }

    fn differs_from(&self, other: &Self) -> bool {
        self.value.differ_from(&other.value) || self.derivative.differ_from(&other.derivative)
    }
}

impl Samples {
    /// Of the axis, which always shows 0.
    fn height(&self) -> f64 {
        let (low, high) =
            self.0.iter().fold((0.0_f64, 0.0_f64), |(low, high), y| (low.min(*y), high.max(*y)));
        high - low
    }

    fn height_with(&self, other: &Self) -> f64 {
        Self(self.0.iter().chain(&other.0).copied().collect()).height()
    }

    fn differ_from(&self, other: &Self) -> bool {
        let distance: f64 = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs()).sum();
        distance / self.0.len() as f64 > VISIBLE * self.height_with(other)
    }

    /// How often it stops to rise or to fall.
    fn turns(&self) -> usize {
        let steps = self.0.windows(2).map(|pair| pair[1] - pair[0]);
        let steps: Vec<f64> = steps.filter(|step| *step != 0.0).collect();
        steps.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(kind: Kind) -> Vec<String> {
        samples(kind).iter().map(Activation::to_string).collect()
    }

    #[test]
    fn every_row_has_something_to_show_beginning_with_its_defaults() {
        for kind in Kind::ALL {
            let samples = samples(*kind);
            assert!((1..=MOST_VALUES).contains(&samples.len()), "{kind}");
            assert!(kind.with_defaults().is_err() || kind.with_defaults() == Ok(samples[0]), "{kind}");
            assert!(!kind.parameters().is_empty() || samples.len() == 1, "{kind}");
        }
    }

    #[test]
    fn values_that_look_the_same_or_spoil_the_figure_are_left_out() {
        let leaky = chosen(Kind::LeakyRelu);
        assert!(leaky.contains(&"leaky_relu(negative_slope=0.2)".to_owned()), "{leaky:?}");
        assert!(!leaky.contains(&"leaky_relu(negative_slope=0)".to_owned()), "{leaky:?}");
        assert!(!chosen(Kind::Elu).contains(&"elu(alpha=1000)".to_owned()));
        assert!(!chosen(Kind::Snake).contains(&"snake(alpha=100)".to_owned()));
        assert!(!chosen(Kind::Hardtanh).contains(&"hardtanh(min_value=0.1, max_value=0.1)".to_owned()));
    }

    #[test]
    fn kinks_are_inside_and_steep_functions_are_seen_from_nearby() {
        assert_eq!(interval(&[Activation::RELU6.into()]), (-9.0, 9.0));
        assert_eq!(interval(&[Activation::SIGMOID.into()]), (-5.0, 5.0));
        assert_eq!(interval(&[Activation::RELU_SQUARED.into()]), (-3.0, 3.0));
    }
}
