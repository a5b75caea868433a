//! Whatever is thrown at `bind`: the right result, or a typed error. wgpu's own validation never fires, and nothing panics. Fails
//! without an adapter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::wgpu;
use wgpu_activations::{
    Activation, Channels, Element, Error, Gpu, Kind, Order, Pair, Parameters, Span, Storage,
};

use crate::common::{alone, open};

/// What an app would have its handler for: errors that no scope caught.
static UNCAUGHT: AtomicUsize = AtomicUsize::new(0);

static GPU: LazyLock<Gpu> = LazyLock::new(|| {
    let gpu = open(&alone());
    gpu.device().on_uncaptured_error(Arc::new(|error| {
        eprintln!("uncaught: {error}");
        UNCAUGHT.fetch_add(1, Ordering::Relaxed);
    }));
    gpu
});

/// An operand: which buffer, from where, how much of it.
#[derive(Debug, Clone, Copy)]
struct Operand {
    buffer: usize,
    byte_offset: u64,
    elements: u64,
}

/// One call of `bind`, mostly sensible.
#[derive(Debug, Clone)]
struct Call {
    storage: Storage,
    /// Size and whether it has the usage STORAGE.
    buffers: [(u64, bool); 3],
    operands: [Operand; 3],
    accumulate: bool,
    slope: f32,
}

const SIZES: std::ops::Range<u64> = 1..600;

fn operand() -> impl Strategy<Value = Operand> {
    let offset = prop_oneof![6 => (0u64..80).prop_map(|words| 4 * words), 3 => (0u64..160).prop_map(|halves| 2 * halves), 1 => 0u64..400, 1 => Just(u64::MAX)];
    let elements = prop_oneof![8 => 0u64..80, 1 => Just(u64::MAX / 2)];
    (0usize..3, offset, elements).prop_map(|(buffer, byte_offset, elements)| Operand {
        buffer,
        byte_offset,
        elements,
    })
}

fn call() -> impl Strategy<Value = Call> {
    let buffer = (SIZES, prop::bool::weighted(0.97));
    let buffers = [buffer.clone(), buffer.clone(), buffer];
    let slope = prop_oneof![4 => -2f32..2.0, 1 => prop::num::f32::ANY];
    let storage = prop::sample::select(Storage::ALL);
    let same_length = prop::bool::weighted(0.9);
    let in_place = prop::option::weighted(0.2, 0usize..2);
    let operands = [operand(), operand(), operand()];
    (storage, buffers, operands, same_length, in_place, any::<bool>(), slope).prop_map(
        |(storage, buffers, mut operands, same_length, in_place, accumulate, slope)| {
            if same_length {
                let elements = operands[0].elements;
                operands.iter_mut().for_each(|operand| operand.elements = elements);
            }
            if let Some(input) = in_place {
                operands[2] = operands[input];
            }
            Call { storage, buffers, operands, accumulate, slope }
        },
    )
}

/// Small whole numbers: exact in every storage type.
fn content<T: Element>(buffer: usize, bytes: u64) -> Vec<T> {
    let number = |index| T::from_f32(((index * 7 + buffer as u64 * 5) % 13) as f32 - 6.0);
    (0..bytes / T::STORAGE.bytes()).map(number).collect()
}

fn make<T: Element>(buffer: usize, (bytes, usable): (u64, bool)) -> wgpu::Buffer {
    let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    let made = GPU.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: bytes,
        usage: if usable { usage | wgpu::BufferUsages::STORAGE } else { usage },
        mapped_at_creation: false,
    });
    let content = content::<T>(buffer, bytes);
    let bytes: &[u8] = bytemuck::cast_slice(&content);
    GPU.queue().write_buffer(&made, 0, &bytes[..bytes.len() / 4 * 4]);
    made
}

