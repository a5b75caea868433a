//! An axis: from where to where, and its ticks.

/// The part of the height that stays free above and below a curve.
const MARGIN: f64 = 0.06;
/// How many ticks an axis has at most.
const MOST_TICKS: f64 = 8.0;

/// From, to.
pub(crate) type Interval = (f64, f64);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Axis {
    /// Shows these values, and 0, with room around them.
    pub(crate) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) =
            values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        // A function that is 0 throughout has a line in the middle.
        let (low, high) = if high > low { (low, high) } else { (-1.0, 1.0) };
        let margin = MARGIN * (high - low);
        Self { from: low - margin, to: high + margin }
    }

    pub(crate) fn length(&self) -> f64 {
        self.to - self.from
    }

    /// 0 at its beginning, 1 at its end.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        (value - self.from) / self.length()
    }

    pub(crate) fn contains(&self, value: f64) -> bool {
        self.from <= value && value <= self.to
    }

    /// Round numbers, each with its text.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let step = self.step();
        let first = (self.from / step).ceil();
        let count = ((self.to / step).floor() - first).max(0.0) as u32;
        let values = (0..=count).map(|index| (first + f64::from(index)) * step);
        values.map(|value| (value, text(value, step))).collect()
    }

    /// 1, 2 or 5 times a power of ten.
    fn step(&self) -> f64 {
        let least = self.length() / MOST_TICKS;
        let power = 10f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter().find(|step| *step >= least);
        step.unwrap_or(10.0 * power)
    }
}

/// With as many decimals as the step needs, and a minus sign instead of a hyphen.
fn text(value: f64, step: f64) -> String {
    let largest = value.abs().max(step);
    let text = if value == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e6).contains(&largest) {
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        format!("{value:.decimals$}")
    } else {
        let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
        format!("{rounded:e}")
    };
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(from: f64, to: f64) -> Vec<String> {
        Axis { from, to }.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(texts(-5.0, 5.0), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(texts(-0.06, 1.06), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(0.0, 3e38), ["0", "5e37", "1e38", "1.5e38", "2e38", "2.5e38", "3e38"]);
    }

    #[test]
    fn an_axis_shows_zero_and_leaves_room() {
        let axis = Axis::around([2.0, 5.0].into_iter());
        assert!(axis.from < 0.0 && axis.to > 5.0);
        assert!(Axis::around([].into_iter()).length() > 0.5);
        assert_eq!(axis.fraction(axis.from), 0.0);
    }
}
