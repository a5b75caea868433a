//! How wrong a result is, and statistics over many.

use crate::storage::Storage;
use crate::table::Bound;

/// The smallest normal f32. Below it an adapter may flush to zero, so errors up to it do not count.
pub(crate) const SMALLEST_NORMAL: f64 = 1.175_494_350_822_287_5e-38;

/// The numbers of a storage type, as far as errors go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Format {
    /// Significant bits.
    digits: u64,
    /// The smallest normal number.
    smallest: f64,
    /// The first power of two that is too large.
    limit: f64,
    /// See [`Format::vanishing`].
    vanishing: f64,
    /// See [`Format::flushed`].
    flushed: f64,
}

impl Format {
    pub(crate) const F32: Self = Self {
        digits: 24,
        smallest: SMALLEST_NORMAL,
        limit: power_of_two(128),
        vanishing: SMALLEST_NORMAL,
        flushed: SMALLEST_NORMAL,
    };
    const F16: Self = Self {
        digits: 11,
        smallest: power_of_two(-14),
        limit: power_of_two(16),
        vanishing: power_of_two(-57),
        flushed: SMALLEST_NORMAL,
    };
    const BF16: Self =
        Self { digits: 8, vanishing: power_of_two(-116), flushed: power_of_two(-116), ..Self::F32 };

    pub(crate) const fn of(storage: Storage) -> Self {
        match storage {
            Storage::F32 => Self::F32,
            Storage::F16 => Self::F16,
            Storage::Bf16 => Self::BF16,
        }
    }

    /// The same of results that were computed without short functions: they vanish and are flushed where f32's are.
    pub(crate) const fn of_full_range(self) -> Self {
        Self { vanishing: Self::F32.vanishing, flushed: Self::F32.flushed, ..self }
    }

    /// The distance between neighbouring numbers around this one.
    pub(crate) fn ulp(self, exact: f64) -> f64 {
        1.0 / self.per_ulp(exact)
    }

    /// The largest number.
    pub(crate) fn largest(self) -> f64 {
        self.limit * (1.0 - 0.5f64.powi(self.digits as i32))
    }

    /// The smallest normal number.
    pub(crate) const fn smallest(self) -> f64 {
        self.smallest
    }

    /// What may count as 0 where an infinity or NaN arrives: what an adapter may flush; in f16 what is 0 after any product with dy and a
    /// gate's value, which are at most 2^16.
    pub(crate) const fn vanishing(self) -> f64 {
        self.vanishing
    }

    /// Below it a result may be 0: an adapter may flush what is subnormal. bf16 reaches as far as f32, and its short functions do not keep
    /// intermediate values above that: a thousandth of a result may be flushed.
    pub(crate) const fn flushed(self) -> f64 {
        self.flushed
    }

    /// A result as a number: infinity stands for the first power of two that is too large.
    pub(crate) fn number(self, got: f32) -> f64 {
        within(self.limit, got.into())
    }

    /// The distance of a result from what it should be; infinite where one of them is NaN and the other is not.
    pub(crate) fn absolute_error(self, got: f32, exact: f64) -> f64 {
        match (got.is_nan(), exact.is_nan()) {
            (false, false) => (self.number(got) - within(self.limit, exact)).abs(),
            (true, true) => 0.0,
            _ => f64::INFINITY,
        }
    }

    /// One over the distance between neighbouring numbers around `exact`: at least the smallest subnormal, and that below the
    /// limit from there on. By the exponent field: right at exact powers of two, unlike through a logarithm.
    #[inline]
    fn per_ulp(self, exact: f64) -> f64 {
        let size = exact.abs();
        let size = if size > self.smallest { size } else { self.smallest };
        let largest = 0.5 * self.limit;
        let size = if size < largest { size } else { largest };
        f64::from_bits(((2 * BIAS + self.digits - 1) << 52) - (size.to_bits() & (0x7ff << 52)))
    }
}

const fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(BIAS.wrapping_add_signed(exponent) << 52)
}

/// The error of `got` in ulp of `exact`, that is of the distance between neighbouring numbers there; NaN where one of them is.
/// Infinity counts as the first power of two that the format cannot hold, in both.
///
/// An exhaustive run comes here 2^32 times for each direction: no branches, and nothing that the compiler could not do for
/// several results at once.
#[inline]
pub(crate) fn ulp_error_or_nan(format: Format, got: f32, exact: f64) -> f64 {
    let (got, exact) = (format.number(got), within(format.limit, exact));
    (got - exact).abs() * format.per_ulp(exact)
}

/// The same, but infinite where one of them is NaN and the other is not.
pub(crate) fn ulp_error(format: Format, got: f32, exact: f64) -> f64 {
    let error = ulp_error_or_nan(format, got, exact);
    match (got.is_nan(), exact.is_nan()) {
        (false, false) => error,
        (true, true) => 0.0,
        _ => f64::INFINITY,
    }
}

/// Of an f64's exponent.
const BIAS: u64 = 1023;

