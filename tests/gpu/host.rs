//! The host layer on a real adapter: lengths, offsets, guard words, errors, sums.

use wgpu_activations::half::{bf16, f16};
use wgpu_activations::wgpu;
use wgpu_activations::{
    Activation, Channels, Direction, Element, Error, Gpu, Kernels, Kind, Span, Spec, Step, Storage,
    parameter_gradient_error,
};

use crate::common::{self, GPU};

const GUARD: f32 = -12345.0;

/// Exact in every storage type, and so is its half.
fn value(index: usize) -> f32 {
    (index % 201) as f32 - 100.0
}

fn expected(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.5 * x }
}

/// leaky_relu from an offset of one buffer to an offset of another, in words of 4 bytes, with guards around the output.
/// Returns the step.
pub(crate) fn leaky_relu_in_range<T: Element>(
    gpu: &Gpu,
    elements: usize,
    x_offset: usize,
    y_offset: usize,
) -> Step {
    let per_word = 4 / T::STORAGE.bytes() as usize;
    let first = |words: usize| words * per_word;
    let from = |values: &mut dyn Iterator<Item = f32>| values.map(T::from_f32).collect::<Vec<T>>();
    let x = from(&mut (0..first(x_offset) + elements).map(value));
    let guarded = from(&mut std::iter::repeat_n(GUARD, first(y_offset) + elements + 9));
    let (x_buffer, y_buffer) = (gpu.upload(&x).unwrap(), gpu.upload(&guarded).unwrap());
    let act = Activation::leaky_relu(0.5).unwrap();
    let kernel = gpu.kernels().forward(act.kind(), T::STORAGE).unwrap();
    let span = |buffer, offset: usize| Span::new(buffer, 4 * offset as u64, elements as u64);
    let step =
        kernel.bind(act, [span(x_buffer.buffer(), x_offset)], span(y_buffer.buffer(), y_offset)).unwrap();
    common::submit(gpu, &[&step]);
    let got = gpu.read_blocking(&y_buffer).unwrap();
    let wrong = first_wrong(&got, &x[first(x_offset)..], first(y_offset), elements);
    let storage = T::STORAGE;
    assert_eq!(wrong, None, "{elements} elements of {storage}, offsets {x_offset} and {y_offset}");
    step
}

fn submit(steps: &[&Step]) {
    common::submit(&GPU, steps);
}