fn read<T: Element>(buffer: &wgpu::Buffer) -> Vec<T> {
    let bytes = buffer.size() / 4 * 4;
    let copy = GPU.upload(&vec![0.0f32; usize::try_from(bytes / 4).unwrap()]).unwrap();
    let mut encoder = GPU.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    if bytes > 0 {
        encoder.copy_buffer_to_buffer(buffer, 0, copy.buffer(), 0, bytes);
    }
    GPU.queue().submit([encoder.finish()]);
    bytemuck::pod_collect_to_vec(&GPU.read_blocking(&copy).unwrap())
}

/// leaky_relu's backward, which is exact for these numbers if the slope is.
fn backward(x: f32, dy: f32, slope: f32) -> f32 {
    if x > 0.0 { dy } else { slope * dy }
}

fn run<T: Element>(call: &Call) -> Result<(), TestCaseError> {
    let Ok(activation) = Activation::leaky_relu(call.slope) else {
        prop_assert!(!call.slope.is_finite());
        return Ok(());
    };
    let buffers: Vec<wgpu::Buffer> = (0..3).map(|index| make::<T>(index, call.buffers[index])).collect();
    let before: Vec<Vec<T>> = buffers.iter().map(read).collect();
    let spans = call
        .operands
        .map(|operand| Span::new(&buffers[operand.buffer], operand.byte_offset, operand.elements));
    let kernel = GPU.kernels().backward(Kind::LeakyRelu, T::STORAGE).unwrap();
    let inputs = [spans[0], spans[1]];
    let bound = match call.accumulate {
        true => kernel.bind_accumulate(activation, inputs, spans[2]),
        false => kernel.bind(activation, inputs, spans[2]),
    };
    let step = match bound {
        Ok(step) => step,
        Err(error) => {
            let typed = !matches!(error, Error::Refused { .. } | Error::OutOfMemory { .. });
            prop_assert!(typed, "wgpu's own objection: {error}");
            return Ok(());
        }
    };
    let mut encoder = GPU.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    step.record(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
    GPU.queue().submit([encoder.finish()]);

    let first = |operand: Operand| usize::try_from(operand.byte_offset / T::STORAGE.bytes()).unwrap();
    let [x, dy, dx] = call.operands;
    let mut expected = before.clone();
    for index in 0..usize::try_from(dx.elements).unwrap() {
        let at = |operand: Operand| before[operand.buffer][first(operand) + index].to_f32();
        let gradient = backward(at(x), at(dy), call.slope);
        let sum = if call.accumulate { at(dx) + gradient } else { gradient };
        expected[dx.buffer][first(dx) + index] = T::from_f32(sum);
    }
    for (buffer, expected) in buffers.iter().zip(expected) {
        // What is not whole words was never written.
        let close = |(got, expected): (&T, &T)| (got.to_f32() - expected.to_f32()).abs() <= 1e-6;
        let got = read::<T>(buffer);
        prop_assert!(got.iter().zip(&expected).all(close), "{:?}", (call, bits(&got), bits(&expected)));
    }
    Ok(())
}

fn bits<T: Element>(values: &[T]) -> Vec<f32> {
    values.iter().map(|value| value.to_f32()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn bind_gives_the_right_result_or_a_typed_error(call in call()) {
        // A slope whose products are exact, unless it is one to be refused.
        let slope = if call.slope.is_finite() { (call.slope * 4.0).clamp(-8.0, 8.0).round() / 4.0 } else { call.slope };
        let call = Call { slope, ..call };
        match call.storage {
            Storage::F16 => run::<f16>(&call)?,
            Storage::Bf16 => run::<bf16>(&call)?,
            _ => run::<f32>(&call)?,
        }
        prop_assert_eq!(UNCAUGHT.load(Ordering::Relaxed), 0, "wgpu's validation fired");
    }
}

/// The handler above is called at all: were it not, the test would prove nothing. (wgpu 27 has no scopes of a thread's own.)
#[cfg(feature = "wgpu30")]
#[test]
fn an_uncaught_error_is_seen() {
    let device = GPU.device();
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let _ = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 4,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    assert!(pollster::block_on(scope.pop()).is_some());
}

// ---- Any value of any argument ----

/// Numbers from the whole range, mostly its ends and what a buffer holds.
fn any_number() -> impl Strategy<Value = u64> + Clone {
    let end =
        prop::sample::select(vec![0, 1, 2, 3, 4, 6, 8, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 62, 1 << 63]);
    prop_oneof![
        3 => Just(0u64),
        2 => (0u64..64).prop_map(|words| 4 * words),
        2 => end,
        1 => (0u64..20).prop_map(|less| u64::MAX - less),
        1 => any::<u64>(),
    ]
}

/// A gate bound with anything: what to compute, where, and of which parameters.
#[derive(Debug, Clone)]
struct Anything {
    kind: Kind,
    storage: Storage,
    direction: usize,
    /// Separate, halves or interleaved, of the inputs and of the results.
    arrangements: [usize; 2],
    dimensions: [u64; 2],
    spans: [(usize, u64, u64); 6],
    channels: [u64; 2],
    seed: Option<u64>,
    accumulate: bool,
}

fn anything() -> impl Strategy<Value = Anything> {
    let kinds = vec![Kind::Silu, Kind::Prelu, Kind::Xielu, Kind::Snake, Kind::Rrelu];
    let span = (0usize..3, any_number(), any_number());
    let length = prop::option::weighted(0.7, any_number());
    (
        (prop::sample::select(kinds), prop::sample::select(Storage::ALL), 0usize..4),
        [0usize..3, 0usize..3],
        [any_number(), any_number()],
        prop::array::uniform6(span),
        [any_number(), any_number()],
        prop::option::of(any::<u64>()),
        (any::<bool>(), length),
    )
        .prop_map(
            |(
                (kind, storage, direction),
                arrangements,
                dimensions,
                mut spans,
                channels,
                seed,
                (accumulate, length),
            )| {
                if let Some(length) = length {
                    spans.iter_mut().for_each(|span| span.2 = length);
                }
                Anything {
                    kind,
                    storage,
                    direction,
                    arrangements,
                    dimensions,
                    spans,
                    channels,
                    seed,
                    accumulate,
                }
            },
        )
}

fn arranged<'a>(how: usize, dimension: u64, spans: [Span<'a>; 2]) -> Result<Pair<Span<'a>>, Error> {
    match how {
        0 => Ok(Pair::separate(spans[0], spans[1])),
        1 => Pair::halves(spans[0], dimension, Order::GateFirst),
        _ => Ok(Pair::interleaved(spans[0], Order::ValueFirst)),
    }
}

