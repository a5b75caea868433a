//! What a run found.

use std::fmt;

use crate::operation::Function;
use crate::storage::Storage;
use crate::table::Floor;
use crate::verify::adapter::Adapter;
use crate::verify::backend::Backend;
use crate::verify::case::Case;
#[cfg(feature = "serde")]
use crate::verify::null;
use crate::verify::probe::Probe;
use crate::verify::rows::RowCheck;
use crate::verify::ulp::Statistics;

/// What a run found, and on what.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Report {
    /// The adapter that was checked.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub adapter: Adapter,
    /// Whether every f32 was an input, with the default parameters; else a grid of inputs, with several parameter values.
    pub exhaustive: bool,
    /// Its arithmetic, measured first; `None` where that is not in question.
    pub probe: Option<Probe>,
    /// One entry for each activation, its parameters, and direction.
    pub checks: Vec<Check>,
    /// One entry for each function of rows, tensor, and direction; none where these were not checked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rows: Vec<RowCheck>,
}

impl Report {
    /// A report of these checks, and of none of rows.
    #[must_use]
    pub fn new(adapter: Adapter, exhaustive: bool, probe: Option<Probe>, checks: Vec<Check>) -> Self {
        Self { adapter, exhaustive, probe, checks, rows: Vec::new() }
    }

    /// Whether every check was within its budget, and there was one.
    #[must_use]
    pub fn passed(&self) -> bool {
        let rows = self.rows.iter().map(|check| check.pass);
        let mut passes = self.checks.iter().map(|check| check.pass).chain(rows).peekable();
        passes.peek().is_some() && passes.all(|pass| pass)
    }
}

/// The adapter, then the checks that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elements = self.checks.iter().filter(|check| !check.pass).map(ToString::to_string);
        let rows = self.rows.iter().filter(|check| !check.pass).map(ToString::to_string);
        let failed: Vec<String> = elements.chain(rows).collect();
        let total = self.checks.len() + self.rows.len();
        writeln!(f, "{}: {} of {total} checks failed", self.adapter, failed.len())?;
        failed.iter().try_for_each(|check| writeln!(f, "{check}"))
    }
}

/// One activation with its parameters, in one direction.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Check {
    /// The activation's name.
    pub activation: String,
    /// The activation with its parameters, as it is parsed.
    pub parameters: String,
    /// `forward`, `backward`, `backward_from_output`, `backward_PARAMETER`.
    pub direction: String,
    /// How the elements lay in memory.
    pub storage: Storage,
    /// The number of results compared.
    pub inputs: u64,
    /// The largest error, in ulp of the exact result; infinite for a NaN that should not be, or is missing. (JSON: null.)
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::infinite"))]
    pub max_ulp: f64,
    /// 99.9 % of all errors are no larger.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::infinite"))]
    pub p999_ulp: f64,
    /// The x (or y) of the largest error.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_input: f32,
    /// The dy of the largest error; 1 forward.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_dy: f32,
    /// What came out there.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_got: f32,
    /// What should have.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_exact: f64,
    /// The largest error allowed, in ulp.
    pub budget: f64,
    /// Where an absolute error is allowed instead. There, errors are scaled so that the whole floor counts as the budget.
    #[cfg_attr(feature = "serde", serde(skip_deserializing))]
    pub floor: Option<Floor>,
    /// Whether the largest error is within the budget.
    pub pass: bool,
}

impl Check {
    pub(crate) fn new(case: &Case, backend: Backend, statistics: &Statistics) -> Self {
        let bound = backend.bound(case);
        let (worst_input, worst_dy, worst_got, worst_exact) =
            statistics.worst.unwrap_or((f32::NAN, f32::NAN, f32::NAN, f64::NAN));
        Self {
            activation: case.name().to_owned(),
            parameters: case.function.to_string(),
            direction: case.direction_name(),
            storage: case.storage,
            inputs: statistics.count,
            max_ulp: statistics.max,
            p999_ulp: statistics.quantile(0.999),
            worst_input,
            worst_dy,
            worst_got,
            worst_exact,
            budget: bound.ulp,
            floor: bound.floor,
            // Nothing compared is nothing proved.
            pass: statistics.count > 0 && statistics.max <= bound.ulp,
        }
    }

    /// Whether this is of an activation by itself: no gate, no learned parameters.
    #[must_use]
    pub fn is_elementwise(&self) -> bool {
        let own = |case: Case| matches!(case.function, Function::Activation(_)) && !case.learned;
        self.case().is_some_and(own)
    }

    /// What was checked; `None` if this build has no such case.
    fn case(&self) -> Option<Case> {
        Case::find(&self.parameters, &self.direction, self.storage)
    }

    /// The budget that the table states: that of an adapter whose division is correctly rounded. `None` if this build has no such case.
    #[must_use]
    pub fn budget_of_table(&self) -> Option<f64> {
        self.case().map(|case| case.bound().ulp)
    }

    /// What was measured, perhaps by an earlier run, held to the bounds of this build for such an adapter with such arithmetic. `None` if
    /// it has no such case.
    #[must_use]
    pub fn held_to_table(self, adapter: &Adapter, probe: Option<&Probe>) -> Option<Self> {
        let bound = Backend::of(adapter, probe).bound(&self.case()?);
        let pass = self.inputs > 0 && self.max_ulp <= bound.ulp;
        Some(Self { budget: bound.ulp, floor: bound.floor, pass, ..self })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}: {:.3} ulp at x = {:e}, dy = {:e}: got {:e}, exact {:e} (budget {})",
            self.parameters,
            self.direction,
            self.storage,
            self.max_ulp,
            self.worst_input,
            self.worst_dy,
            self.worst_got,
            self.worst_exact,
            self.budget
        )
    }
}
