//! Learned parameters, by channel, and rrelu's drawn slopes.

use std::sync::LazyLock;

use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{
    Activation, Channels, Element, Error, Gpu, GpuBuffer, Kind, Parameters, Span, Step, Storage,
    parameter_gradient_error, rrelu_slope, wgpu,
};

use crate::common::{device_with, some, submit};

/// One device for all tests, with limits so small that a period of all channels, or a run of one, is more than a binding holds.
static GPU: LazyLock<Gpu> = LazyLock::new(|| {
    device_with(|adapter| wgpu::Limits {
        max_storage_buffer_binding_size: 1 << 18,
        min_storage_buffer_offset_alignment: adapter.min_storage_buffer_offset_alignment,
        ..wgpu::Limits::default()
    })
});

fn x_at(index: usize) -> f32 {
    ((index * 7919) % 1009) as f32 / 128.0 - 4.0
}

fn dy_at(index: usize) -> f32 {
    ((index * 104_729) % 509) as f32 / 64.0 - 3.5
}

/// The learnable parameters of a channel, exact in f32.
fn parameters_of(kind: Kind, channel: usize) -> Vec<f32> {
    let spread = |step: usize| 0.25 + ((channel * step) % 29) as f32 / 32.0;
    (0..kind.learnable().len()).map(|index| spread([5, 11][index])).collect()
}

/// The activation that a channel has.
fn activation_of(kind: Kind, channel: usize) -> Activation {
    let mut all = kind.with_defaults().unwrap().parameters().to_vec();
    for ((name, _), value) in kind.learnable().zip(parameters_of(kind, channel)) {
        let index = kind.parameters().iter().position(|parameter| parameter.name == name).unwrap();
        all[index] = value;
    }
    kind.with(&all).unwrap()
}

/// Each parameter's values, by channel.
fn upload_parameters(gpu: &Gpu, kind: Kind, channels: usize) -> Vec<GpuBuffer> {
    let values =
        |index: usize| (0..channels).map(|channel| parameters_of(kind, channel)[index]).collect::<Vec<_>>();
    (0..kind.learnable().len()).map(|index| gpu.upload(&values(index)).unwrap()).collect()
}

fn learnable() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| kind.learnable().len() > 0)
}

/// How many words into a buffer x and dy begin, and the output.
fn offset<T: Element>(words: usize) -> usize {
    words * 4 / T::STORAGE.bytes() as usize
}

/// Forward and backward give what the same parameters give as values: the same bits, but for snake, whose 1 / (2 alpha) the GPU
/// works out by itself there, within an ulp or two.
fn agrees_with_values<T: Element>(
    kind: Kind,
    channels: usize,
    inner: usize,
    outer: usize,
    words: [usize; 2],
) {
    let gpu = &*GPU;
    let n = outer * channels * inner;
    let what = format!("{kind} {} of ({outer}, {channels}, {inner}) at {words:?}", T::STORAGE);
    let [x_first, y_first] = words.map(offset::<T>);
    let from = |first: usize, at: &dyn Fn(usize) -> f32| -> Vec<T> {
        let values = (0..first).map(|_| 99.0).chain((0..n).map(at));
        values.map(T::from_f32).collect()
    };
    let (x, dy) = (from(x_first, &x_at), from(x_first, &dy_at));
    let [x_buffer, dy_buffer] = [&x, &dy].map(|values| gpu.upload(values).unwrap());
    let guard = T::from_f32(-77.0);
    let results = || gpu.upload(&vec![guard; y_first + n + 9]).unwrap();
    let span = |buffer, first: usize| Span::new(buffer, first as u64 * T::STORAGE.bytes(), n as u64);
    let learned = upload_parameters(gpu, kind, channels);
    let spans: Vec<Span<'_>> = learned.iter().map(GpuBuffer::span).collect();
    let parameters =
        Parameters::learned(activation_of(kind, 0), &spans, Channels::new(channels as u64, inner as u64));
    let (y, dx) = (results(), results());
    let forward = gpu.kernels().forward(kind, T::STORAGE).unwrap();
    let backward = gpu.kernels().backward(kind, T::STORAGE).unwrap();
    let inputs = [span(x_buffer.buffer(), x_first), span(dy_buffer.buffer(), x_first)];
    let steps = [
        forward.bind(parameters, [inputs[0]], span(y.buffer(), y_first)).unwrap(),
        backward.bind(parameters, inputs, span(dx.buffer(), y_first)).unwrap(),
    ];
    submit(gpu, &[&steps[0], &steps[1]]);
    for (direction, got) in [("forward", &y), ("backward", &dx)] {
        let got = gpu.read_blocking(got).unwrap();
        assert!(
            got[..y_first].iter().chain(&got[y_first + n..]).all(|value| value.to_f32() == -77.0),
            "{what}: guards"
        );
        for channel in 0..channels {
            let element = |run: usize| (run / inner * channels + channel) * inner + run % inner;
            let pick = |values: &[T]| {
                (0..outer * inner).map(|run| values[x_first + element(run)]).collect::<Vec<T>>()
            };
            let own = activation_of(kind, channel);
            let (x, dy) = (gpu.upload(&pick(&x)).unwrap(), gpu.upload(&pick(&dy)).unwrap());
            let expected = match direction {
                "forward" => gpu.forward(own, &x),
                _ => gpu.backward(own, &x, &dy),
            };
            for (run, expected) in gpu.read_blocking(&expected.unwrap()).unwrap().into_iter().enumerate() {
                let (got, expected) = (got[y_first + element(run)].to_f32(), expected.to_f32());
                // What the host derives in f64, the GPU derives in f32. The terms of snakebeta's derivative may cancel.
                let allowed = match kind {
                    Kind::Snake => 3e-7 * expected.abs(),
                    Kind::Snakebeta => 5e-7 * (1.0 + expected.abs()),
                    _ => 0.0,
                };
                let allowed = if T::STORAGE == Storage::F32 { allowed } else { allowed * 3e4 };
                assert!(
                    (got - expected).abs() <= allowed,
                    "{what}: {direction} of element {}: {got}, {expected}",
                    element(run)
                );
            }
        }
    }
}

