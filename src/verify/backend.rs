//! What computes, and how near to the exact results it promises to be.

use crate::formula::node::Binary;
use crate::operation::Direction;
use crate::plan::sums::parameter_gradient_error;
use crate::storage::Storage;
use crate::table::{Bound, Floor};
use crate::verify::adapter::Adapter;
use crate::verify::case::Case;
use crate::verify::probe::{DIVISION_ULP, Probe};
use crate::verify::ulp::{Format, SMALLEST_NORMAL};

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

    /// The numbers of a storage type, as this backend makes them: short functions are the GPU's.
    pub(crate) fn format(self, storage: Storage) -> Format {
        match self {
            Self::Gpu { .. } => Format::of(storage),
            Self::Cpu => Format::of(storage).of_full_range(),
        }
    }

    fn cpu_bound(row: Bound) -> Bound {
        let domain = row.domain.map(|(low, high)| (Self::FARTHER * low, Self::FARTHER * high));
        Bound { domain, beyond: row.beyond, ..Bound::ulp(Self::CPU_ULP) }
    }
}

/// What the nodes of a formula may be off by.
impl Backend {
    /// What the CPU's functions promise of a value that stays f64, in ULP of f32: that of a result less its rounding.
    const CPU_NODE_ULP: f64 = Self::CPU_ULP - 0.5;

    /// Beside a zero of a derivative, of inputs that no f32 is: as a part of the row's floor.
    const CPU_FLOOR: f64 = 1.0 / (1 << 20) as f64;

    /// 2^-150: what the CPU takes for 0, as f32 does, where it is a value or a factor on the way.
    const CPU_SMALLEST: f64 = f64::from_bits((1023 - 150) << 52);

    /// A function's bound.
    pub(crate) fn of_node(self, row: Bound) -> Bound {
        match self {
            // As the operator's.
            Self::Gpu { .. } => row.where_division_is_within(DIVISION_ULP),
            Self::Cpu => Bound {
                ulp: Self::CPU_NODE_ULP,
                floor: row.floor.map(|floor| Floor { absolute: Self::CPU_FLOOR * floor.absolute, ..floor }),
                ..Self::cpu_bound(row)
            },
        }
    }

    /// The rounding of an operation with this result.
    pub(crate) fn operation(self, binary: Binary, value: f64) -> f64 {
        let half = 0.5 * Format::F32.ulp(value);
        match (self, binary) {
            (Self::Cpu, _) | (Self::Gpu { .. }, Binary::Minimum | Binary::Maximum) => 0.0,
            (Self::Gpu { .. }, Binary::Divide | Binary::Over) => 2.0 * DIVISION_ULP * half,
            (Self::Gpu { .. }, _) => half,
        }
    }

    /// That of a node in f64, operands included: an angle that is large loses that much wherever it is reduced. The oracle rounds, too.
    pub(crate) fn keeping(self, value: f64) -> f64 {
        match self {
            Self::Gpu { .. } => 0.0,
            Self::Cpu => f64::EPSILON * value.abs(),
        }
    }

    /// Whether sums of products with a common factor may become products of sums: WGSL allows it.
    pub(crate) fn regroups(self) -> bool {
        matches!(self, Self::Gpu { .. })
    }

    /// What is lost where a node has this value.
    pub(crate) fn flushing(self, value: f64) -> f64 {
        match self {
            Self::Gpu { .. } if value != 0.0 && value.abs() < self.flushes_below() => SMALLEST_NORMAL,
            Self::Cpu if value != 0.0 => Self::CPU_SMALLEST,
            _ => 0.0,
        }
    }

    /// Values, and derivatives, that may count as 0.
    pub(crate) fn flushes_below(self) -> f64 {
        match self {
            Self::Gpu { .. } => 2.0 * SMALLEST_NORMAL,
            Self::Cpu => Self::CPU_SMALLEST,
        }
    }

    /// Whether a small second factor of `chain` counts as 0 even where the product would not.
    pub(crate) fn shuts_factors(self) -> bool {
        self == Self::Cpu
    }

    /// The rounding of a result of a formula in this storage. What a GPU rounds to f32 is that of the last node.
    pub(crate) fn storing(self, storage: Storage, exact: f64) -> f64 {
        let half = |storage| 0.5 * Format::of(storage).ulp(exact);
        let to_storage = if storage == Storage::F32 { 0.0 } else { half(storage) };
        match self {
            Self::Gpu { .. } => to_storage + Format::of(storage).smallest(),
            Self::Cpu => to_storage + half(Storage::F32),
        }
    }

    /// The error of a sum of so many terms, with magnitudes of this sum.
    pub(crate) fn summing(self, terms: u64, size: f64, exact: f64) -> f64 {
        match self {
            Self::Gpu { .. } => SMALLEST_NORMAL + parameter_gradient_error(terms) * size,
            Self::Cpu => self.storing(Storage::F32, exact) + terms as f64 * f64::EPSILON * size,
        }
    }
}