/// Binds it by itself and as a gate; the first error, if there is one.
fn bind_anything(call: &Anything, buffers: &[wgpu::Buffer]) -> Result<(), Error> {
    let span = |index: usize| {
        let (buffer, byte_offset, elements) = call.spans[index];
        Span::new(&buffers[buffer], byte_offset, elements)
    };
    let learned: Vec<Span<'_>> = (0..call.kind.learnable().len()).map(|index| span(4 + index % 2)).collect();
    let activation = call.kind.with_defaults().unwrap();
    let parameters = match call.seed {
        Some(seed) if call.kind == Kind::Rrelu => Parameters::drawn(activation, seed),
        _ if learned.is_empty() => activation.into(),
        _ => Parameters::learned(activation, &learned, Channels::new(call.channels[0], call.channels[1])),
    };
    let kernels = GPU.kernels();
    let (kind, storage) = (call.kind, call.storage);
    let inputs = arranged(call.arrangements[0], call.dimensions[0], [span(0), span(1)])?;
    let results = arranged(call.arrangements[1], call.dimensions[1], [span(2), span(3)])?;
    macro_rules! bound {
        ($kernel:expr, $inputs:expr, $outputs:expr) => {{
            let kernel = $kernel?;
            match call.accumulate {
                true => kernel.bind_accumulate(parameters, $inputs, $outputs),
                false => kernel.bind(parameters, $inputs, $outputs),
            }
            .map(|_| ())
        }};
    }
    let index = call.channels[0] as usize % 3;
    match call.direction {
        0 => bound!(kernels.gated_forward(kind, storage), inputs, span(2)),
        1 => bound!(kernels.gated_backward(kind, storage), (inputs, span(4)), results),
        2 => bound!(kernels.gated_parameter_gradient(kind, index, storage), (inputs, span(4)), span(2)),
        _ => bound!(kernels.parameter_gradient(kind, index, storage), [span(0), span(1)], span(2)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Offsets, lengths, dimensions and channels from all of u64: bound, or refused by a typed error, never a panic.
    #[test]
    fn no_value_of_any_argument_panics(call in anything()) {
        static BUFFERS: LazyLock<Vec<wgpu::Buffer>> =
            LazyLock::new(|| (0..3).map(|index| make::<f32>(index, (4096, true))).collect());
        if let Err(error) = bind_anything(&call, &BUFFERS) {
            let typed = !matches!(error, Error::Refused { .. } | Error::OutOfMemory { .. });
            prop_assert!(typed, "wgpu's own objection: {error}");
        }
        prop_assert_eq!(UNCAUGHT.load(Ordering::Relaxed), 0, "wgpu's validation fired");
    }
}

/// Once a debug build's panic: twice half of such a dimension, times the size of an element.
#[test]
fn no_elements_have_any_dimension() {
    let buffer = make::<f32>(0, (64, true));
    let none = Span::new(&buffer, 0, 0);
    for storage in Storage::ALL {
        let kernel = GPU.kernels().gated_forward(Kind::Silu, *storage).unwrap();
        for dimension in [u64::MAX - 1, u64::MAX - 3, 6, 0] {
            let pair = Pair::halves(none, dimension, Order::GateFirst).unwrap();
            assert!(kernel.bind(Activation::SILU, pair, none).unwrap().dispatches().is_empty());
        }
    }
}

/// Once 25 GB of scratch.
#[test]
fn the_sum_of_no_elements_needs_no_scratch_of_a_period() {
    let buffer = make::<f32>(0, (64, true));
    let none = Span::new(&buffer, 0, 0);
    let weights = [Span::new(&buffer, 0, 3)];
    let channels = Channels::new(3, (1 << 31) - 1);
    let prelu = Parameters::learned(Kind::Prelu.with_defaults().unwrap(), &weights, channels);
    let kernel = GPU.kernels().parameter_gradient(Kind::Prelu, 0, Storage::F16).unwrap();
    let sums = make::<f32>(1, (12, true));
    let step = kernel.bind(prelu, [none, none], Span::all(&sums)).unwrap();
    assert!(step.scratch_bytes() <= 64, "{} bytes", step.scratch_bytes());
    crate::common::submit(&GPU, &[&step]);
    assert_eq!(read::<f32>(&sums), [0.0; 3]);
}

/// A pipeline and a uniform of another device would be wgpu's panic, or its objection.
#[test]
fn a_step_of_another_device_lends_nothing() {
    let other = open(&alone());
    let x = GPU.upload(&[1.0f32, -2.0]).unwrap();
    let there = other.upload(&[3.0f32, -4.0]).unwrap();
    let kernel = |gpu: &Gpu| gpu.kernels().forward(Activation::RELU, Storage::F32).unwrap();
    let mut step = kernel(&other).bind(Activation::RELU, [there.span()], there.span()).unwrap();
    kernel(&GPU).rebind(&mut step, Activation::RELU, [x.span()], x.span()).unwrap();
    crate::common::submit(&GPU, &[&step]);
    assert_eq!(GPU.read_blocking(&x).unwrap(), [1.0, 0.0]);
    assert_eq!(UNCAUGHT.load(Ordering::Relaxed), 0, "wgpu's validation fired");
}