#[test]
fn forward_and_backward_use_each_channels_parameters() {
    for kind in some(learnable()) {
        for (channels, inner, outer) in [(1, 1, 1031), (3, 1, 343), (3, 7, 50), (4, 8, 20), (2, 1024, 3)] {
            agrees_with_values::<f32>(kind, channels, inner, outer, [0, 0]);
        }
    }
    for words in [[1, 1], [1, 2], [3, 0]] {
        for (channels, inner, outer) in [(3, 1, 35), (3, 7, 11), (4, 8, 20), (2, 1024, 2)] {
            agrees_with_values::<f32>(Kind::Prelu, channels, inner, outer, words);
            agrees_with_values::<f16>(Kind::Prelu, channels, inner, outer, words);
            agrees_with_values::<bf16>(Kind::Swish, channels, inner, outer, words);
        }
    }
    // More than one binding.
    agrees_with_values::<f32>(Kind::Prelu, 3, 13_001, 2, [0, 0]);
    agrees_with_values::<f16>(Kind::Snake, 2, 70_001, 1, [0, 0]);
}

/// The sums of every channel, in f64, and those of the terms' magnitudes.
fn exact_sums<T: Element>(
    kind: Kind,
    index: usize,
    x: &[T],
    dy: &[T],
    channels: Channels,
    inner: usize,
) -> Vec<[f64; 2]> {
    let count = channels.count() as usize;
    let activations: Vec<Activation> = (0..count).map(|channel| activation_of(kind, channel)).collect();
    let mut sums = vec![[0.0; 2]; count];
    for (element, (x, dy)) in x.iter().zip(dy).enumerate() {
        let channel = element / inner % count;
        let derivative = activations[channel].exact_by_parameter(index, x.to_f32().into()).unwrap();
        let term = derivative * f64::from(dy.to_f32());
        sums[channel][0] += term;
        sums[channel][1] += term.abs();
    }
    sums
}

