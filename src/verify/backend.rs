//! What computes, and how near to the exact results it promises to be.

use crate::operation::Direction;
use crate::table::Bound;
use crate::verify::adapter::Adapter;
use crate::verify::case::Case;
use crate::verify::probe::Probe;

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A kernel on an adapter, held to the budgets of the table's rows.
    Gpu {
        /// Whether its division is correctly rounded; if not, it is within what WGSL allows.
        rounds_quotients: bool,
    },
    /// The library on the CPU, held to one bound of its own.
    Cpu,
}

/// How far WGSL lets a division be off, in ULP.
pub(crate) const DIVISION_ULP: f64 = 2.5;

impl Backend {
    /// What such an adapter is, if its arithmetic is this. Without a probe, its division is taken to be no better than WGSL's.
    pub(crate) fn of(adapter: &Adapter, probe: Option<&Probe>) -> Self {
        let rounds_quotients = probe.is_some_and(|probe| probe.divide_ulp <= 0.5);
        if adapter.is_cpu() { Self::Cpu } else { Self::Gpu { rounds_quotients } }
    }

    /// What the CPU promises of every result, without a floor and in every storage: a rounding once from f64, and to 16 bits once
    /// more, which the f32 before puts off by less than 2^-13 ulp.
    pub(crate) const CPU_ULP: f64 = 0.501;

    /// A row's bound may end where an angle has lost its digits. On the CPU they last so many times as far.
    const FARTHER: f64 = 1000.0;

    /// How far results of this case may be from the exact ones. Of a gate, a GPU's are in ulp of the activation beside one rounding of
    /// the product, the CPU's in ulp of the result.
    pub(crate) fn bound(self, case: &Case) -> Bound {
        match (self, case.direction) {
            (Self::Gpu { rounds_quotients: true }, _) => case.bound(),
            (Self::Gpu { .. }, _) => case.bound().where_division_is_within(DIVISION_ULP),
            // In units of 2^-23 of the sum of the terms' magnitudes: see `Cpu::parameter_gradient`.
            (Self::Cpu, Direction::ParameterGradient(_)) => Bound::ulp(1.0),
            (Self::Cpu, _) => Self::cpu_bound(case.bound()),
        }
    }

    fn cpu_bound(row: Bound) -> Bound {
        let domain = row.domain.map(|(low, high)| (Self::FARTHER * low, Self::FARTHER * high));
        Bound { domain, beyond: row.beyond, ..Bound::ulp(Self::CPU_ULP) }
    }
}
