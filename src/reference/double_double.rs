//! Double-double arithmetic: a number as an unevaluated sum of two f64, about 31 digits.
//!
//! Used at the few points beside a zero where the terms of a formula cancel, so it is short rather than fast.
//! The algorithms are those of Dekker 1971 and Knuth (The Art of Computer Programming, volume 2), with the
//! exact product from a fused multiply-add.

use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Debug, Clone, Copy)]
pub(super) struct DoubleDouble {
    high: f64,
    low: f64,
}

const LN_2: DoubleDouble = DoubleDouble::new(std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);
const HALF_PI: DoubleDouble = DoubleDouble::new(std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17);

/// Terms of a Taylor series: for arguments up to pi / 4 the first one left out is below 1e-32.
const TERMS: u32 = 30;

impl DoubleDouble {
    pub(super) const fn new(high: f64, low: f64) -> Self {
        Self { high, low }
    }

    /// The product of two f64, exactly.
    pub(super) fn product(a: f64, b: f64) -> Self {
        Self { high: a * b, low: a.mul_add(b, -(a * b)) }
    }

    /// The sum of two f64, exactly.
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let shifted = high - a;
        Self { high, low: (a - (high - shifted)) + (b - shifted) }
    }

    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }

    /// e^x
    pub(super) fn exp(self) -> Self {
        let exponent = (self.high / LN_2.high).round();
        let reduced = self - LN_2 * exponent;
        let series = taylor(|k| reduced / f64::from(k));
        series * exponent.exp2()
    }

    /// e^x - 1 - x, for x < 1: the series near 0, where the terms cancel.
    pub(super) fn exp_excess(self) -> Self {
        if self.high < -0.5 {
            return self.exp() - 1.0 - self;
        }
        let series = taylor(|k| self / f64::from(k + 2));
        self * self * 0.5 * series
    }

    /// The sine and the cosine, for |x| below 2^20: beyond that, the reduction by pi / 2 loses digits.
    pub(super) fn sin_cos(self) -> (Self, Self) {
        let quarters = (self.high / HALF_PI.high).round();
        let reduced = self - HALF_PI * quarters;
        let square = -(reduced * reduced);
        let sin = reduced * taylor(|k| square / (f64::from(2 * k) * f64::from(2 * k + 1)));
        let cos = taylor(|k| square / (f64::from(2 * k - 1) * f64::from(2 * k)));
        match quarters.rem_euclid(4.0) {
            0.0 => (sin, cos),
            1.0 => (cos, -sin),
            2.0 => (-sin, -cos),
            _ => (-cos, sin),
        }
    }
}

/// 1 + q(1) (1 + q(2) (1 + ...)): a series by the quotients of its terms.
pub(super) fn taylor(quotient: impl Fn(u32) -> DoubleDouble) -> DoubleDouble {
    (1..=TERMS).rev().fold(DoubleDouble::from(1.0), |sum, k| sum * quotient(k) + 1.0)
}

impl From<f64> for DoubleDouble {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let middle = Self::sum(high.high, high.low + low.high);
        Self::sum(middle.high, middle.low + low.low)
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        Self::sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Add<f64> for DoubleDouble {
    type Output = Self;

    fn add(self, other: f64) -> Self {
        self + Self::from(other)
    }
}

impl Sub<f64> for DoubleDouble {
    type Output = Self;

    fn sub(self, other: f64) -> Self {
        self - Self::from(other)
    }
}

impl Mul<f64> for DoubleDouble {
    type Output = Self;

    fn mul(self, other: f64) -> Self {
        self * Self::from(other)
    }
}

impl Div<f64> for DoubleDouble {
    type Output = Self;

    fn div(self, divisor: f64) -> Self {
        let first = self.high / divisor;
        let rest = self - Self::product(first, divisor);
        Self::sum(first, rest.value() / divisor)
    }
}