/// Checks the gradients of a kind's parameters, and that a second run gives the same bits. `terms` is the error of a term, relative
/// to its size.
fn gradient_is_within_its_bound<T: Element>(
    kind: Kind,
    (outer, channels, inner): (usize, usize, usize),
    words: usize,
    terms: f64,
) {
    let gpu = &*GPU;
    let n = outer * channels * inner;
    let what = format!("{kind} {} of ({outer}, {channels}, {inner}) at {words}", T::STORAGE);
    let first = offset::<T>(words);
    let from = |at: &dyn Fn(usize) -> f32| -> Vec<T> {
        (0..first).map(|_| f32::NAN).chain((0..n).map(at)).map(T::from_f32).collect()
    };
    let (x, dy) = (from(&x_at), from(&dy_at));
    let buffers = [&x, &dy].map(|values| gpu.upload(values).unwrap());
    let inputs = [&buffers[0], &buffers[1]]
        .map(|buffer| Span::new(buffer.buffer(), first as u64 * T::STORAGE.bytes(), n as u64));
    let learned = upload_parameters(gpu, kind, channels);
    let spans: Vec<Span<'_>> = learned.iter().map(GpuBuffer::span).collect();
    let by_channel = Channels::new(channels as u64, inner as u64);
    let parameters = Parameters::learned(activation_of(kind, 0), &spans, by_channel);
    for index in 0..kind.learnable().len() {
        let kernel = gpu.kernels().parameter_gradient(kind, index, T::STORAGE).unwrap();
        // Guards around, an offset, and accumulation onto 0.5.
        let dw = gpu.upload(&vec![0.5; channels + 3]).unwrap();
        let output = Span::new(dw.buffer(), 4, channels as u64);
        let step = kernel.bind(parameters, inputs, output).unwrap();
        let read = || gpu.read_blocking(&dw).unwrap();
        submit(gpu, &[&step]);
        let got = read();
        submit(gpu, &[&step]);
        assert_eq!(read(), got, "{what}: the same bits on every run");
        let accumulated = kernel.bind_accumulate(parameters, inputs, output).unwrap();
        submit(gpu, &[&accumulated]);
        assert!(
            read()[1..=channels].iter().zip(&got[1..]).all(|(twice, once)| *twice == 2.0 * once),
            "{what}: twice"
        );
        assert_eq!((got[0], &got[channels + 1..]), (0.5, &[0.5, 0.5][..]), "{what}: guards");
        let exact = exact_sums(kind, index, &x[first..], &dy[first..], by_channel, inner);
        let allowed = parameter_gradient_error((outer * inner) as u64) + terms;
        for (channel, ([sum, magnitude], got)) in exact.into_iter().zip(&got[1..]).enumerate() {
            let error = (f64::from(*got) - sum).abs();
            assert!(
                error <= allowed * magnitude,
                "{what}: channel {channel}: {got}, exact {sum}, {}",
                error / magnitude
            );
        }
    }
}

/// prelu's terms are rounded once.
const ONE_ROUNDING: f64 = 6e-8;
/// A few ulp of a term.
const FEW_ROUNDINGS: f64 = 1e-6;

#[test]
fn gradients_are_within_their_bound_in_every_shape() {
    for shape in [
        (0, 5, 3),
        (1, 1, 1),
        (5000, 1, 1),
        (1, 1, 70_001),
        (1, 7, 1),
        (2, 3, 1),
        (1000, 3, 1),
        (999, 3, 7),
        (40, 64, 7),
        (33, 64, 1),
        (3, 5, 64),
        (7, 3, 128),
        (20, 300, 1),
        (70, 2, 100),
        (2, 2, 1000),
        (1, 3, 1001),
        (17, 3, 1001),
    ] {
        for words in [0, 1] {
            gradient_is_within_its_bound::<f32>(Kind::Prelu, shape, words, ONE_ROUNDING);
            gradient_is_within_its_bound::<f16>(Kind::Prelu, shape, words, ONE_ROUNDING);
        }
        gradient_is_within_its_bound::<bf16>(Kind::Xielu, shape, 0, FEW_ROUNDINGS);
    }
    for kind in [Kind::Swish, Kind::Snake, Kind::Xielu] {
        for shape in [(500, 3, 1), (40, 4, 7), (9, 3, 64), (1, 1, 3000)] {
            gradient_is_within_its_bound::<f32>(kind, shape, 0, FEW_ROUNDINGS);
        }
    }
}

/// A period of all channels, and then a run of one, is more than a binding of 256 KiB holds.
#[test]
fn gradients_are_split_at_the_limits_of_the_device() {
    for shape in [(3, 5, 16_384), (2, 3, 70_000), (1, 2, 140_000), (1, 2, 40_001), (90, 3, 1001)] {
        gradient_is_within_its_bound::<f32>(Kind::Prelu, shape, 0, ONE_ROUNDING);
        gradient_is_within_its_bound::<bf16>(
            Kind::Prelu,
            (shape.0, shape.1, shape.2 / 2 * 2),
            1,
            ONE_ROUNDING,
        );
    }
}

