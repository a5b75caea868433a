//! Checks as rows: several parameter values of one direction make one row if the table has one budget for them, and several tensors of one
//! function of rows.

use wgpu_activations::verify::{Check, RowCheck};
use wgpu_activations::{Floor, Storage};

use crate::terminal;

/// What the tables show of a check, whatever was checked.
pub(super) trait Checked {
    /// What its names are of.
    const WHAT: &str;

    fn name(&self) -> &str;
    fn direction(&self) -> &str;
    fn storage(&self) -> Storage;
    fn max_ulp(&self) -> f64;
    fn budget(&self) -> f64;
    fn budget_of_table(&self) -> Option<f64>;
    /// Whether an absolute error may stand in.
    fn has_floor(&self) -> bool;
    fn pass(&self) -> bool;
}

impl Checked for Check {
    const WHAT: &str = "activation";

    fn name(&self) -> &str {
        &self.activation
    }

    fn direction(&self) -> &str {
        &self.direction
    }

    fn storage(&self) -> Storage {
        self.storage
    }

    fn max_ulp(&self) -> f64 {
        self.max_ulp
    }

    fn budget(&self) -> f64 {
        self.budget
    }

    fn budget_of_table(&self) -> Option<f64> {
        self.budget_of_table()
    }

    fn has_floor(&self) -> bool {
        self.floor.is_some()
    }

    fn pass(&self) -> bool {
        self.pass
    }
}

impl Checked for RowCheck {
    const WHAT: &str = "function";

    fn name(&self) -> &str {
        &self.function
    }

    fn direction(&self) -> &str {
        &self.direction
    }

    fn storage(&self) -> Storage {
        self.storage
    }

    fn max_ulp(&self) -> f64 {
        self.max_ulp
    }

    fn budget(&self) -> f64 {
        self.budget
    }

    fn budget_of_table(&self) -> Option<f64> {
        self.budget_of_table()
    }

    fn has_floor(&self) -> bool {
        false
    }

    fn pass(&self) -> bool {
        self.pass
    }
}

/// The checks of each row. The rows of an activation stand together, in the order in which the checks come.
pub(super) fn of<'a, C: Checked>(checks: impl IntoIterator<Item = &'a C>) -> Vec<Vec<&'a C>> {
    let key = |check: &'a C| {
        let budget = check.budget_of_table().unwrap_or(check.budget());
        (check.name(), check.direction(), check.storage(), budget.to_bits())
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
    let names: Vec<&str> = rows.iter().map(|row| row[0].name()).collect();
    let directions: Vec<&str> = rows.iter().map(|row| row[0].direction()).collect();
    let place = |all: &[&str], one: &str| all.iter().position(|other| *other == one);
    rows.sort_by_key(|row| {
        let first = row[0];
        (place(&names, first.name()), place(&directions, first.direction()), first.storage() as u8)
    });
    rows
}

/// A failing one first, then that which comes nearest to its budget.
pub(super) fn worst<'a, C: Checked>(checks: &[&'a C]) -> &'a C {
    let share = |check: &C| check.max_ulp() / check.budget();
    let worse = |a: &'a C, b: &'a C| {
        let order = b.pass().cmp(&a.pass()).then(share(a).total_cmp(&share(b)));
        if order.is_lt() { b } else { a }
    };
    checks.iter().copied().fold(checks[0], worse)
}

/// `backward`, `backward f16`.
pub(super) fn direction(check: &impl Checked) -> String {
    match check.storage() {
        Storage::F32 => check.direction().to_owned(),
        storage => format!("{} {storage}", check.direction()),
    }
}

/// The table's budget, `2`; `2 (4)` where an adapter among these has more, `*` where an absolute error may stand in.
pub(super) fn budget<C: Checked>(row: &[&C]) -> String {
    let budgets = || row.iter().map(|check| check.budget());
    let least = row[0].budget_of_table().unwrap_or_else(|| budgets().fold(f64::INFINITY, f64::min));
    let most = budgets().fold(0.0, f64::max);
    let wider = if least < most { format!(" ({})", terminal::number(most)) } else { String::new() };
    let star = if row.iter().any(|check| check.has_floor()) { "*" } else { "" };
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
    let worst = worst(&own);
    let mark = if worst.pass() { "" } else { "!" };
    format!("{}{mark}", terminal::number(rounded_up(worst.max_ulp())))
}
