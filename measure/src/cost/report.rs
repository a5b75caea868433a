//! Costs, and what they are of memory's time.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use wgpu_activations::Storage;

use super::kernel::write_name;
use super::{CARDS, Card, Compiled, Counted, FAMILIES, Family, Kernel, Kernels, Statistics};

/// What kernels cost, compiled for every family.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// That nothing was run.
    pub how: &'static str,
    /// The driver that compiled: `Mesa 22.3.6`.
    pub driver: String,
    /// What was compiled for.
    pub families: &'static [Family],
    /// What costs are set against.
    pub cards: &'static [Card],
    /// This library's kernels.
    pub kernels: Vec<Row>,
    /// Its functions of rows, over a tensor each.
    pub rows: Vec<Row>,
    /// Some of them as written with WGSL's builtins.
    pub builtins: Vec<Row>,
    /// The operations of formulas, a kernel each: the formula's name, and what is computed as the direction.
    pub steps: Vec<Row>,
    /// Formulas as written by hand around the library's functions.
    pub by_hand: Vec<Row>,
}

/// One kernel.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The activation's name, or the gate's.
    pub name: &'static str,
    /// What is computed of it.
    pub direction: String,
    /// How elements lie in memory.
    pub storage: Storage,
    /// Of a function of rows: how many, and the elements of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<[u64; 2]>,
    /// Bytes that are read and written for an element.
    pub bytes: u64,
    /// For each family.
    pub costs: Vec<Cost>,
    /// For each card.
    pub fractions: Vec<Fraction>,
}

/// What a kernel costs on one family.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cost {
    /// The family's name.
    pub family: &'static str,
    /// Of an element.
    pub cost: f64,
    /// Cycles of a wave as they are counted for functions of rows, of machine code without a branch: what `inverse_throughput` is held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<f64>,
    /// Of a function of rows, what of it lies in loops over elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_passes: Option<f64>,
    /// What the driver tells.
    #[serde(flatten)]
    pub statistics: Statistics,
}

/// What a kernel's arithmetic takes on a card, as a part of the time that memory takes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Fraction {
    /// The card's name.
    pub card: &'static str,
    /// Above 1, memory waits.
    pub of_memory_time: f64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, (self.name, &self.direction, self.storage), self.shape)
    }
}

impl Report {
    /// Puts together what was compiled for each of [`FAMILIES`].
    ///
    /// # Errors
    /// Where that is not of these kernels, or of several drivers.
    pub fn new(kernels: &Kernels, compiled: &[Compiled]) -> Result<Self> {
        ensure!(compiled.len() == FAMILIES.len(), "{} families, not {}", compiled.len(), FAMILIES.len());
        let all = kernels.all();
        let count = all.len();
        let mut driver: Option<&str> = None;
        for (family, compiled) in FAMILIES.iter().zip(compiled) {
            ensure!(
                compiled.kernels.len() == count,
                "{} kernels for {}",
                compiled.kernels.len(),
                family.name
            );
            ensure!(
                driver.is_none_or(|driver| driver == compiled.driver),
                "the families have different drivers"
            );
            driver = Some(&compiled.driver);
        }
        let row = |(index, kernel)| {
            let counted: Vec<Counted> = compiled.iter().map(|family| family.kernels[index]).collect();
            Row::new(kernel, &counted)
        };
        let mut rows: Vec<Row> = all.iter().enumerate().map(row).collect();
        let by_hand = rows.split_off(rows.len() - kernels.by_hand.len());
        let steps = rows.split_off(rows.len() - kernels.steps.len());
        let builtins = rows.split_off(rows.len() - kernels.builtins.len());
        let of_rows = rows.split_off(kernels.library.len());
        Ok(Self {
            how: "compiled, not run",
            driver: driver.context("nothing was compiled")?.to_owned(),
            families: &FAMILIES,
            cards: &CARDS,
            kernels: rows,
            rows: of_rows,
            builtins,
            steps,
            by_hand,
        })
    }
}

impl Row {
    fn new(kernel: &Kernel, counted: &[Counted]) -> Self {
        let Kernel { name, direction, storage, .. } = kernel;
        let bytes = counted
            .first()
            .map_or(0, |counted| counted.rows.map_or(counted.operands * storage.bytes(), |rows| rows.bytes));
        let costs: Vec<Cost> = FAMILIES
            .iter()
            .zip(counted)
            .map(|(family, Counted { statistics, rows, busy, .. })| Cost {
                family: family.name,
                cost: rows.map_or_else(|| cost(*statistics, WORD_BYTES / storage.bytes()), |rows| rows.cost),
                busy: *busy,
                in_passes: rows.map(|rows| rows.in_passes),
                statistics: *statistics,
            })
            .collect();
        let fraction = |card: &Card| {
            let cost = costs.iter().find(|cost| cost.family == card.family)?.cost;
            Some(Fraction { card: card.name, of_memory_time: cost / card.memory(bytes) })
        };
        let fractions = CARDS.iter().filter_map(fraction).collect();
        let shape = kernel.shape();
        Self { name, direction: direction.clone(), storage: *storage, shape, bytes, costs, fractions }
    }
}

/// What an invocation reads of an operand at a time.
const WORD_BYTES: u64 = 16;

/// The cost of one of so many elements.
///
/// Mesa weighs what is in a loop eightfold, whatever its rounds. A loop that is left in a kernel of one word has a round for each
/// element: for eight 16-bit elements the weight is right. For four f32 it is double, and the whole is halved, though the loads and
/// stores around the loop were not doubled.
fn cost(statistics: Statistics, elements: u64) -> f64 {
    let whole = statistics.inverse_throughput as f64 / elements as f64;
    if statistics.loop_depth == 0 { whole } else { whole * elements as f64 / 8.0 }
}
