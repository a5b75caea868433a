//! Operands of one size and storage, and the baselines over them.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use wgpu_activations::{Activation, Direction, Element, GpuBuffer, Span, Step, Storage, wgpu};

use crate::baseline::{BufferCopy, CopyKernel};
use crate::clock::median;
use crate::device::Device;
use crate::inputs;
use crate::report::Copies;

/// Operands are so many elements longer than what is measured: room for unaligned ones, and for the last word of a copy.
const MARGIN: usize = 16;
/// A sample takes so many nanoseconds or more: short work is repeated within it.
const SAMPLE_NS: f64 = 1e6;
/// Rounds of measuring the baselines, uploads and read-backs by themselves.
const ROUNDS: usize = 5;

/// Operands of one size and storage.
pub struct Bed<'a, T = f32> {
    pub(crate) device: &'a Device,
    pub(crate) elements: u64,
    pub(crate) x: Operand<T>,
    pub(crate) dy: Operand<T>,
    pub(crate) output: GpuBuffer<T>,
    /// NaN throughout: what a kernel does not write is no result.
    pub(crate) poison: GpuBuffer<T>,
    /// Nanoseconds that an operand takes to a new buffer of the device.
    pub(crate) upload_ns: f64,
    /// And back.
    pub(crate) read_back_ns: f64,
}

/// Values on both sides.
pub(crate) struct Operand<T> {
    pub(crate) host: Vec<T>,
    pub(crate) device: GpuBuffer<T>,
}

impl<T: Element> Operand<T> {
    /// The values are rounded to the storage type.
    pub(crate) fn new(device: &Device, values: &[f32]) -> Result<Self> {
        let host: Vec<T> = values.iter().copied().map(T::from_f32).collect();
        Ok(Self { device: device.gpu.upload(&host)?, host })
    }
}

/// What kernels with so many inputs are compared with.
pub struct Baseline<'a> {
    /// The fastest of the copy kernels.
    pub copy_kernel: CopyKernel,
    /// The driver's copy.
    pub buffer_copy: BufferCopy<'a>,
    /// Repeats within a sample.
    pub times: u32,
    /// What they take.
    pub figures: Copies,
}

impl<'a, T: Element> Bed<'a, T> {
    /// Makes the operands, and measures their upload and read-back.
    pub fn new(device: &'a Device, elements: u64) -> Result<Self> {
        check_size(device, elements, T::STORAGE)?;
        let length = usize::try_from(elements).context("too many elements for this machine")?;
        let x = Operand::<T>::new(device, &inputs::x(length + MARGIN))?;
        let dy = Operand::new(device, &inputs::dy(length + MARGIN))?;
        let filled = |value| device.gpu.upload(&vec![T::from_f32(value); length + MARGIN]);
        let (output, poison) = (filled(0.0)?, filled(f32::NAN)?);
        let (upload_ns, read_back_ns) = transfers(device, &x.host[..length])?;
        Ok(Self { device, elements, x, dy, output, poison, upload_ns, read_back_ns })
    }

    /// The size of what is measured of an operand.
    pub fn bytes(&self) -> u64 {
        self.elements * T::STORAGE.bytes()
    }

    /// A step over the operands, its x so many bytes away from the alignment of the others: one such operand leaves nothing but
    /// narrow loads.
    pub fn step(&self, activation: Activation, direction: Direction, byte_offset: u64) -> Result<Step> {
        self.step_over(self.elements, activation, direction, byte_offset)
    }

    /// The same over the first elements only.
    pub(crate) fn step_over(
        &self,
        elements: u64,
        activation: Activation,
        direction: Direction,
        byte_offset: u64,
    ) -> Result<Step> {
        let kernels = self.device.gpu.kernels();
        let x = Span::new(self.x.device.buffer(), byte_offset, elements);
        let dy = Span::new(self.dy.device.buffer(), 0, elements);
        let output = Span::new(self.output.buffer(), 0, elements);
        let kind = activation.kind();
        Ok(match direction {
            Direction::Forward => kernels.forward(kind, T::STORAGE)?.bind(activation, [x], output)?,
            Direction::Second => kernels.second(kind, T::STORAGE)?.bind(activation, [x, dy], output)?,
            _ => kernels.backward(kind, T::STORAGE)?.bind(activation, [x, dy], output)?,
        })
    }

    /// The copies with so many inputs, 1 or 2, measured.
    pub fn baseline(&self, inputs: usize) -> Result<Baseline<'_>> {
        let Self { device: Device { gpu, clock }, output, .. } = self;
        let operands = [self.x.device.buffer(), self.dy.device.buffer()];
        let bytes = self.bytes();
        let copied = bytes.next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT);
        let buffer_copy = BufferCopy { from: operands[0], to: output.buffer(), bytes: copied };
        clock.warm_up(&buffer_copy, 1)?;
        let times = (SAMPLE_NS / clock.time(&buffer_copy, 1)?).ceil().clamp(1.0, 100.0) as u32;
        let operands = &operands[..inputs];
        let (copy_kernel, tried) =
            CopyKernel::fastest(gpu.device(), clock, operands, &[output.buffer()], bytes, times)?;
        let (mut kernels, mut copies) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            kernels.push(clock.time(&copy_kernel, times)?);
            copies.push(clock.time(&buffer_copy, times)?);
        }
        let figures = Copies {
            storage: T::STORAGE,
            elements: self.elements,
            inputs,
            tried,
            copy_kernel: copy_kernel.shape,
            copy_kernel_ns: median(&kernels),
            buffer_copy_ns: median(&copies),
        };
        Ok(Baseline { copy_kernel, buffer_copy, times, figures })
    }
}

/// Refuses operands that no single binding holds.
pub(crate) fn check_size(device: &Device, elements: u64, storage: Storage) -> Result<()> {
    let limits = device.gpu.device().limits();
    let most = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size) / storage.bytes();
    let most = most.saturating_sub(MARGIN as u64);
    ensure!(elements <= most, "{elements} elements are too many: this device binds {most} at once");
    Ok(())
}

/// Nanoseconds of uploading to a new buffer, and of reading that back.
fn transfers<T: Element>(device: &Device, values: &[T]) -> Result<(f64, f64)> {
    let (mut uploads, mut read_backs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let buffer = device.gpu.upload(values)?;
        device.clock.finish()?;
        uploads.push(begin.elapsed().as_nanos() as f64);

        let begin = Instant::now();
        let back = device.gpu.read_blocking(&buffer)?;
        read_backs.push(begin.elapsed().as_nanos() as f64);
        let bytes = bytemuck::cast_slice::<T, u8>;
        ensure!(bytes(&back) == bytes(values), "what was uploaded came back changed");
    }
    Ok((median(&uploads), median(&read_backs)))
}