#[test]
fn dispatches_and_scratch_are_few() {
    let gpu = Gpu::clone(&GPU);
    let n = 16_000;
    let (x, dy) = (gpu.upload(&vec![-1.0; n]).unwrap(), gpu.upload(&vec![1.0; n]).unwrap());
    for (channels, inner) in [(1, 1), (4, 1), (64, 1), (2, 1000), (16_000, 1)] {
        let weights = upload_parameters(&gpu, Kind::Prelu, channels);
        let spans = [weights[0].span()];
        let parameters = Parameters::learned(
            Activation::prelu(0.25).unwrap(),
            &spans,
            Channels::new(channels as u64, inner),
        );
        let kernel = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
        let dw = gpu.upload(&vec![0.0; channels]).unwrap();
        let step = kernel.bind(parameters, [x.span(), dy.span()], dw.span()).unwrap();
        assert!(step.dispatches().len() <= 2, "{channels}, {inner}");
        assert!(
            step.scratch_bytes() <= 4 * n as u64 / if channels < 1000 { 8 } else { 1 },
            "{channels}: {}",
            step.scratch_bytes()
        );
        submit(&gpu, &[&step]);
        assert_eq!(gpu.read_blocking(&dw).unwrap(), vec![-(n as f32) / channels as f32; channels]);
    }
}

/// What one workgroup sums needs no second level, and has the same bits without it.
#[test]
fn few_terms_are_summed_in_one_dispatch() {
    let gpu = Gpu::clone(&GPU);
    for (channels, inner, n) in
        [(1, 1, 4096), (64, 1, 64 * 64), (64, 1, 64), (7, 1, 7 * 30), (3, 64, 3 * 64 * 5)]
    {
        let value = |index: usize| (index % 89) as f32 - 44.3;
        let (x, dy) =
            ((0..n).map(value).collect::<Vec<_>>(), (0..n).map(|index| value(7 * index)).collect::<Vec<_>>());
        let (x, dy) = (gpu.upload(&x).unwrap(), gpu.upload(&dy).unwrap());
        let weights = upload_parameters(&gpu, Kind::Prelu, channels);
        let spans = [weights[0].span()];
        let of_channels = Channels::new(channels as u64, inner);
        let parameters = Parameters::learned(Activation::prelu(0.25).unwrap(), &spans, of_channels);
        let kernel = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
        let [once, twice] = [f32::NAN, 0.0].map(|old| gpu.upload(&vec![old; channels]).unwrap());
        let step = kernel.bind(parameters, [x.span(), dy.span()], once.span()).unwrap();
        let accumulated = kernel.bind_accumulate(parameters, [x.span(), dy.span()], twice.span()).unwrap();
        submit(&gpu, &[&step, &accumulated]);
        let [once, twice] = [once, twice].map(|sums| gpu.read_blocking(&sums).unwrap());
        assert_eq!(once, twice, "{channels}, {inner}");
        if channels > 1 && inner == 1 && channels % 4 == 0 {
            assert_eq!((step.dispatches().len(), step.scratch_bytes()), (1, 0), "{channels}");
        }
    }
}

#[test]
fn a_gradient_that_is_bound_anew_adds_nothing_of_the_old() {
    let gpu = &*GPU;
    let (x, dy) = (gpu.upload(&vec![-1.0; 12_000]).unwrap(), gpu.upload(&vec![1.0; 12_000]).unwrap());
    let weights = gpu.upload(&[0.25; 6]).unwrap();
    let prelu = Activation::prelu(0.25).unwrap();
    let kernel = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
    let mut step = Step::default();
    for (elements, channels, inner) in
        [(12_000, 6, 1), (6000, 6, 1), (6000, 3, 2), (6000, 3, 1000), (60, 6, 5)]
    {
        let inputs = [&x, &dy].map(|buffer| Span::new(buffer.buffer(), 0, elements));
        let spans = [Span::new(weights.buffer(), 0, channels)];
        let dw = gpu.upload(&vec![9.0; channels as usize]).unwrap();
        let parameters = Parameters::learned(prelu, &spans, Channels::new(channels, inner));
        kernel.rebind(&mut step, parameters, inputs, dw.span()).unwrap();
        submit(gpu, &[&step]);
        assert_eq!(gpu.read_blocking(&dw).unwrap(), vec![-((elements / channels) as f32); channels as usize]);
    }
}

