//! What each kernel may cost: `budgets.txt`.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use anyhow::{Context, Result, ensure};
use wgpu_activations::Storage;

use super::fused::FORMULAS;
use super::{FAMILIES, Report, Row};

/// A line for each activation and direction: for each family the costs of an element in f32, f16 and bf16.
const BUDGETS: &str = include_str!("budgets.txt");

const HEAD: &str = "\
# What an element may cost at most: ./x cost --check fails above it. Families and storages as in the line of titles.
# Written by ./x cost --write-budgets FILE: what was counted, and 2 % more, rounded up. Lower it with what becomes cheaper.
";

/// A kernel that costs more than it may.
#[derive(Debug, Clone, PartialEq)]
pub struct Over {
    kernel: String,
    family: &'static str,
    cost: f64,
    budget: Option<f64>,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, family, cost, budget } = self;
        match budget {
            Some(budget) => write!(f, "{kernel} costs {cost:.1} on {family}; its budget is {budget}"),
            None => write!(f, "{kernel} costs {cost:.1} on {family} and has no budget"),
        }
    }
}

/// Every kernel that costs more than it may.
///
/// # Errors
/// Where `budgets.txt` cannot be read.
pub fn over_budget(report: &Report) -> Result<Vec<Over>> {
    Ok(over(report, &parse(BUDGETS)?))
}

fn over(report: &Report, budgets: &Budgets<'_>) -> Vec<Over> {
    let mut found = Vec::new();
    for row in all(report).filter(|row| !is_given(row)) {
        let column = column_name(&row.direction, row.shape);
        let budgets = budgets.get(&(row.name, column.as_str()));
        for (column, cost) in columns(row).zip(&row.costs) {
            let budget = budgets.and_then(|budgets| budgets.get(column)).copied();
            if budget.is_none_or(|budget| cost.cost > budget) {
                found.push(Over { kernel: row.to_string(), family: cost.family, cost: cost.cost, budget });
            }
        }
    }
    found
}

fn all(report: &Report) -> impl Iterator<Item = &Row> {
    report.kernels.iter().chain(&report.rows)
}

/// What stands under `direction`: of rows with their shape, `forward_4096x1024`.
fn column_name(direction: &str, shape: Option<[u64; 2]>) -> String {
    match shape {
        Some([rows, size]) => format!("{direction}_{rows}x{size}"),
        None => direction.to_owned(),
    }
}

/// A formula that was given on the command line: nobody set it a budget.
fn is_given(row: &Row) -> bool {
    row.direction.starts_with("formula") && FORMULAS.iter().all(|known| known.name != row.name)
}

/// The columns of a row's costs, family by family.
fn columns(row: &Row) -> impl Iterator<Item = usize> {
    let storage = Storage::ALL.iter().position(|storage| *storage == row.storage).unwrap_or_default();
    (0..FAMILIES.len()).map(move |family| family * Storage::ALL.len() + storage)
}

type Budgets<'a> = BTreeMap<(&'a str, &'a str), Vec<f64>>;

fn parse(text: &str) -> Result<Budgets<'_>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| parse_line(line).with_context(|| format!("budgets.txt: {line}"))).collect()
}

fn parse_line(line: &str) -> Result<((&str, &str), Vec<f64>)> {
    let mut words = line.split_whitespace();
    let name = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let budgets = words.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    ensure!(budgets.len() == FAMILIES.len() * Storage::ALL.len(), "{} budgets", budgets.len());
    Ok((name, budgets))
}

/// `budgets.txt`, for what this report counted.
#[must_use]
pub fn budgets(report: &Report) -> String {
    let mut rows: Vec<(&str, String, Vec<f64>)> = Vec::new();
    for row in all(report) {
        let column = column_name(&row.direction, row.shape);
        if !rows.iter().any(|(name, direction, _)| *name == row.name && *direction == column) {
            rows.push((row.name, column.clone(), vec![f64::NAN; FAMILIES.len() * Storage::ALL.len()]));
        }
        let known = rows.iter_mut().find(|(name, direction, _)| *name == row.name && *direction == column);
        if let Some((.., budgets)) = known {
            for (column, cost) in columns(row).zip(&row.costs) {
                budgets[column] = (cost.cost * 1.02).ceil();
            }
        }
    }
    let mut text = HEAD.to_owned() + &format!("# {:<18}{:<23} ", "kernel", "direction");
    for family in FAMILIES {
        for storage in Storage::ALL {
            let _ = write!(text, "{:>14}", format!("{} {storage}", family.name));
        }
    }
    text.push('\n');
    for (name, direction, budgets) in rows {
        let _ = write!(text, "{name:<20}{direction:<23} ");
        text.extend(budgets.iter().map(|budget| format!("{budget:>14}")));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::cost::{Compiled, Counted, Kernel, Kernels, Statistics};

    /// A report in which every kernel takes so many cycles for a word.
    fn report(kernels: &[Kernel], inverse_throughput: u64) -> Report {
        let statistics = Statistics {
            inverse_throughput,
            instructions: 0,
            code_bytes: 0,
            vgprs: 8,
            sgprs: 8,
            spills: 0,
            scratch_bytes: 0,
            lds_bytes: 0,
            waves: 16,
            loop_depth: 0,
        };
        let kernels_of_family =
            vec![Counted { operands: 2, statistics, busy: None, rows: None }; kernels.len()];
        let compiled = Compiled { driver: "a driver".to_owned(), kernels: kernels_of_family };
        let kernels = Kernels { library: kernels.to_vec(), ..Kernels::default() };
        Report::new(&kernels, &vec![compiled; FAMILIES.len()]).unwrap()
    }

    #[test]
    fn every_kernel_has_a_budget_and_every_budget_a_kernel() {
        let kernels = [Kernel::all(), Kernel::rows().unwrap()].concat();
        let column = |kernel: &Kernel| column_name(&kernel.direction, kernel.shape());
        let kernels: Vec<_> = kernels.iter().map(|kernel| (kernel.name, column(kernel))).collect();
        let kernels: BTreeSet<(&str, &str)> =
            kernels.iter().map(|(name, column)| (*name, &**column)).collect();
        assert_eq!(parse(BUDGETS).unwrap().into_keys().collect::<BTreeSet<_>>(), kernels);
    }

    #[test]
    fn what_costs_more_than_it_may_is_named() {
        let kernels = Kernel::all();
        let text = budgets(&report(&kernels, 400));
        let budgets = parse(&text).unwrap();
        assert_eq!(over(&report(&kernels, 400), &budgets), []);
        assert_eq!(over(&report(&kernels, 408), &budgets), []);
        let found = over(&report(&kernels, 417), &budgets);
        assert_eq!(found.len(), kernels.len() * FAMILIES.len());
        let first = format!("{} costs 104.2 on navi21; its budget is 102", kernels[0]);
        assert_eq!(found[0].to_string(), first);
        let found = over(&report(&kernels[..1], 400), &Budgets::new());
        assert_eq!(found[0].to_string(), format!("{} costs 100.0 on navi21 and has no budget", kernels[0]));
    }
}