/// A number that is no further from 0 than the limit; NaN stays.
#[inline]
fn within(limit: f64, number: f64) -> f64 {
    let number = if number > limit { limit } else { number };
    if number < -limit { -limit } else { number }
}

/// One result against the exact value that it should have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    format: Format,
    /// f(x), or f'(x) times dy.
    pub(crate) exact: f64,
    /// An absolute error that is allowed here.
    pub(crate) floor: f64,
    /// An absolute error below which the result counts as flushed: [`Format::flushed`], or for a gradient at least |dy| times that where the
    /// derivative is below it.
    pub(crate) flushed: f64,
    /// Whether the derivative is one that f32 does not have: infinite, and so is its product with any dy.
    pub(crate) overflows: bool,
}

impl Expected {
    /// The error in ulp. An error within a floor is scaled so that the whole floor counts as the budget.
    pub(crate) fn error(&self, got: f32, budget: f64) -> f64 {
        let relative = ulp_error(self.format, got, self.exact);
        // Most results are right to an ulp: nothing more to ask.
        if relative <= 0.5 {
            return relative;
        }
        if self.overflows && f64::from(got) == self.exact.signum() * f64::INFINITY {
            return 0.0;
        }
        let absolute = (f64::from(got) - self.exact).abs();
        if self.exact.abs() < self.flushed && absolute <= self.flushed {
            return 0.0;
        }
        if self.floor > 0.0 && absolute.is_finite() {
            return relative.min(budget * absolute / self.floor);
        }
        relative
    }

    /// f(x) within this bound.
    pub(crate) fn value(format: Format, exact: f64, at: f64, bound: &Bound) -> Self {
        let floor = rounded_floor(format, bound.floor_at(at), exact);
        Self { format, exact, floor, flushed: format.flushed(), overflows: false }
    }

    /// derivative * dy. A derivative of exactly zero leaves no room: the result is zero whatever dy is.
    pub(crate) fn gradient(format: Format, derivative: f64, dy: f64, at: f64, bound: &Bound) -> Self {
        if derivative == 0.0 {
            return Self { format, exact: 0.0, floor: 0.0, flushed: 0.0, overflows: false };
        }
        let scale = if derivative.abs() < format.flushed() { dy.abs().max(1.0) } else { 1.0 };
        let exact = derivative * dy;
        Self {
            format,
            exact,
            floor: rounded_floor(format, bound.floor_at(at) * dy.abs(), exact),
            flushed: format.flushed() * scale,
            overflows: derivative.abs() > f32::MAX.into(),
        }
    }
}

/// A floor is the error of an f32. Rounding that to 16 bits comes on top.
pub(crate) fn rounded_floor(format: Format, floor: f64, exact: f64) -> f64 {
    if floor == 0.0 || format == Format::F32 { floor } else { floor + 0.5 / format.per_ulp(exact) }
}

/// Bins of the histogram in an ulp.
const BINS_PER_ULP: f64 = 64.0;
/// The histogram's end: what is worse falls into the last bin.
const BINS: usize = 64 * 64;

/// Errors of many results: how many, how large, and where the worst one is.
#[derive(Debug, Clone)]
pub(crate) struct Statistics {
    pub(crate) count: u64,
    pub(crate) max: f64,
    /// x (or y) and dy where the error is largest, and what came of it: (x, dy, got, exact).
    pub(crate) worst: Option<(f32, f32, f32, f64)>,
    histogram: Vec<u64>,
}

impl Default for Statistics {
    fn default() -> Self {
        Self { count: 0, max: 0.0, worst: None, histogram: vec![0; BINS] }
    }
}

impl Statistics {
    /// Adds results without any error.
    pub(crate) fn add_right(&mut self, count: u64) {
        self.count += count;
        self.histogram[0] += count;
    }

    #[inline]
    pub(crate) fn add(&mut self, error: f64, x: f32, dy: f32, got: f32, exact: f64) {
        self.count += 1;
        if self.worst.is_none() || error > self.max {
            self.max = error;
            self.worst = Some((x, dy, got, exact));
        }
        // Saturates: an infinite error is in the last bin.
        self.histogram[((error * BINS_PER_ULP) as usize).min(BINS - 1)] += 1;
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        if self.worst.is_none() || other.max > self.max {
            self.max = other.max;
            self.worst = other.worst;
        }
        self.count += other.count;
        for (bin, more) in self.histogram.iter_mut().zip(other.histogram) {
            *bin += more;
        }
        self
    }