/// Of an empty batch of an empty picture, say.
#[test]
fn no_elements_have_any_channels() {
    let gpu = &*GPU;
    let weights = gpu.upload(&[0.25; 2]).unwrap();
    let spans = [weights.span()];
    let prelu = Activation::prelu(0.25).unwrap();
    for inner in [0, 3] {
        let parameters = Parameters::learned(prelu, &spans, Channels::new(2, inner));
        let none = Span::new(weights.buffer(), 0, 0);
        let (forward, backward) = (
            gpu.kernels().forward(Kind::Prelu, Storage::F32).unwrap(),
            gpu.kernels().backward(Kind::Prelu, Storage::F32).unwrap(),
        );
        assert!(forward.bind(parameters, [none], none).unwrap().dispatches().is_empty());
        assert!(backward.bind(parameters, [none, none], none).unwrap().dispatches().is_empty());
        let dw = gpu.upload(&[9.0; 2]).unwrap();
        let gradient = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
        submit(gpu, &[&gradient.bind(parameters, [none, none], dw.span()).unwrap()]);
        assert_eq!(gpu.read_blocking(&dw).unwrap(), [0.0; 2], "a sum of nothing, inner {inner}");
    }
}

/// nn.PReLU(3) of a (2, 3, 2): by hand from PyTorch's documented formula.
#[test]
fn prelu_by_channel_is_pytorchs() {
    let gpu = &*GPU;
    let x = gpu.upload(&[1.0, -1.0, -2.0, 2.0, -4.0, 0.0, -1.0, 3.0, 0.5, -2.0, -8.0, -4.0]).unwrap();
    let weights = gpu.upload(&[0.5, 0.25, -1.0]).unwrap();
    let spans = [weights.span()];
    let parameters = Parameters::learned(Activation::prelu(0.25).unwrap(), &spans, Channels::new(3, 2));
    let y = gpu.forward(parameters, &x).unwrap();
    let expected = [1.0, -0.5, -0.5, 2.0, 4.0, 0.0, -0.5, 3.0, 0.5, -0.5, 8.0, 4.0];
    assert_eq!(gpu.read_blocking(&y).unwrap(), expected);
    let dw = gpu.parameter_gradient(parameters, 0, &x, &gpu.upload(&[1.0; 12]).unwrap()).unwrap();
    assert_eq!(gpu.read_blocking(&dw).unwrap(), [-2.0, -4.0, -16.0]);
}

/// Weights and tensors in one buffer.
#[test]
fn parameters_share_a_buffer_with_everything() {
    let gpu = &*GPU;
    let arena: Vec<f32> =
        (0..1024).map(|index| if index < 3 { [0.5, 0.25, -1.0][index] } else { -4.0 }).collect();
    let buffer = gpu.upload(&arena).unwrap();
    let span = |first: u64, elements| Span::new(buffer.buffer(), 4 * first, elements);
    let prelu = Activation::prelu(0.25).unwrap();
    let kernel = gpu.kernels().forward(Kind::Prelu, Storage::F32).unwrap();
    let spans = [span(0, 3)];
    let parameters = Parameters::learned(prelu, &spans, Channels::new(3, 1));
    let step = kernel.bind(parameters, [span(256, 6)], span(512, 6)).unwrap();
    submit(gpu, &[&step]);
    assert_eq!(gpu.read_blocking(&buffer).unwrap()[512..518], [-2.0, -1.0, 4.0, -2.0, -1.0, 4.0]);
    let error = kernel.bind(parameters, [span(256, 6)], span(3, 6)).unwrap_err();
    assert!(matches!(error, Error::TooClose { operand: "weight", .. }), "{error}");
}