/// Where a result or a guard is not what it should be.
fn first_wrong<T: Element>(got: &[T], x: &[T], y_offset: usize, elements: usize) -> Option<usize> {
    let guard = T::from_f32(GUARD).to_f32();
    got.iter().enumerate().position(|(index, &y)| {
        let inside = index.checked_sub(y_offset).filter(|element| *element < elements);
        y.to_f32() != inside.map_or(guard, |element| expected(x[element].to_f32()))
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

fn any_length_at_any_offset<T: Element>() {
    for elements in [0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 255, 256, 257, 65537] {
        for offset in 0..4 {
            leaky_relu_in_range::<T>(&GPU, elements, 64 + offset, 64 + offset);
            leaky_relu_in_range::<T>(&GPU, elements, 64, 64 + offset);
        }
    }
}

#[test]
fn any_length_at_any_offset_writes_its_range_and_nothing_else() {
    any_length_at_any_offset::<f32>();
    any_length_at_any_offset::<f16>();
    any_length_at_any_offset::<bf16>();
}

/// Conversion alone: identity, in both directions.
#[test]
fn all_65536_patterns_of_16_bit_numbers_pass_through() {
    fn round_trip<T: Element + PartialEq + std::fmt::Debug>() {
        let patterns: Vec<u16> = (0..=u16::MAX).collect();
        let x: &[T] = bytemuck::cast_slice(&patterns);
        let y = GPU.forward(Activation::IDENTITY, &GPU.upload(x).unwrap()).unwrap();
        for (x, y) in x.iter().zip(GPU.read_blocking(&y).unwrap()) {
            assert!(*x == y || (x.to_f32().is_nan() && y.to_f32().is_nan()), "{x:?} became {y:?}");
        }
    }
    round_trip::<f16>();
    round_trip::<bf16>();
}

/// Midpoints between neighbours, and one ulp of f32 to each side: where rounding can go wrong.
#[test]
fn sums_are_rounded_to_nearest_even() {
    fn rounds<T: Element>() {
        let mut addends: Vec<(T, T)> = Vec::new();
        for bits in (0..0x7f00u16).step_by(3) {
            let [low, high]: [T; 2] = [bits, bits + 1].map(|bits| bytemuck::cast(bits));
            let half = (high.to_f32() - low.to_f32()) / 2.0;
            // A subnormal f32 may be flushed before it is added.
            let kept = half >= f32::MIN_POSITIVE && T::from_f32(half).to_f32() == half;
            if kept && (low.to_f32() + half).is_finite() {
                addends.extend(
                    [1.0, -1.0].map(|sign| (T::from_f32(sign * low.to_f32()), T::from_f32(sign * half))),
                );
            }
        }
        let (x, y): (Vec<T>, Vec<T>) = addends.iter().copied().unzip();
        let (x, sum) = (GPU.upload(&x).unwrap(), GPU.upload(&y).unwrap());
        let kernel = GPU.kernels().forward(Kind::Identity, T::STORAGE).unwrap();
        let step = kernel.bind_accumulate(Activation::IDENTITY, [x.span()], sum.span()).unwrap();
        submit(&[&step]);
        let got = GPU.read_blocking(&sum).unwrap();
        for ((x, y), got) in addends.iter().zip(got) {
            let expected = T::from_f32(x.to_f32() + y.to_f32()).to_f32();
            assert!(got.to_f32() == expected, "{} + {}: {}", x.to_f32(), y.to_f32(), got.to_f32());
        }
        assert!(addends.len() > 10_000, "{}", addends.len());
    }
    rounds::<f16>();
    rounds::<bf16>();
}

#[test]
fn accumulation_adds_to_the_gradient() {
    let gpu = &*GPU;
    let x: Vec<f32> = (0..1027).map(value).collect();
    let dy = vec![2.0; x.len()];
    let (x_buffer, dy_buffer) = (gpu.upload(&x).unwrap(), gpu.upload(&dy).unwrap());
    let dx_buffer = gpu.upload(&vec![10.0; x.len()]).unwrap();
    let act = Activation::leaky_relu(0.5).unwrap();
    let kernel = gpu.kernels().backward(act.kind(), Storage::F32).unwrap();
    let step = kernel.bind_accumulate(act, [x_buffer.span(), dy_buffer.span()], dx_buffer.span()).unwrap();
    submit(&[&step, &step]);
    let expected = x.iter().map(|&x| if x > 0.0 { 14.0 } else { 12.0 });
    assert!(gpu.read_blocking(&dx_buffer).unwrap().into_iter().eq(expected));

    let prelu = Activation::prelu(0.5).unwrap();
    let kernel = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
    let sum = gpu.upload(&[1000.0]).unwrap();
    let step = kernel.bind_accumulate(prelu, [x_buffer.span(), dy_buffer.span()], sum.span()).unwrap();
    submit(&[&step, &step]);
    let once: f32 = x.iter().filter(|x| **x <= 0.0).map(|x| 2.0 * x).sum();
    assert_eq!(gpu.read_blocking(&sum).unwrap(), [1000.0 + 2.0 * once]);
}

/// An arena: all operands in one buffer, which wgpu tracks as one.
#[test]
fn operands_share_a_buffer() {
    let gpu = &*GPU;
    let n = 1001;
    let arena: Vec<f32> = (0..3 * n).map(value).collect();
    let buffer = gpu.upload(&arena).unwrap();
    let span = |part: usize| Span::new(buffer.buffer(), 4 * (part * n) as u64, n as u64);
    let act = Activation::leaky_relu(0.5).unwrap();
    let kernel = gpu.kernels().backward(act.kind(), Storage::F32).unwrap();
    submit(&[&kernel.bind(act, [span(0), span(1)], span(2)).unwrap()]);
    let got = gpu.read_blocking(&buffer).unwrap();
    assert_eq!(got[..2 * n], arena[..2 * n], "inputs stay");
    for index in 0..n {
        let slope = if arena[index] > 0.0 { 1.0 } else { 0.5 };
        assert_eq!(got[2 * n + index], slope * arena[n + index]);
    }
}

#[test]
fn a_step_is_bound_anew() {
    let gpu = &*GPU;
    let buffers: Vec<_> = (0..3).map(|_| gpu.upload(&[-8.0; 300]).unwrap()).collect();
    let kernel = gpu.kernels().forward(Kind::LeakyRelu, Storage::F32).unwrap();
    let [half, quarter] = [0.5, 0.25].map(|slope| Activation::leaky_relu(slope).unwrap());
    let mut step = kernel.bind(half, [buffers[0].span()], buffers[1].span()).unwrap();
    let first = step.clone();
    kernel.rebind(&mut step, quarter, [buffers[1].span()], buffers[2].span()).unwrap();
    submit(&[&first, &step]);
    assert_eq!(gpu.read_blocking(&buffers[1]).unwrap(), [-4.0; 300]);
    assert_eq!(gpu.read_blocking(&buffers[2]).unwrap(), [-1.0; 300]);

    let short = Span::new(buffers[0].buffer(), 0, 3);
    let error = kernel.rebind(&mut step, quarter, [buffers[1].span()], short).unwrap_err();
    assert!(matches!(error, Error::LengthMismatch { .. }), "{error}");
    kernel.rebind(&mut step, half, [Span::new(buffers[2].buffer(), 0, 3)], short).unwrap();
    submit(&[&step]);
    assert_eq!(gpu.read_blocking(&buffers[0]).unwrap()[..4], [-0.5, -0.5, -0.5, -8.0]);
}

/// Scratch of an earlier binding may hold more partial sums than the new one writes.
#[test]
fn a_sum_that_is_bound_anew_adds_nothing_of_the_old() {
    let gpu = &*GPU;
    let prelu = Activation::prelu(0.25).unwrap();
    let (x, dy) = (gpu.upload(&vec![-1.0; 60_000]).unwrap(), gpu.upload(&vec![1.0; 60_000]).unwrap());
    let sum = gpu.upload(&[0.0]).unwrap();
    let kernel = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
    let mut step = kernel.bind(prelu, [x.span(), dy.span()], sum.span()).unwrap();
    submit(&[&step]);
    assert_eq!(gpu.read_blocking(&sum).unwrap(), [-60_000.0]);
    for elements in [40_000, 20_000, 3] {
        let inputs = [&x, &dy].map(|buffer| Span::new(buffer.buffer(), 0, elements));
        kernel.rebind(&mut step, prelu, inputs, sum.span()).unwrap();
        submit(&[&step]);
        assert_eq!(gpu.read_blocking(&sum).unwrap(), [-(elements as f32)]);
    }
}

#[test]
fn kernels_are_compiled_ahead_of_time_on_several_threads() {
    let kernels = Kernels::new(GPU.device());
    let wanted: Vec<_> = Kind::ALL[..8]
        .iter()
        .flat_map(|kind| Storage::ALL.iter().map(|storage| (*kind, Direction::Backward, *storage)))
        .collect();
    kernels.warm_up(&wanted).unwrap();
    let none = [(Kind::Relu, Direction::ParameterGradient(0), Storage::F32)];
    assert!(matches!(kernels.warm_up(&none), Err(Error::NotLearnable { activation: "relu", index: 0 })));
    let none = [(Kind::Silu, Direction::BackwardFromOutput, Storage::F32)];
    assert!(matches!(kernels.warm_up(&none), Err(Error::NoBackwardFromOutput { .. })));
    let none = [Spec::gated(Kind::Silu, Direction::Forward, Storage::F32).learned(Channels::ONE)];
    assert!(matches!(kernels.warm_up(&none), Err(Error::NotLearnable { activation: "silu", index: 0 })));
    let none = [Spec::new(Kind::Relu, Direction::Forward, Storage::F32).drawn()];
    assert!(matches!(kernels.warm_up(&none), Err(Error::NothingToDraw { activation: "relu" })));
}

#[test]
fn two_threads_use_kernels_and_a_step_at_once() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Kernels>();
    shared::<Step>();
    shared::<Gpu>();
    let gpu = &*GPU;
    let kernel = gpu.kernels().forward(Kind::LeakyRelu, Storage::F32).unwrap();
    let act = Activation::leaky_relu(0.5).unwrap();
    let (x, y) = (gpu.upload(&[-2.0; 1000]).unwrap(), gpu.upload(&[0.0; 1000]).unwrap());
    let step = kernel.bind(act, [x.span()], y.span()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for slope in 1..20 {
                    let own = Activation::leaky_relu(slope as f32).unwrap();
                    let y = gpu.forward(own, &x).unwrap();
                    submit(&[&step]);
                    assert_eq!(gpu.read_blocking(&y).unwrap(), [-2.0 * slope as f32; 1000]);
                }
            });
        }
    });
    assert_eq!(gpu.read_blocking(&y).unwrap(), [-1.0; 1000]);
}

#[test]
fn backward_in_place_over_dy() {
    let gpu = &*GPU;
    let x = gpu.upload(&[-2.0, 0.0, 3.0, 4.0, -5.0]).unwrap();
    let dy = gpu.upload(&[1.0, 2.0, 3.0, 4.0, f32::INFINITY]).unwrap();
    let kernel = gpu.kernels().backward(Kind::Relu, Storage::F32).unwrap();
    let step = kernel.bind(Activation::RELU, [x.span(), dy.span()], dy.span()).unwrap();
    submit(&[&step]);
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
    let odd = gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 6,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    let halves = gpu.kernels().forward(Kind::Relu, Storage::F16).unwrap();
    let cut_off = halves.bind(Activation::RELU, [Span::all(&odd)], Span::new(yb, 0, 3)).unwrap_err();
    assert_eq!(cut_off, Error::CutOff { operand: "x", buffer_bytes: 6 });
    let wrong = kernel.bind(Activation::TANH, [x.span()], y.span()).unwrap_err();
    assert_eq!(wrong, Error::WrongKernel { kernel: "relu".to_owned(), activation: "tanh".to_owned() });
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
    assert!(gpu.read_blocking(&gpu.upload::<f32>(&[]).unwrap()).unwrap().is_empty());
}
