//! Checks as rows: several parameter values of one direction make one row if the table has one budget for them, and several tensors of one
//! function of rows.

use wgpu_activations::verify::{Check, RowCheck};
use wgpu_activations::{Floor, Storage};

use crate::terminal;

/// What was checked: an activation, or a function of rows.
pub(super) trait Checked {
    /// What its names are of.
    const WHAT: &str;

    fn shown(&self) -> Shown<'_>;
}

/// What the tables show of a check.
pub(super) struct Shown<'a> {
    pub(super) name: &'a str,
    pub(super) direction: &'a str,
    pub(super) storage: Storage,
    pub(super) max_ulp: f64,
    pub(super) budget: f64,
    pub(super) budget_of_table: Option<f64>,
    /// Whether an absolute error may stand in.
    pub(super) has_floor: bool,
    pub(super) pass: bool,
}

impl Checked for Check {
    const WHAT: &str = "activation";

    fn shown(&self) -> Shown<'_> {
        let Self { storage, max_ulp, budget, pass, .. } = *self;
        let (name, direction) = (&self.activation, &self.direction);
        let (budget_of_table, has_floor) = (self.budget_of_table(), self.floor.is_some());
        Shown { name, direction, storage, max_ulp, budget, budget_of_table, has_floor, pass }
    }
}

impl Checked for RowCheck {
    const WHAT: &str = "function";

    fn shown(&self) -> Shown<'_> {
        let Self { storage, max_ulp, budget, pass, .. } = *self;
        let (name, direction) = (&self.function, &self.direction);
        let budget_of_table = self.budget_of_table();
        Shown { name, direction, storage, max_ulp, budget, budget_of_table, has_floor: false, pass }
    }
}

/// The checks of each row. The rows of an activation stand together, in the order in which the checks come.
pub(super) fn of<'a, C: Checked>(checks: impl IntoIterator<Item = &'a C>) -> Vec<Vec<&'a C>> {
    let key = |check: &'a C| {
        let Shown { name, direction, storage, budget, budget_of_table, .. } = check.shown();
        (name, direction, storage, budget_of_table.unwrap_or(budget).to_bits())
    };
    let mut keyed: Vec<(_, Vec<&C>)> = Vec::new();
    for check in checks {
        let key = key(check);
        match keyed.iter_mut().find(|(other, _)| *other == key) {
            Some((_, row)) => row.push(check),
            None => keyed.push((key, vec![check])),
        }
    }
    let mut rows: Vec<Vec<&C>> = keyed.into_iter().map(|(_, row)| row).collect();
    // A run goes from parameter values to parameter values; a reader wants an activation's directions together.
    let names: Vec<&str> = rows.iter().map(|row| row[0].shown().name).collect();
    let directions: Vec<&str> = rows.iter().map(|row| row[0].shown().direction).collect();
    let place = |all: &[&str], one: &str| all.iter().position(|other| *other == one);
    rows.sort_by_key(|row| {
        let Shown { name, direction, storage, .. } = row[0].shown();
        (place(&names, name), place(&directions, direction), storage as u8)
    });
    rows
}

/// A failing one first, then that which comes nearest to its budget.
pub(super) fn worst<'a, C: Checked>(checks: &[&'a C]) -> &'a C {
    let rank = |check: &C| {
        let Shown { max_ulp, budget, pass, .. } = check.shown();
        (!pass, max_ulp / budget)
    };
    let worse = |a: &'a C, b: &'a C| {
        let ((fails, share), (other_fails, other_share)) = (rank(a), rank(b));
        let order = fails.cmp(&other_fails).then(share.total_cmp(&other_share));
        if order.is_lt() { b } else { a }
    };
    checks.iter().copied().fold(checks[0], worse)
}

/// `backward`, `backward f16`.
pub(super) fn direction(check: &impl Checked) -> String {
    let Shown { direction, storage, .. } = check.shown();
    if storage == Storage::F32 { direction.to_owned() } else { format!("{direction} {storage}") }
}

/// The table's budget, `2`; `2 (4)` where an adapter among these has more, `*` where an absolute error may stand in.
pub(super) fn budget<C: Checked>(row: &[&C]) -> String {
    let budgets = || row.iter().map(|check| check.shown().budget);
    let least = row[0].shown().budget_of_table.unwrap_or_else(|| budgets().fold(f64::INFINITY, f64::min));
    let most = budgets().fold(0.0, f64::max);
    let wider = if least < most { format!(" ({})", terminal::number(most)) } else { String::new() };
    let star = if row.iter().any(|check| check.shown().has_floor) { "*" } else { "" };
    format!("{}{star}{wider}", terminal::number(least))
}

/// To four decimals: an error above its budget must not look like one within.
pub(super) fn rounded_up(ulp: f64) -> f64 {
    (ulp * 1e4).ceil() / 1e4
}

/// Where an absolute error stands in for the relative one.
pub(super) fn floor(check: &Check) -> Option<String> {
    let Floor { absolute, interval: (from, to), mirrored, why, .. } = check.floor?;
    let both = if mirrored { " and their negatives" } else { "" };
    Some(format!(
        "{} {}: or an absolute error of {absolute:e} for inputs from {from} to {to}{both}: {why}",
        check.activation, check.direction
    ))
}

/// The largest error of a row among the checks of one column, marked where it is too much; empty where nothing was run.
pub(super) fn cell<C: Checked>(column: &[C], row: &[&C]) -> String {
    let own = |check: &&C| column.iter().any(|own| std::ptr::eq(own, *check));
    let own: Vec<&C> = row.iter().copied().filter(own).collect();
    if own.is_empty() {
        return String::new();
    }
    let Shown { max_ulp, pass, .. } = worst(&own).shown();
    let mark = if pass { "" } else { "!" };
    format!("{}{mark}", terminal::number(rounded_up(max_ulp)))
}
