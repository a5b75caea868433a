//! How far results may be from the exact ones.

/// How far a result may be from the exact one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Bound {
    /// In units in the last place of the exact result, on an adapter whose division is correctly rounded.
    pub ulp: f64,
    /// For each ULP that the adapter's division is further off than half of one, the result may be further off by so many.
    pub by_division: f64,
    /// Beside a zero where terms cancel, an absolute error may take over.
    pub floor: Option<Floor>,
    /// The inputs that the bound speaks of, both ends included. `None`: all inputs.
    pub domain: Option<(f64, f64)>,
    /// Where results lie for other finite inputs (for a gradient: times dy), both ends included.
    pub beyond: (f64, f64),
}

/// An absolute error that replaces the relative one near a zero of a derivative, where terms cancel.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Floor {
    /// The error that is allowed (for a gradient: times |dy|).
    pub absolute: f64,
    /// The inputs for which it is allowed, both ends included.
    pub interval: (f64, f64),
    /// Whether it is allowed for the negatives of those inputs, too.
    pub mirrored: bool,
    /// Why no relative bound holds there.
    pub why: &'static str,
}

impl Bound {
    /// The result is the exact one, rounded once.
    pub(crate) const ROUNDED_ONCE: Self = Self::ulp(0.5);

    pub(crate) const fn ulp(ulp: f64) -> Self {
        Self { ulp, by_division: 0.0, floor: None, domain: None, beyond: (f32::MIN as f64, f32::MAX as f64) }
    }

    /// The bound of a result that a quotient's error reaches with this factor.
    pub(crate) const fn dividing(self, by_division: f64) -> Self {
        Self { by_division, ..self }
    }

    /// The bound on an adapter whose division is off by up to so many ULP. What cancels beside a zero is off in proportion.
    #[must_use]
    pub fn where_division_is_within(self, ulp: f64) -> Self {
        let wider = self.ulp + self.by_division * (ulp - 0.5);
        let floor = self.floor.map(|floor| Floor { absolute: floor.absolute * (wider / self.ulp), ..floor });
        Self { ulp: wider, floor, ..self }
    }

    /// The bound for inputs of at most this magnitude. Beyond, results are finite.
    pub(crate) const fn up_to(self, magnitude: f64) -> Self {
        Self { domain: Some((-magnitude, magnitude)), ..self }
    }

    /// And beyond the domain, results lie between these.
    pub(crate) const fn then_between(self, low: f64, high: f64) -> Self {
        Self { beyond: (low, high), ..self }
    }

    pub(crate) const fn with_floor(self, absolute: f64, interval: (f64, f64), why: &'static str) -> Self {
        Self { floor: Some(Floor { absolute, interval, mirrored: false, why }), ..self }
    }

    /// As [`Bound::with_floor`], on both sides of 0.
    pub(crate) const fn with_mirrored_floor(
        self,
        absolute: f64,
        interval: (f64, f64),
        why: &'static str,
    ) -> Self {
        Self { floor: Some(Floor { absolute, interval, mirrored: true, why }), ..self }
    }

    /// The absolute error that is allowed at this input; 0 for none.
    #[must_use]
    pub fn floor_at(&self, x: f64) -> f64 {
        self.floor.filter(|floor| floor.covers(x)).map_or(0.0, |floor| floor.absolute)
    }

    /// Whether the bound speaks of this input: elsewhere a result is only known to lie between two values.
    #[must_use]
    pub fn speaks_of(&self, x: f64) -> bool {
        self.domain.is_none_or(|(low, high)| low <= x && x <= high)
    }
}

impl Floor {
    /// Whether it is allowed at this input.
    #[must_use]
    pub fn covers(&self, x: f64) -> bool {
        let within = |x: f64| self.interval.0 <= x && x <= self.interval.1;
        within(x) || (self.mirrored && within(-x))
    }
}

/// The bounds of an activation's directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Budget {
    pub(crate) forward: Bound,
    pub(crate) backward: Bound,
    pub(crate) from_output: Bound,
}

impl Budget {
    pub(crate) const fn ulp(forward: f64, backward: f64, from_output: f64) -> Self {
        Self {
            forward: Bound::ulp(forward),
            backward: Bound::ulp(backward),
            from_output: Bound::ulp(from_output),
        }
    }

    /// The factors with which a quotient's error reaches each direction's result.
    pub(crate) const fn dividing(self, forward: f64, backward: f64, from_output: f64) -> Self {
        Self {
            forward: self.forward.dividing(forward),
            backward: self.backward.dividing(backward),
            from_output: self.from_output.dividing(from_output),
        }
    }

    /// Every direction selects, or rounds once.
    pub(crate) const fn rounded_once() -> Self {
        Self::ulp(0.5, 0.5, 0.5)
    }
}
