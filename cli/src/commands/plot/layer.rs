//! Two linear layers of one neuron each, with an activation between them.

use super::axis::Interval;

/// w2 * f(w1 * x + b1) + b2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layer {
    pub(crate) w1: f64,
    pub(crate) b1: f64,
    pub(crate) w2: f64,
    pub(crate) b2: f64,
}

impl Layer {
    /// The activation alone.
    pub(crate) const NONE: Self = Self { w1: 1.0, b1: 0.0, w2: 1.0, b2: 0.0 };

    /// What the activation gets.
    pub(crate) fn inner(&self, x: f32) -> f32 {
        (self.w1 * f64::from(x) + self.b1) as f32
    }

    /// The x for which the activation gets this.
    pub(crate) fn inner_inverse(&self, u: f64) -> f64 {
        (u - self.b1) / self.w1
    }

    /// What becomes of the activation's result.
    pub(crate) fn outer(&self, y: f32) -> f64 {
        self.w2 * f64::from(y) + self.b2
    }

    /// What becomes of its derivative. One that is 0 has to stay so.
    pub(crate) fn outer_derivative(&self, dy: f32) -> f64 {
        self.w2 * f64::from(dy) * self.w1
    }

    /// The x for which the activation gets this interval.
    pub(crate) fn inverse(&self, (from, to): Interval) -> Interval {
        let ends = [from, to].map(|u| self.inner_inverse(u));
        (ends[0].min(ends[1]), ends[0].max(ends[1]))
    }

    /// `2 * f(3 * x + 0.1) + 0.2`
    pub(crate) fn formula(&self) -> String {
        let Self { w1, w2, .. } = self;
        format!("{w2} * f({w1} * x{}){}", summand(self.b1), summand(self.b2))
    }

    /// What it is without an activation: `6 * x + 0.4`
    pub(crate) fn straight_line(&self) -> String {
        // To as many digits as the inputs mean: 3 * 0.1 is not 0.30000000000000004 to a reader.
        let rounded = |value: f64| format!("{value:.6e}").parse().unwrap_or(value);
        let (slope, offset) = (rounded(self.w2 * self.w1), rounded(self.w2 * self.b1 + self.b2));
        format!("{slope} * x{}", summand(offset))
    }
}

fn summand(value: f64) -> String {
    match value {
        0.0 => String::new(),
        value if value < 0.0 => format!(" - {}", -value),
        value => format!(" + {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_have_no_needless_signs() {
        let layer = Layer { w1: 3.0, b1: 0.1, w2: 2.0, b2: -0.5 };
        assert_eq!(layer.formula(), "2 * f(3 * x + 0.1) - 0.5");
        assert_eq!(layer.straight_line(), "6 * x - 0.3");
        assert_eq!(Layer { b1: 0.0, b2: 0.0, ..layer }.formula(), "2 * f(3 * x)");
    }

    #[test]
    fn an_interval_goes_back_through_the_first_layer() {
        let layer = Layer { w1: -2.0, b1: 1.0, w2: 1.0, b2: 0.0 };
        assert_eq!(layer.inverse((-5.0, 5.0)), (-2.0, 3.0));
    }
}
