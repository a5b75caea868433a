//! Checks as rows: several parameter values of one direction make one row if the table has one budget for them.

use wgpu_activations::verify::Check;
use wgpu_activations::{Floor, Storage};

use crate::terminal;

/// The checks of each row. An activation's rows stand together, in the order in which the checks come.
pub(super) fn of<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Vec<Vec<&'a Check>> {
    let key = |check: &'a Check| {
        let budget = check.budget_of_table().unwrap_or(check.budget);
        (&check.activation, &check.direction, check.storage, budget.to_bits())
    };
    let mut keyed: Vec<(_, Vec<&Check>)> = Vec::new();
    for check in checks {
        let key = key(check);
        match keyed.iter_mut().find(|(other, _)| *other == key) {
            Some((_, row)) => row.push(check),
            None => keyed.push((key, vec![check])),
        }
    }
    let mut rows: Vec<Vec<&Check>> = keyed.into_iter().map(|(_, row)| row).collect();
    // A run goes from parameter values to parameter values; a reader wants an activation's directions together.
    let firsts: Vec<String> = rows.iter().map(|row| row[0].activation.clone()).collect();
    let directions: Vec<String> = rows.iter().map(|row| row[0].direction.clone()).collect();
    let place = |all: &[String], one: &String| all.iter().position(|other| other == one);
    rows.sort_by_key(|row| {
        (place(&firsts, &row[0].activation), place(&directions, &row[0].direction), row[0].storage as u8)
    });
    rows
}

/// A failing one first, then that which comes nearest to its budget.
pub(super) fn worst<'a>(checks: &[&'a Check]) -> &'a Check {
    let share = |check: &Check| check.max_ulp / check.budget;
    let worse = |a: &'a Check, b: &'a Check| {
        let order = b.pass.cmp(&a.pass).then(share(a).total_cmp(&share(b)));
        if order.is_lt() { b } else { a }
    };
    checks.iter().copied().fold(checks[0], worse)
}

/// `backward`, `backward f16`.
pub(super) fn direction(check: &Check) -> String {
    match check.storage {
        Storage::F32 => check.direction.clone(),
        storage => format!("{} {storage}", check.direction),
    }
}

/// The table's budget, `2`; `2 (4)` where an adapter among these has more, `*` where an absolute error may stand in.
pub(super) fn budget(row: &[&Check]) -> String {
    let budgets = || row.iter().map(|check| check.budget);
    let least = row[0].budget_of_table().unwrap_or_else(|| budgets().fold(f64::INFINITY, f64::min));
    let most = budgets().fold(0.0, f64::max);
    let wider = if least < most { format!(" ({})", terminal::number(most)) } else { String::new() };
    let star = if row.iter().any(|check| check.floor.is_some()) { "*" } else { "" };
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
pub(super) fn cell(column: &[Check], row: &[&Check]) -> String {
    let own = |check: &&Check| column.iter().any(|own| std::ptr::eq(own, *check));
    let own: Vec<&Check> = row.iter().copied().filter(own).collect();
    if own.is_empty() {
        return String::new();
    }
    let worst = worst(&own);
    let mark = if worst.pass { "" } else { "!" };
    format!("{}{mark}", terminal::number(rounded_up(worst.max_ulp)))
}