#[test]
fn mistakes_are_typed_errors() {
    let gpu = &*GPU;
    let (x, weights) = (gpu.upload(&[0.0; 12]).unwrap(), gpu.upload(&[0.25; 4]).unwrap());
    let prelu = Activation::prelu(0.25).unwrap();
    let spans = [weights.span()];
    let forward = |parameters: Parameters<'_>| gpu.forward(parameters, &x).map(|_| ()).unwrap_err();
    let error = forward(Parameters::learned(prelu, &spans, Channels::new(4, 2)));
    assert_eq!(
        error,
        Error::NotDivisible { operand: "x", elements: 12, what: "channels times inner", divisor: 8 }
    );
    let error = forward(Parameters::learned(prelu, &spans, Channels::new(0, 1)));
    assert!(matches!(error, Error::NotDivisible { divisor: 0, .. }), "{error}");
    let error = forward(Parameters::learned(prelu, &spans, Channels::new(3, 1)));
    assert_eq!(error, Error::ChannelMismatch { operand: "weight", expected: 3, actual: 4 });
    let error = forward(Parameters::learned(prelu, &[], Channels::ONE));
    assert_eq!(error, Error::WrongParameters { activation: "prelu", expected: 1, actual: 0 });
    let error = forward(Parameters::learned(Activation::RELU, &[], Channels::ONE));
    assert_eq!(error, Error::WrongParameters { activation: "relu", expected: 0, actual: 0 });
    let error = forward(Parameters::drawn(Activation::RELU, 1));
    assert_eq!(error, Error::NothingToDraw { activation: "relu" });
    let parameters = Parameters::learned(prelu, &spans, Channels::new(4, 3));
    let kernel = gpu.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
    let error = kernel.bind(parameters, [x.span(), x.span()], Span::new(weights.buffer(), 0, 3)).unwrap_err();
    assert!(matches!(error, Error::ChannelMismatch { expected: 4, actual: 3, .. }), "{error}");
    let short = [Span::new(weights.buffer(), 4, 4)];
    let error = forward(Parameters::learned(prelu, &short, Channels::new(4, 3)));
    assert!(matches!(error, Error::OutOfBounds { operand: "weight", .. }), "{error}");
}

/// Forward and backward draw the same slopes as the CPU, to the bit, however the step is cut; other seeds draw others.
#[test]
fn rrelus_training_draws_the_slopes_of_the_cpu() {
    let gpu = &*GPU;
    let (lower, upper) = (0.1, 0.4);
    let rrelu = Activation::rrelu(lower, upper).unwrap();
    for (seed, words, n) in
        [(0, 0, 1000), (1, 1, 1001), (u64::MAX, 0, 70_003), (0x1234_5678_9abc_def0, 3, 17)]
    {
        let x: Vec<f32> = vec![-1.0; words + n];
        let buffer = gpu.upload(&x).unwrap();
        let span = Span::new(buffer.buffer(), 4 * words as u64, n as u64);
        let (y, dx) = (gpu.upload(&vec![0.0; n]).unwrap(), gpu.upload(&vec![0.0; n]).unwrap());
        let drawn = Parameters::drawn(rrelu, seed);
        let forward = gpu.kernels().forward(Kind::Rrelu, Storage::F32).unwrap();
        let backward = gpu.kernels().backward(Kind::Rrelu, Storage::F32).unwrap();
        let steps = [
            forward.bind(drawn, [span], y.span()).unwrap(),
            backward.bind(drawn, [span, span], dx.span()).unwrap(),
        ];
        submit(gpu, &[&steps[0], &steps[1]]);
        let expected: Vec<f32> = (0..n as u64).map(|index| -rrelu_slope(seed, index, lower, upper)).collect();
        assert_eq!(gpu.read_blocking(&y).unwrap(), expected);
        assert_eq!(gpu.read_blocking(&dx).unwrap(), expected);
        // In place, where all of the words may be wide ones.
        submit(gpu, &[&forward.bind(drawn, [span], span).unwrap()]);
        assert_eq!(gpu.read_blocking(&buffer).unwrap()[words..], expected);
    }
    let slopes: Vec<f64> = (0..100_000).map(|index| rrelu_slope(7, index, lower, upper).into()).collect();
    let mean = slopes.iter().sum::<f64>() / slopes.len() as f64;
    // The mean's standard deviation is 0.3 / sqrt(12 * 100000) = 2.7e-4.
    assert!((mean - 0.25).abs() < 1.1e-3, "{mean}");
    assert!(slopes.iter().all(|slope| (f64::from(lower)..f64::from(upper)).contains(slope)));
    assert_eq!(rrelu_slope(7, 3, 0.25, 0.25), 0.25);
    // Positive inputs and NaN pass.
    let x = gpu.upload(&[2.0, f32::NAN]).unwrap();
    let y = gpu.read_blocking(&gpu.forward(Parameters::drawn(rrelu, 7), &x).unwrap()).unwrap();
    assert!(y[0] == 2.0 && y[1].is_nan(), "{y:?}");
    // 16-bit elements draw by their own numbers, too.
    for n in [5, 1000] {
        let x = gpu.upload(&vec![f16::from_f32(-1.0); n]).unwrap();
        let y = gpu.read_blocking(&gpu.forward(Parameters::drawn(rrelu, 7), &x).unwrap()).unwrap();
        let slope = |index| f16::from_f32(-rrelu_slope(7, index, lower, upper));
        assert_eq!(y, (0..n as u64).map(slope).collect::<Vec<f16>>());
    }
}
