//! What a kernel costs on GPUs that are not there: compiled for them, not run, and so the same on every run.
//!
//! Mesa's Vulkan driver for AMD cards compiles for any family of them and tells for how many cycles a wave of 64 invocations
//! occupies its SIMD. That, over the elements of an invocation, is the cost of an element. Mesa counts 2 for an ordinary instruction
//! on RDNA, whose SIMD has 32 lanes, 4 on GCN (16), and lets exponentials and reciprocals run beside them at a quarter of the rate.
//! It is a model without a cache or a clock: ratios are worth more than numbers, and other makers' cards rank alike, not alike in
//! detail.
//!
//! Memory has a time in the same unit ([`Card::memory`]): what a kernel costs below it is hidden behind loads and stores.

mod budget;
mod builtin;
mod card;
mod driver;
mod fused;
mod kernel;
mod report;
mod spirv;

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use budget::{Over, budgets, over_budget};
pub use card::{CARDS, Card, FAMILIES, Family};
pub use driver::Statistics;
pub use fused::Fused;
pub use kernel::{Kernel, Kernels};
pub use report::{Cost, Fraction, Report, Row};

use driver::Driver;
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
}

/// Compiles the kernels for the family that this process's environment names ([`Family::environment`]).
///
/// # Errors
/// Where Vulkan's loader or Mesa's driver is missing, or a kernel does not compile.
pub fn compile(kernels: &[Kernel]) -> Result<Compiled> {
    let driver = Driver::open()?;
    let count = |kernel: &Kernel| -> Result<Counted> {
        let shader = Shader::translate(&kernel.wgsl()?)?;
        let bindings = shader.uniforms.iter().filter(|uniform| !**uniform).count() as u64;
        let operands = kernel.operands().unwrap_or(bindings);
        Ok(Counted { operands, statistics: driver.compile(&shader)? })
    };
    let counted = kernels
        .par_iter()
        .map(|kernel| count(kernel).with_context(|| kernel.to_string()))
        .collect::<Result<_>>()?;
    Ok(Compiled { driver: driver.version.clone(), kernels: counted })
}
