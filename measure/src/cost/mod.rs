//! What a kernel costs on GPUs that are not there: compiled for them, not run, and so the same on every run.
//!
//! Mesa's Vulkan driver for AMD cards compiles for any family of them and tells for how many cycles a wave of 64 invocations
//! occupies its SIMD. That, over the elements of an invocation, is the cost of an element. Mesa counts 2 for an ordinary instruction
//! on RDNA, whose SIMD has 32 lanes, 4 on GCN (16), and lets exponentials and reciprocals run beside them at a quarter of the rate.
//! It is a model without a cache or a clock: ratios are worth more than numbers, and other makers' cards rank alike, not alike in
//! detail.
//!
//! Functions of rows have loops, whose rounds Mesa's figure does not know: their machine code is counted with the rounds that a dispatch
//! over a tensor has.
//!
//! Memory has a time in the same unit ([`Card::memory`]): what a kernel costs below it is hidden behind loads and stores.

mod budget;
mod builtin;
mod card;
mod driver;
mod fused;
mod kernel;
mod machine;
mod report;
mod rows;
mod spirv;

use std::collections::HashMap;

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use budget::{Over, budgets, over_budget};
pub use card::{CARDS, Card, FAMILIES, Family};
pub use driver::Statistics;
pub use fused::Fused;
pub use kernel::{Kernel, Kernels};
pub use report::{Cost, Fraction, Report, Row};
pub use rows::{RowsCounted, SEARCHES, SHAPES};

use driver::{Driver, Made};
use kernel::Composed;
use machine::Code;
use spirv::Shader;

/// What kernels became for one family, in their order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Compiled {
    /// The driver's version: `Mesa 22.3.6`.
    pub driver: String,
    /// One for each kernel.
    pub kernels: Vec<Counted>,
}

/// One kernel, compiled.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Counted {
    /// How many operands are read or written.
    pub operands: u64,
    /// What the driver tells.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// Cycles as they are counted here, of machine code without a branch: [`Statistics::inverse_throughput`], where instructions take longer
    /// than what they wait for.
    pub busy: Option<f64>,
    /// Of a function of rows.
    pub rows: Option<RowsCounted>,
}

/// Compiles the kernels for the family, which this process's environment has to name ([`Family::environment`]).
///
/// # Errors
/// Where Vulkan's loader or Mesa's driver is missing, or a kernel does not compile.
pub fn compile(kernels: &[Kernel], family: &Family) -> Result<Compiled> {
    let driver = Driver::open()?;
    // A function of rows has one shader for tensors of many shapes.
    let sources = kernels.par_iter().map(|kernel| kernel.compose().with_context(|| kernel.to_string()));
    let sources = sources.collect::<Result<Vec<Composed>>>()?;
    let mut first: HashMap<&str, &Kernel> = HashMap::new();
    for (source, kernel) in sources.iter().zip(kernels) {
        first.entry(source.whole()).or_insert(kernel);
        first.entry(source.counted()).or_insert(kernel);
    }
    let make = |source: &str, kernel: &Kernel| -> Result<(Made, Shader)> {
        let shader = Shader::translate(source).with_context(|| kernel.to_string())?;
        Ok((driver.compile(&shader).with_context(|| kernel.to_string())?, shader))
    };
    let made = first.into_par_iter().map(|(source, kernel)| Ok((source, make(source, kernel)?)));
    let made = made.collect::<Result<HashMap<&str, (Made, Shader)>>>()?;
    let count = |(source, kernel): (&Composed, &Kernel)| -> Result<Counted> {
        let made = |source: &str| made.get(source).context("not compiled");
        let (Made { statistics, .. }, shader) = made(source.whole())?;
        let (Made { assembly, .. }, _) = made(source.counted())?;
        let bindings = shader.uniforms.iter().filter(|uniform| !**uniform).count() as u64;
        let operands = kernel.operands().unwrap_or(bindings);
        let code = Code::read(assembly, family.lanes)?;
        let rows = source.of_rows().map(|dispatched| dispatched.counted(&code)).transpose()?;
        let busy = code.is_straight.then(|| code.own.cycles());
        Ok(Counted { operands, statistics: *statistics, busy, rows })
    };
    let counted = sources
        .par_iter()
        .zip(kernels)
        .map(|(source, kernel)| count((source, kernel)).with_context(|| kernel.to_string()))
        .collect::<Result<_>>()?;
    Ok(Compiled { driver: driver.version.clone(), kernels: counted })
}
