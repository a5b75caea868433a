//! What is made of activations: gated functions beside copies with as many operands, gradients of parameters beside backward.

use anyhow::{Context, Result};
use wgpu_activations::{
    Channels, Element, Gate, GpuBuffer, Kind, Pair, Parameters, Span, Step, Storage,
    parameter_gradient_error, wgpu,
};

use crate::baseline::CopyKernel;
use crate::bed::{Bed, Operand};
use crate::clock::{Samples, median};
use crate::inputs::{self, PERIOD};
use crate::promise;
use crate::report::Family;

/// Rounds: a kernel and what it is compared with, one after the other.
const ROUNDS: usize = 9;

/// The gated functions with a name that are made of these activations, over a bed; x holds the gates.
pub(crate) fn gates<T: Element>(
    bed: &Bed<'_, T>,
    kinds: &[Kind],
    times: u32,
    mut announce: impl FnMut(String),
) -> Result<Vec<Family>> {
    let wanted = |gate: &Gate| kinds.contains(&gate.kind().activation());
    let named: Vec<_> = Gate::NAMED.iter().filter(|named| wanted(&named.gate)).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    announce(format!("copies with three and five operands of {} {}", bed.elements, T::STORAGE));
    let table = GateTable::new(bed, times)?;
    let mut results = Vec::new();
    for named in named {
        announce(format!("{}, {} {}", named.name, bed.elements, T::STORAGE));
        results.extend([table.forward(named.name, named.gate)?, table.backward(named.name, named.gate)?]);
    }
    Ok(results)
}

/// Operands of gated functions beside those of a bed, and copies with as many.
struct GateTable<'a, T> {
    bed: &'a Bed<'a, T>,
    value: Operand<T>,
    d_gate: GpuBuffer<T>,
    copies: [CopyKernel; 2],
    times: u32,
}

impl<'a, T: Element> GateTable<'a, T> {
    fn new(bed: &'a Bed<'a, T>, times: u32) -> Result<Self> {
        let device = bed.device;
        let value = Operand::<T>::new(device, &inputs::value(bed.x.host.len()))?;
        let d_gate = device.gpu.upload(&vec![T::from_f32(0.0); bed.x.host.len()])?;
        let operands = [&value.device, &bed.x.device, &bed.dy.device].map(GpuBuffer::buffer);
        let outputs = [bed.output.buffer(), d_gate.buffer()];
        let copy = |inputs: &[&wgpu::Buffer], outputs: &[&wgpu::Buffer]| -> Result<CopyKernel> {
            let gpu = device.gpu.device();
            Ok(CopyKernel::fastest(gpu, &device.clock, inputs, outputs, bed.bytes(), times)?.0)
        };
        let copies = [copy(&operands[..2], &outputs[..1])?, copy(&operands, &outputs)?];
        Ok(Self { bed, value, d_gate, copies, times })
    }

    fn span<'b>(&self, buffer: &'b GpuBuffer<T>) -> Span<'b> {
        Span::new(buffer.buffer(), 0, self.bed.elements)
    }

    fn inputs(&self) -> Pair<Span<'_>> {
        Pair::separate(self.span(&self.value.device), self.span(&self.bed.x.device))
    }

    fn forward(&self, name: &'static str, gate: Gate) -> Result<Family> {
        let kernel = self.bed.device.gpu.kernels().gated_forward(gate, T::STORAGE)?;
        let step = kernel.bind(gate, self.inputs(), self.span(&self.bed.output))?;
        let exact = |value, x, _| gate.exact(value, x).y;
        self.measure(name, gate, "gated_forward", &step, &self.copies[0], &[(&self.bed.output, &exact)])
    }

    fn backward(&self, name: &'static str, gate: Gate) -> Result<Family> {
        let kernel = self.bed.device.gpu.kernels().gated_backward(gate, T::STORAGE)?;
        let gradients = Pair::separate(self.span(&self.bed.output), self.span(&self.d_gate));
        let step = kernel.bind(gate, (self.inputs(), self.span(&self.bed.dy.device)), gradients)?;
        let d_value = |value, x, dy| gate.exact(value, x).d_value * dy;
        let d_gate = |value, x, dy| gate.exact(value, x).d_gate * dy;
        let results: [Expected<'_, T>; 2] = [(&self.bed.output, &d_value), (&self.d_gate, &d_gate)];
        self.measure(name, gate, "gated_backward", &step, &self.copies[1], &results)
    }

    fn measure(
        &self,
        name: &'static str,
        gate: Gate,
        direction: &str,
        step: &Step,
        copy: &CopyKernel,
        results: &[Expected<'_, T>],
    ) -> Result<Family> {
        let bed = self.bed;
        bed.device.clock.call_and_wait(step)?;
        let mut correct = true;
        for (buffer, exact) in results {
            correct &= self.holds(buffer, exact)?;
        }
        let Samples { ns, ratios: [ratios] } = bed.device.clock.compare(step, [copy], self.times, ROUNDS)?;
        let device_type = bed.device.gpu.adapter_info().device_type;
        Ok(Family {
            name,
            direction: direction.to_owned(),
            channels: None,
            storage: T::STORAGE,
            elements: bed.elements,
            ns_per_element: median(&ns) / bed.elements as f64,
            ratio: median(&ratios),
            against: "a copy kernel with as many operands",
            promised_ratio: promise::gated(gate, T::STORAGE, bed.elements, device_type),
            correct,
        })
    }

    /// Whether a buffer holds the exact results to a few ulp: `verify` says more.
    fn holds(&self, buffer: &GpuBuffer<T>, exact: &Exact<'_>) -> Result<bool> {
        let got = self.bed.device.gpu.read_blocking(buffer)?;
        let ulp = match T::STORAGE {
            Storage::F32 => 2f64.powi(-23),
            Storage::F16 => 2f64.powi(-10),
            _ => 2f64.powi(-7),
        };
        let number = |of: &[T], at: usize| f64::from(of[at].to_f32());
        let right = |at: usize| {
            // Inputs repeat, and so do results.
            let first = at % PERIOD;
            let [value, x, dy] = [&self.value, &self.bed.x, &self.bed.dy].map(|it| number(&it.host, first));
            let exact = exact(value, x, dy);
            // Beside a zero, where terms cancel, an absolute error: of a gradient by the gate, as a part of value times dy, its factor.
            let size = (value * dy).abs().max(1.0);
            (number(&got, at) - exact).abs() <= 8.0 * ulp * exact.abs().max(0.1 * size)
        };
        Ok((0..self.bed.elements as usize).all(right))
    }
}

type Exact<'a> = dyn Fn(f64, f64, f64) -> f64 + 'a;
type Expected<'a, T> = (&'a GpuBuffer<T>, &'a Exact<'a>);

