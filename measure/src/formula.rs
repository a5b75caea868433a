//! A formula beside a copy with as many operands, and the driver's copy of one.

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use wgpu_activations::{Channels, Formula, Operand, Storage};

use crate::baseline::{BufferCopy, CopyKernel};
use crate::clock::{Samples, median};
use crate::device::Device;
use crate::inputs;

/// Rounds: the formula and what it is compared with, one after the other.
const ROUNDS: usize = 15;
/// Repeats within a sample.
const TIMES: u32 = 4;
/// Of so many channels, side by side, are operands with a letter: rows of a dense layer.
pub const FORMULA_CHANNELS: u64 = 1024;

/// What a formula takes.
#[derive(Debug, Clone, Serialize)]
pub struct Formulated {
    /// The formula.
    pub formula: String,
    /// Elements of each operand that has an element each.
    pub elements: u64,
    /// In nanoseconds.
    pub ns_per_element: f64,
    /// As a multiple of a copy kernel with as many such operands.
    pub ratio_to_copy_kernel: f64,
    /// Of one operand, by the driver, in the same run.
    pub buffer_copy_ns_per_element: f64,
}

/// Measures a formula in f32, its operands in buffers of their own.
pub fn formula(device: &Device, formula: &Formula, elements: u64) -> Result<Formulated> {
    let (gpu, clock) = (&device.gpu, &device.clock);
    let elements = elements.next_multiple_of(FORMULA_CHANNELS);
    let count = usize::try_from(elements).context("too many elements for this machine")?;
    let names: Vec<String> = formula.operands().chain(formula.results()).collect();
    let (mut own, mut shared) = (Vec::new(), Vec::new());
    for (index, name) in names.iter().map(String::as_str).enumerate() {
        match name.split_once('[') {
            // What is computed in place has one buffer.
            None if own.iter().any(|(other, _)| *other == name) => {}
            None if index % 2 == 0 => own.push((name, gpu.upload(&inputs::x(count))?)),
            None => own.push((name, gpu.upload(&inputs::dy(count))?)),
            Some((bare, "]")) => shared.push((bare, Channels::ONE, gpu.upload(&[0.5_f32])?)),
            Some((bare, _)) => {
                let values = inputs::x(FORMULA_CHANNELS as usize);
                shared.push((bare, Channels::new(FORMULA_CHANNELS, 1), gpu.upload(&values)?));
            }
        }
    }
    ensure!(formula.operands().any(|name| !name.contains('[')), "{formula}: no operand has an element each");
    let mut operands: Vec<(&str, Operand<'_>)> =
        own.iter().map(|(name, buffer)| (*name, buffer.span().into())).collect();
    operands.extend(shared.iter().map(|(name, channels, buffer)| match *channels {
        Channels::ONE => (*name, Operand::single(buffer.span())),
        channels => (*name, Operand::channels(buffer.span(), channels)),
    }));
    operands.extend(formula.draws().then_some(("seed", Operand::seed(1))));
    let step = gpu.kernels().formula(formula, Storage::F32)?.bind(&operands)?;

    // What is computed in place, or summed, has no buffer of its own for a copy to go to.
    let is_read = |name: &str| formula.operands().any(|operand| operand == name);
    let (inputs, outputs): (Vec<_>, Vec<_>) = own.iter().partition(|(name, _)| is_read(name));
    let spare = gpu.upload(&if outputs.is_empty() { inputs::x(count) } else { Vec::new() })?;
    let inputs: Vec<_> = inputs.iter().map(|(_, buffer)| buffer.buffer()).collect();
    let mut outputs: Vec<_> = outputs.iter().map(|(_, buffer)| buffer.buffer()).collect();
    if outputs.is_empty() {
        outputs.push(spare.buffer());
    }
    let bytes = elements * Storage::F32.bytes();
    let (copy, _) = CopyKernel::fastest(gpu.device(), clock, &inputs, &outputs, bytes, TIMES)?;
    let driver = BufferCopy { from: inputs[0], to: outputs[0], bytes };
    clock.call_and_wait(&step)?;
    let Samples { ns, ratios: [to_copy, to_driver] } =
        clock.compare(&step, [&copy, &driver], TIMES, ROUNDS)?;
    let per_element = median(&ns) / elements as f64;
    Ok(Formulated {
        formula: formula.to_string(),
        elements,
        ns_per_element: per_element,
        ratio_to_copy_kernel: median(&to_copy),
        buffer_copy_ns_per_element: per_element / median(&to_driver),
    })
}