    /// The error that this share of results does not exceed: the upper edge of its bin, at most the largest error.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (bin, count) in self.histogram[..BINS - 1].iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return ((bin + 1) as f64 / BINS_PER_ULP).min(self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ulp_is_that_of_the_exact_result() {
        assert_eq!(ulp_error(Format::F32, 1.0 + f32::EPSILON, 1.0), 1.0);
        assert_eq!(
            ulp_error(Format::F32, 1.0 - f32::EPSILON / 2.0, 1.0),
            0.5,
            "ulp of 1, not of the number below it"
        );
        assert_eq!(ulp_error(Format::F32, 1.0, 1.0 + f64::from(f32::EPSILON) / 4.0), 0.25);
        assert_eq!(ulp_error(Format::F32, f32::from_bits(3), f64::from(f32::from_bits(1))), 2.0);
        assert_eq!(ulp_error(Format::F32, 0.0, 0.0), 0.0);
        assert_eq!(ulp_error(Format::F32, -0.0, 0.0), 0.0);
        assert_eq!(ulp_error(Format::F32, 1.0, 0.0), 2f64.powi(149));
        assert_eq!(ulp_error(Format::F32, -f32::MAX, f64::from(f32::MIN.next_up())), 1.0);
        assert_eq!(ulp_error(Format::F32, f32::MIN_POSITIVE, 2f64.powi(-126) - 2f64.powi(-150)), 0.5);
    }

    #[test]
    fn sixteen_bits_have_ulps_of_their_own() {
        let (f16, bf16) = (Format::of(Storage::F16), Format::of(Storage::Bf16));
        assert_eq!(ulp_error(f16, 1.0, 1.0 + 2f64.powi(-11)), 0.5);
        assert_eq!(ulp_error(f16, 0.0, 2f64.powi(-24)), 1.0);
        assert_eq!(ulp_error(f16, f32::INFINITY, 65520.0), 0.5);
        assert_eq!(ulp_error(f16, f32::INFINITY, 1e9), 0.0);
        assert_eq!(ulp_error(bf16, 1.0, 1.0 + 2f64.powi(-8)), 0.5);
        assert_eq!(ulp_error(bf16, f32::INFINITY, 1e39), 0.0);
        assert_eq!(ulp_error(bf16, 0.0, 2f64.powi(-133)), 1.0);
    }

    #[test]
    fn nan_and_infinity_are_errors_unless_expected() {
        assert_eq!(ulp_error(Format::F32, f32::NAN, 1.0), f64::INFINITY);
        assert_eq!(ulp_error(Format::F32, 1.0, f64::NAN), f64::INFINITY);
        assert_eq!(ulp_error(Format::F32, f32::NAN, f64::NAN), 0.0);
        assert_eq!(ulp_error(Format::F32, f32::INFINITY, f64::INFINITY), 0.0);
        assert!(ulp_error(Format::F32, f32::INFINITY, 1e38) > 1e6);
        assert!(ulp_error(Format::F32, f32::MAX, f64::INFINITY) >= 1.0);
        assert_eq!(ulp_error(Format::F32, f32::NEG_INFINITY, -1e39), 0.0, "an overflow that is right");
        assert!(ulp_error(Format::F32, f32::NEG_INFINITY, f64::INFINITY) > 1e6);
    }

    #[test]
    fn a_zero_derivative_passes_nothing_on() {
        let bound = Bound::ulp(4.0).with_floor(1.0, (-10.0, 10.0), "");
        let expected = Expected::gradient(Format::F32, 0.0, 1e6, 0.0, &bound);
        assert_eq!(expected.error(0.0, 4.0), 0.0);
        assert!(expected.error(1e-30, 4.0) > 1e6, "no floor stands in for an exact zero");
        assert_eq!(expected.error(f32::NAN, 4.0), f64::INFINITY);
    }

    #[test]
    fn a_floor_holds_in_its_interval_only_and_can_be_missed() {
        let bound = Bound::ulp(4.0).with_floor(1e-9, (-1.0, 1.0), "");
        let at = |x| Expected::gradient(Format::F32, 1e-12, 1.0, x, &bound);
        assert!(at(0.5).error(5e-10, 4.0) <= 4.0);
        assert!(at(0.5).error(2e-9, 4.0) > 4.0);
        assert!(at(1.5).error(5e-10, 4.0) > 4.0);
    }

    #[test]
    fn a_derivative_beyond_f32_may_be_infinite_with_the_right_sign_only() {
        let expected = Expected::gradient(Format::F32, 1e39, -1e-3, 0.0, &Bound::ulp(1.0));
        assert_eq!(expected.error(f32::NEG_INFINITY, 1.0), 0.0);
        assert_eq!(expected.error(-1e36, 1.0).round(), 0.0, "and the product itself is right, too");
        assert!(expected.error(f32::INFINITY, 1.0) > 1e6);
        assert_eq!(expected.error(f32::NAN, 1.0), f64::INFINITY);
        let within = Expected::gradient(Format::F32, 1e38, -1e-3, 0.0, &Bound::ulp(1.0));
        assert!(within.error(f32::NEG_INFINITY, 1.0) > 1e6);
    }

    #[test]
    fn quantiles_are_upper_edges_of_bins() {
        let mut statistics = Statistics::default();
        for index in 0..1000 {
            statistics.add(if index < 999 { 0.25 } else { 3.0 }, index as f32, 1.0, 0.0, 0.0);
        }
        assert_eq!(statistics.quantile(0.999), 0.265_625);
        assert_eq!(statistics.quantile(1.0), 3.0);
        assert_eq!(statistics.worst.map(|worst| worst.0), Some(999.0));
    }
}