/// Parameters by channel that are tried: one for all, and as many as a layer has features.
const CHANNELS: [u64; 2] = [1, 64];

/// The gradients of the parameters that these activations learn, over a bed.
pub(crate) fn gradients<T: Element>(
    bed: &Bed<'_, T>,
    kinds: &[Kind],
    times: u32,
    mut announce: impl FnMut(String),
) -> Result<Vec<Family>> {
    let mut results = Vec::new();
    for kind in kinds.iter().filter(|kind| kind.learnable().len() > 0) {
        for channels in CHANNELS.into_iter().filter(|channels| bed.elements.is_multiple_of(*channels)) {
            announce(format!("{kind} with {channels} parameters, {} {}", bed.elements, T::STORAGE));
            results.push(gradient(bed, *kind, channels, times)?);
        }
    }
    Ok(results)
}

/// That of the first parameter.
fn gradient<T: Element>(bed: &Bed<'_, T>, kind: Kind, channels: u64, times: u32) -> Result<Family> {
    let gpu = &bed.device.gpu;
    let activation = kind.samples().first().copied().context("an activation without samples")?;
    let values = |name| {
        let position = kind.parameters().iter().position(|parameter| parameter.name == name);
        position.map_or(0.0, |position| activation.parameters()[position])
    };
    let learned = kind.learnable().map(|(name, _)| gpu.upload(&vec![values(name); channels as usize]));
    let learned = learned.collect::<Result<Vec<_>, _>>()?;
    let spans: Vec<Span<'_>> = learned.iter().map(GpuBuffer::span).collect();
    let parameters = Parameters::learned(activation, &spans, Channels::new(channels, 1));
    let [x, dy, dx] = [&bed.x.device, &bed.dy.device, &bed.output]
        .map(|buffer| Span::new(buffer.buffer(), 0, bed.elements));
    let dw = gpu.upload(&vec![0.0_f32; channels as usize])?;
    let backward = gpu.kernels().backward(kind, T::STORAGE)?.bind(parameters, [x, dy], dx)?;
    let sum = gpu.kernels().parameter_gradient(kind, 0, T::STORAGE)?.bind(parameters, [x, dy], dw.span())?;
    let clock = &bed.device.clock;
    clock.call_and_wait(&backward)?;
    clock.call_and_wait(&sum)?;
    let correct = sums_hold(bed, kind, &gpu.read_blocking(&dw)?)?;
    let Samples { ns, ratios: [ratios] } = clock.compare(&sum, [&backward], times, ROUNDS)?;
    Ok(Family {
        name: kind.name(),
        direction: wgpu_activations::Direction::ParameterGradient(0).name(kind),
        channels: Some(channels),
        storage: T::STORAGE,
        elements: bed.elements,
        ns_per_element: median(&ns) / bed.elements as f64,
        ratio: median(&ratios),
        against: "its backward",
        promised_ratio: promise::gradient(T::STORAGE, bed.elements),
        correct,
    })
}

/// Whether these are the sums by channel, within the documented bound and a few ulp of the terms.
fn sums_hold<T: Element>(bed: &Bed<'_, T>, kind: Kind, got: &[f32]) -> Result<bool> {
    let activation = kind.samples().first().copied().context("an activation without samples")?;
    let derivative = |x: &T| activation.exact_by_parameter(0, x.to_f32().into()).unwrap_or(f64::NAN);
    let derivatives: Vec<f64> = bed.x.host.iter().take(PERIOD).map(derivative).collect();
    let mut sums = vec![(0.0, 0.0); got.len()];
    for (at, dy) in bed.dy.host.iter().take(bed.elements as usize).enumerate() {
        let term = derivatives[at % PERIOD] * f64::from(dy.to_f32());
        let (sum, magnitude) = &mut sums[at % got.len()];
        (*sum, *magnitude) = (*sum + term, *magnitude + term.abs());
    }
    let allowed = parameter_gradient_error(bed.elements / got.len() as u64) + 1e-6;
    Ok(sums
        .iter()
        .zip(got)
        .all(|((sum, magnitude), got)| (f64::from(*got) - sum).abs() <= allowed * magnitude))
}
