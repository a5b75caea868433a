//! The host layer on a real adapter: lengths, offsets, guard words, errors, sums. Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use wgpu_activations::wgpu;
use wgpu_activations::{Activation, Error, Gpu, Kernels, Kind, Span, Storage, parameter_gradient_error};

/// One device for all tests: creating them in parallel crashes some drivers.
static GPU: LazyLock<Gpu> = LazyLock::new(|| Gpu::new_blocking().expect("these tests need an adapter"));

const GUARD: f32 = -12345.0;

fn value(index: usize) -> f32 {
    (index % 2001) as f32 - 1000.0
}

/// leaky_relu from an offset of one buffer to an offset of another, with guard words around the output.
fn leaky_relu_in_range(elements: usize, x_offset: usize, y_offset: usize) {
    let gpu = &*GPU;
    let x: Vec<f32> = (0..x_offset + elements).map(value).collect();
    let guarded = vec![GUARD; y_offset + elements + 8];
    let (x_buffer, y_buffer) = (gpu.upload(&x).unwrap(), gpu.upload(&guarded).unwrap());
    let act = Activation::leaky_relu(0.5).unwrap();
    let kernel = gpu.kernels().forward(act.kind(), Storage::F32).unwrap();
    let span = |buffer, offset: usize| Span::new(buffer, 4 * offset as u64, elements as u64);
    let step =
        kernel.bind(act, [span(x_buffer.buffer(), x_offset)], span(y_buffer.buffer(), y_offset)).unwrap();
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    step.record(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
    gpu.queue().submit([encoder.finish()]);
    let got = gpu.read_blocking(&y_buffer).unwrap();
    let wrong = first_wrong(&got, &x[x_offset..], y_offset, elements);
    assert_eq!(wrong, None, "{elements} elements, offsets {x_offset} and {y_offset}");
}

/// Where a result or a guard word is not what it should be.
fn first_wrong(got: &[f32], x: &[f32], y_offset: usize, elements: usize) -> Option<usize> {
    got.iter().enumerate().position(|(index, &y)| {
        let inside = index.checked_sub(y_offset).filter(|element| *element < elements);
        let expected =
            inside.map_or(GUARD, |element| if x[element] > 0.0 { x[element] } else { 0.5 * x[element] });
        y != expected
    })
}

#[test]
fn an_unwritten_tail_and_a_broken_guard_are_seen() {
    let x = [1.0, -2.0, 3.0];
    let right = [GUARD, 1.0, -1.0, 3.0, GUARD];
    assert_eq!(first_wrong(&right, &x, 1, 3), None);
    assert_eq!(first_wrong(&[GUARD, 1.0, -1.0, GUARD, GUARD], &x, 1, 3), Some(3));
    assert_eq!(first_wrong(&[GUARD, 1.0, -1.0, 3.0, 0.0], &x, 1, 3), Some(4));
}

#[test]
fn any_length_at_any_offset_writes_its_range_and_nothing_else() {
    for elements in [0, 1, 2, 3, 4, 5, 63, 64, 65, 255, 256, 257, 65537] {
        for offset in 0..4 {
            leaky_relu_in_range(elements, 64 + offset, 64 + offset);
            leaky_relu_in_range(elements, 64, 64 + offset);
        }
    }
}

#[test]
fn twenty_million_elements_at_any_offset() {
    for offset in 0..4 {
        leaky_relu_in_range(20_000_003, 64 + offset, 64 + offset);
    }
}

#[test]
fn backward_in_place_over_dy() {
    let gpu = &*GPU;
    let x = gpu.upload(&[-2.0, 0.0, 3.0, 4.0, -5.0]).unwrap();
    let dy = gpu.upload(&[1.0, 2.0, 3.0, 4.0, f32::INFINITY]).unwrap();
    let kernel = gpu.kernels().backward(Kind::Relu, Storage::F32).unwrap();
    let step = kernel.bind(Activation::RELU, [x.span(), dy.span()], dy.span()).unwrap();
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    step.record(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
    gpu.queue().submit([encoder.finish()]);
    assert_eq!(gpu.read_blocking(&dy).unwrap(), [0.0, 0.0, 3.0, 4.0, 0.0]);
}

#[test]
fn the_gradient_of_prelus_weight_is_within_its_bound_and_the_same_every_time() {
    let gpu = &*GPU;
    let prelu = Activation::prelu(0.25).unwrap();
    for elements in [0, 1, 5, 4097, 1_000_003] {
        let x: Vec<f32> = (0..elements).map(|index| value(index) / 7.0).collect();
        let dy: Vec<f32> = (0..elements).map(|index| value(index * 31) / 3.0).collect();
        let (x_buffer, dy_buffer) = (gpu.upload(&x).unwrap(), gpu.upload(&dy).unwrap());
        let sum = || {
            let dw = gpu.parameter_gradient(prelu, 0, &x_buffer, &dy_buffer).unwrap();
            gpu.read_blocking(&dw).unwrap()[0]
        };
        let terms =
            x.iter().zip(&dy).filter(|(x, _)| **x <= 0.0).map(|(&x, &dy)| f64::from(x) * f64::from(dy));
        let (exact, magnitude) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
        // The terms' own rounding, half an ulp of each, comes on top.
        let allowed = (parameter_gradient_error(elements as u64) + 2f64.powi(-24)) * magnitude;
        let first = sum();
        assert!((f64::from(first) - exact).abs() <= allowed, "{elements}: {first} against {exact}");
        assert_eq!(first.to_bits(), sum().to_bits(), "the same bits on every run");
    }
}

#[test]
fn mistakes_are_typed_errors() {
    let gpu = &*GPU;
    let (x, y) = (gpu.upload(&[0.0; 8]).unwrap(), gpu.upload(&[0.0; 8]).unwrap());
    let kernel = Kernels::new(gpu.device()).forward(Kind::Relu, Storage::F32).unwrap();
    let bind = |x, y| kernel.bind(Activation::RELU, [x], y).map(|_| ());
    let (xb, yb) = (x.buffer(), y.buffer());
    assert!(matches!(bind(Span::new(xb, 0, 3), Span::new(yb, 0, 4)), Err(Error::LengthMismatch { .. })));
    assert!(matches!(bind(Span::new(xb, 2, 3), Span::new(yb, 0, 3)), Err(Error::Misaligned { .. })));
    assert!(matches!(bind(Span::new(xb, 0, 9), Span::new(yb, 0, 9)), Err(Error::OutOfBounds { .. })));
    assert!(matches!(bind(Span::new(xb, 0, u64::MAX), Span::all(yb)), Err(Error::OutOfBounds { .. })));
    assert!(matches!(bind(Span::new(xb, 0, 4), Span::new(xb, 4, 4)), Err(Error::Overlap { .. })));
    assert_eq!(bind(Span::new(xb, 0, 4), Span::new(xb, 16, 4)), Ok(()));
    let unusable = gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 32,
        usage: wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    assert!(matches!(bind(Span::all(&unusable), Span::all(yb)), Err(Error::MissingUsage { .. })));
    assert!(matches!(
        kernel.bind(Activation::TANH, [x.span()], y.span()),
        Err(Error::WrongKernel { kernel: "relu", activation: "tanh" })
    ));
    let steep = Activation::leaky_relu(-0.5).unwrap();
    assert!(matches!(gpu.backward_from_output(steep, &x, &y), Err(Error::NoBackwardFromOutput { .. })));
    assert!(matches!(
        gpu.parameter_gradient(Activation::RELU, 0, &x, &y),
        Err(Error::NotLearnable { activation: "relu", index: 0 })
    ));
}

#[test]
fn reading_back_works_blocking_and_awaited() {
    let gpu = &*GPU;
    let buffer = gpu.upload(&[1.0, f32::INFINITY, -0.0]).unwrap();
    let blocking = gpu.read_blocking(&buffer).unwrap();
    let awaited = pollster::block_on(gpu.read(&buffer)).unwrap();
    assert_eq!(blocking, [1.0, f32::INFINITY, 0.0]);
    assert_eq!(blocking, awaited);
    assert!(gpu.read_blocking(&gpu.upload(&[]).unwrap()).unwrap().is_empty());
}
