//! Gated functions on a real adapter: every layout, order, storage and activation, forward and backward.

use std::sync::LazyLock;

use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Activation, Element, Error, Gate, Gpu, Kind, Order, Pair, Span, Storage, wgpu};

use crate::common::{device_with, submit};

/// One device for all tests of gates, with limits so small that a few thousand elements are more than a binding or a row of workgroups holds.
pub(crate) static GPU: LazyLock<Gpu> = LazyLock::new(|| {
    device_with(|adapter| wgpu::Limits {
        max_storage_buffer_binding_size: 1 << 14,
        max_compute_workgroups_per_dimension: 5,
        min_storage_buffer_offset_alignment: adapter.min_storage_buffer_offset_alignment,
        ..wgpu::Limits::default()
    })
});

const GUARD: f32 = -77.0;
const ORDERS: [Order; 2] = [Order::ValueFirst, Order::GateFirst];

/// leaky_relu with a slope of 1/2: with small integers, every product is exact in every storage.
fn exact_gate() -> Gate {
    Activation::leaky_relu(0.5).unwrap().into()
}

/// How values and gates lie in a test.
#[derive(Debug, Clone, Copy)]
enum Arrangement {
    Separate,
    Halves(usize, Order),
    Interleaved(Order),
}

impl Arrangement {
    /// The places of value and gate number `index` in the parts.
    fn places(self, index: usize) -> [(usize, usize); 2] {
        let ordered = |order, [first, second]: [usize; 2]| match order {
            Order::ValueFirst => [(0, first), (0, second)],
            Order::GateFirst => [(0, second), (0, first)],
        };
        match self {
            Self::Separate => [(0, index), (1, index)],
            Self::Halves(half, order) => {
                let first = index / half * 2 * half + index % half;
                ordered(order, [first, first + half])
            }
            Self::Interleaved(order) => ordered(order, [2 * index, 2 * index + 1]),
        }
    }

    fn parts(self) -> usize {
        if matches!(self, Self::Separate) { 2 } else { 1 }
    }

    /// Values and gates as they lie in memory.
    fn pack<T: Element>(self, pairs: &[[f32; 2]]) -> Vec<Vec<T>> {
        let length = pairs.len() * 2 / self.parts();
        let mut parts = vec![vec![T::from_f32(0.0); length]; self.parts()];
        for (index, pair) in pairs.iter().enumerate() {
            for ((part, place), value) in self.places(index).into_iter().zip(pair) {
                parts[part][place] = T::from_f32(*value);
            }
        }
        parts
    }

    fn pair(self, mut spans: impl Iterator<Item = Span<'static>>) -> Pair<Span<'static>> {
        let mut next = || spans.next().unwrap();
        match self {
            Self::Separate => Pair::separate(next(), next()),
            Self::Halves(half, order) => Pair::halves(next(), 2 * half as u64, order).unwrap(),
            Self::Interleaved(order) => Pair::interleaved(next(), order),
        }
    }
}

/// A range of a buffer, with guards before and behind it. Leaked: spans borrow it, and a test has few.
struct Range<T: 'static> {
    buffer: &'static wgpu_activations::GpuBuffer<T>,
    first: usize,
    values: Vec<T>,
}

impl<T: Element> Range<T> {
    fn new(values: Vec<T>, word: usize) -> Self {
        let first = word * 4 / T::STORAGE.bytes() as usize;
        let guards = |count| std::iter::repeat_n(T::from_f32(GUARD), count);
        let all: Vec<T> = guards(first).chain(values.iter().copied()).chain(guards(9)).collect();
        Self { buffer: Box::leak(Box::new(GPU.upload(&all).unwrap())), first, values }
    }

    fn span(&self) -> Span<'static> {
        Span::new(self.buffer.buffer(), self.first as u64 * T::STORAGE.bytes(), self.values.len() as u64)
    }

    fn expect(&self, expected: &[T], what: &str) {
        let got = GPU.read_blocking(self.buffer).unwrap();
        for (index, got) in got.iter().enumerate() {
            let inside = index.checked_sub(self.first).and_then(|inside| expected.get(inside));
            let expected = inside.map_or(GUARD, |value| value.to_f32());
            assert_eq!(
                got.to_f32(),
                expected,
                "{what}: element {index}, of which the range begins at {}",
                self.first
            );
        }
    }
}

/// Value, gate and dy number `index`.
fn inputs(index: usize) -> ([f32; 2], f32) {
    let small = |step: usize, count: usize| ((index * step) % count) as f32 - (count / 2) as f32;
    ([small(5, 7), small(3, 11)], [1.0, -1.0, 2.0][index % 3])
}

/// All that one arrangement of so many elements can do, at offsets of so many words.
fn check<T: Element>(arrangement: Arrangement, elements: usize, words: [usize; 2]) {
    let what = format!("{arrangement:?}, {elements} of {}, offsets {words:?}", T::STORAGE);
    let gate = exact_gate();
    let from = |values: Vec<f32>| values.into_iter().map(T::from_f32).collect::<Vec<T>>();
    let pairs: Vec<[f32; 2]> = (0..elements).map(|index| inputs(index).0).collect();
    let dy: Vec<f32> = (0..elements).map(|index| inputs(index).1).collect();
    let exact = |[value, gate]: [f32; 2]| exact_gate().exact(value.into(), gate.into());
    let gradients: Vec<[f32; 2]> = pairs
        .iter()
        .zip(&dy)
        .map(|(pair, dy)| [exact(*pair).d_value as f32 * dy, exact(*pair).d_gate as f32 * dy])
        .collect();
    let twice: Vec<[f32; 2]> = gradients.iter().map(|pair| pair.map(|value| 2.0 * value)).collect();
    let ranges = |pairs: &[[f32; 2]], word| -> Vec<Range<T>> {
        arrangement.pack(pairs).into_iter().map(|part| Range::new(part, word)).collect()
    };
    let pair = |ranges: &[Range<T>]| {
        arrangement.pair(ranges.iter().map(Range::span).collect::<Vec<_>>().into_iter())
    };
    let expect = |ranges: &[Range<T>], pairs: &[[f32; 2]], direction: &str| {
        for (range, expected) in ranges.iter().zip(arrangement.pack::<T>(pairs)) {
            range.expect(&expected, &format!("{direction} of {what}"));
        }
    };

    let x = ranges(&pairs, words[0]);
    let y = Range::new(vec![T::from_f32(1.0); elements], words[1]);
    let dy = Range::new(from(dy), words[1]);
    let dx = ranges(&vec![[0.0; 2]; elements], words[1]);
    let forward = GPU.kernels().gated_forward(gate, T::STORAGE).unwrap();
    let backward = GPU.kernels().gated_backward(gate, T::STORAGE).unwrap();
    let steps = [
        forward.bind(gate, pair(&x), y.span()).unwrap(),
        backward.bind(gate, (pair(&x), dy.span()), pair(&dx)).unwrap(),
        backward.bind_accumulate(gate, (pair(&x), dy.span()), pair(&dx)).unwrap(),
    ];
    submit(&GPU, &steps.iter().collect::<Vec<_>>());
    let results: Vec<f32> = pairs.iter().map(|pair| exact(*pair).y as f32).collect();
    y.expect(&from(results), &what);
    expect(&dx, &twice, "gradients");
    expect(&x, &pairs, "inputs");

    let step = backward.bind(gate, (pair(&x), dy.span()), pair(&x)).unwrap();
    submit(&GPU, &[&step]);
    expect(&x, &gradients, "gradients in place");
}

/// Halves of an odd number of 16-bit elements begin within words.
const HALVES: [usize; 7] = [1, 2, 3, 8, 30, 31, 32];

fn every_layout<T: Element>() {
    for words in [[0, 0], [1, 1], [0, 2], [3, 1], [2, 4]] {
        for elements in [0, 1, 2, 3, 7, 8, 9, 255, 1031] {
            check::<T>(Arrangement::Separate, elements, words);
            for order in ORDERS {
                check::<T>(Arrangement::Interleaved(order), elements, words);
            }
        }
        for half in HALVES {
            for rows in [1, 2, 5, 33] {
                check::<T>(Arrangement::Halves(half, ORDERS[rows % 2]), half * rows, words);
            }
        }
    }
}

#[test]
fn every_layout_in_f32() {
    every_layout::<f32>();
}

#[test]
fn every_layout_in_f16() {
    every_layout::<f16>();
}

#[test]
fn every_layout_in_bf16() {
    every_layout::<bf16>();
}

/// More than a binding of 16 KiB holds, and more workgroups than fit side by side.
#[test]
fn steps_are_split_at_the_limits_of_the_device() {
    for words in [[0, 0], [1, 2]] {
        check::<f32>(Arrangement::Separate, 20_001, words);
        check::<f16>(Arrangement::Separate, 20_001, words);
        for order in ORDERS {
            check::<f32>(Arrangement::Interleaved(order), 20_001, words);
            check::<f16>(Arrangement::Interleaved(order), 20_001, words);
            // Many rows; a few to a binding; each longer than one.
            for (half, rows) in [(3, 5001), (500, 41), (9001, 3)] {
                check::<f32>(Arrangement::Halves(half, order), half * rows, words);
                check::<bf16>(Arrangement::Halves(2 * half, order), 2 * half * rows, words);
            }
            // Rows that begin within words: two elements that are neighbours in y are a row apart in x.
            for (half, rows) in [(3, 5001), (1501, 11)] {
                check::<f16>(Arrangement::Halves(half, order), half * rows, words);
            }
        }
    }
}

/// The distance from a float of this size to the next.
fn ulp(x: f64) -> f64 {
    let x = (x.abs() as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
    f64::from(x) - f64::from(x.next_down())
}

/// Below this an adapter may flush.
const TINY: f64 = 1.2e-38;

/// Gates that a function may be hard at, each with a value and a dy.
fn hard_inputs() -> [Vec<f32>; 3] {
    let gates =
        (-2000..2000).map(|index| index as f32 / 97.0).chain([0.0, -0.0, 1e-30, -1e-30, 100.0, -100.0, 1e4]);
    let gates: Vec<f32> = gates.collect();
    let value = |index: usize| ((index * 37 % 211) as f32 - 105.3) / 13.0;
    let dy = |index: usize| ((index * 61 % 199) as f32 - 99.7) * 2f32.powi((index % 41) as i32 - 20);
    [(0..gates.len()).map(value).collect(), gates.clone(), (0..gates.len()).map(dy).collect()]
}

/// Against the exact values, every result has the activation's own error and one rounding.
#[test]
fn every_activation_gated_rounds_once_more_than_by_itself() {
    let gpu = &*GPU;
    let [value, gate, dy] = hard_inputs();
    let [values, gates, dys] = [&value, &gate, &dy].map(|values| gpu.upload(values).unwrap());
    let product: Vec<f32> = value.iter().zip(&dy).map(|(value, dy)| value * dy).collect();
    let products = gpu.upload(&product).unwrap();
    for activation in Kind::ALL.iter().flat_map(|kind| kind.samples()) {
        let pair = Pair::separate(&values, &gates);
        let read = |buffer| gpu.read_blocking(&buffer).unwrap();
        let y = read(gpu.gated_forward(activation, pair).unwrap());
        let gradients = gpu.gated_backward(activation, pair, &dys).unwrap();
        let [d_value, d_gate] = <[_; 2]>::try_from(gradients.parts()).unwrap().map(read);
        let own = read(gpu.forward(activation, &gates).unwrap());
        let own_gradient = read(gpu.backward(activation, &gates, &products).unwrap());
        for index in 0..value.len() {
            let [v, g, dy] = [value[index], gate[index], dy[index]].map(f64::from);
            let exact = activation.exact(g);
            let own_error = (f64::from(own[index]) - exact.value).abs();
            let p = f64::from(product[index]);
            let gradient_error = (f64::from(own_gradient[index]) - exact.derivative * p).abs();
            for (what, got, expected, error) in [
                ("y", y[index], v * exact.value, v.abs() * own_error + 0.5 * ulp(v * exact.value)),
                (
                    "d_value",
                    d_value[index],
                    dy * exact.value,
                    dy.abs() * own_error + 0.5 * ulp(dy * exact.value),
                ),
                (
                    "d_gate",
                    d_gate[index],
                    dy * v * exact.derivative,
                    gradient_error + exact.derivative.abs() * 0.5 * ulp(p),
                ),
            ] {
                // The oracle's own error, and what an adapter may flush: of a tiny activation, times the other factors.
                let slack = 2e-12 * expected.abs() + TINY * (1.0 + v.abs()) * (1.0 + dy.abs());
                // Beyond f32, both are infinite: exp's; outside a domain, both are NaN: log's.
                let same = got == expected as f32 || (got.is_nan() && expected.is_nan());
                assert!(
                    same || (f64::from(got) - expected).abs() <= error + slack,
                    "{activation} {what} at value {v:e}, gate {g:e}, dy {dy:e}: {got:e}, exact {expected:e}, allowed {error:e}"
                );
            }
        }
    }
}

fn run(gate: Gate, value: &[f32], gates: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
    let gpu = &*GPU;
    let [value, gates, dy] = [value, gates, dy].map(|values| gpu.upload(values).unwrap());
    let pair = Pair::separate(&value, &gates);
    let y = gpu.gated_forward(gate, pair).unwrap();
    let gradients = gpu.gated_backward(gate, pair, &dy).unwrap().parts();
    [&y, &gradients[0], &gradients[1]].map(|buffer| gpu.read_blocking(buffer).unwrap())
}

/// Within a few ulp: swish's own error, the sum's and the product's rounding. Beside the zero of swish's derivative an absolute one.
#[test]
fn clamped_swiglu_is_exact_to_a_few_ulp_and_flat_beyond_its_limits() {
    let [mut value, gate, dy] = hard_inputs();
    for (index, limit) in [7.0f32, -7.0, 1.5, -1.5].into_iter().enumerate() {
        value[index * 3] = limit;
        value[index * 3 + 1] = limit.next_up();
        value[index * 3 + 2] = limit.next_down();
    }
    for form in [
        Gate::CLAMPED_SWIGLU,
        Gate::clamped_swiglu(1.5, -0.7, 1.0).unwrap(),
        Gate::clamped_swiglu(10.0, 1.0, 0.0).unwrap(),
        Gate::clamped_swiglu(f32::INFINITY, 1.0, 0.0).unwrap(),
    ] {
        let [y, d_value, d_gate] = run(form, &value, &gate, &dy);
        for index in 0..value.len() {
            let exact = form.exact(value[index].into(), gate[index].into());
            let dy = f64::from(dy[index]);
            let floor = |derivative: f64| if derivative == 0.0 { 0.0 } else { 8.0 * 6e-8 * dy.abs() };
            for (what, got, expected, error) in [
                ("y", y[index], exact.y, 6.0 * ulp(exact.y)),
                ("d_value", d_value[index], exact.d_value * dy, 6.0 * ulp(exact.d_value * dy)),
                (
                    "d_gate",
                    d_gate[index],
                    exact.d_gate * dy,
                    6.0 * ulp(exact.d_gate * dy) + floor(exact.d_gate),
                ),
            ] {
                let slack = if expected == 0.0 { 0.0 } else { TINY * (1.0 + dy.abs()) };
                let error = if expected == 0.0 { 0.0 } else { error };
                assert!(
                    (f64::from(got) - expected).abs() <= error + slack,
                    "{form} {what} at {} and {}, dy {dy:e}: {got:e}, exact {expected:e}",
                    value[index],
                    gate[index]
                );
            }
        }
    }
}

/// DeepSeek-V4's: without the offset, and with limits that are met.
#[test]
fn clamped_swiglu_has_an_offset() {
    let gate = "clamped_swiglu(limit=10, slope=1, offset=0)".parse().unwrap();
    let [y, ..] = run(gate, &[-12.0, 0.5, 3.0], &[12.0, -10.0, 9.5265], &[1.0; 3]);
    let exact = [-99.995_460_2, -2.269_893e-4, 28.577_41];
    for (got, exact) in y.into_iter().zip(exact) {
        assert!((f64::from(got) / exact - 1.0).abs() < 1e-5, "{got}, exact {exact}");
    }
}

/// At exactly a limit the gradient is 0; an infinite limit is none, and infinite inputs give the limit.
#[test]
fn gates_of_current_models_at_their_bounds() {
    let inf = f32::INFINITY;
    for (text, value, gate, expected) in [
        ("clamped_swiglu", 7.0, 1.0, [8.0 * 0.845_794_f32, 0.0]),
        ("clamped_swiglu(limit=inf, slope=1, offset=0)", 3.0, inf, [inf, inf]),
        ("clamped_swiglu(limit=inf, slope=1, offset=0)", inf, -inf, [0.0, 0.0]),
        ("swiglu_step", 7.0, 1.0, [7.0 * 0.731_058_6, 0.0]),
        ("swiglu_step", 2.0, inf, [14.0, 7.0]),
        ("swiglu_step", -inf, 20.0, [-49.0, 0.0]),
        ("situ_glu", inf, inf, [100.0, 0.0]),
        ("situ_glu", -inf, 5.0, [-25.0 * 3.393_134 * 0.993_307_1, 0.0]),
        ("situ_glu", 1.0, -inf, [0.0, 0.0]),
        ("situ_glu(gate_cap=1e6, value_cap=inf)", 3.0, 1.0, [3.0 * 0.731_058_6, 0.731_058_6]),
    ] {
        let [y, d_value, _] = run(text.parse().unwrap(), &[value], &[gate], &[1.0]);
        for (got, expected) in [(y[0], expected[0]), (d_value[0], expected[1])] {
            let right = got == expected || (got / expected - 1.0).abs() < 1e-5;
            assert!(right, "{text} of {value} and {gate}: {got}, expected {expected}");
        }
    }
}

/// The derivatives that `exact` states are those of its own y.
#[test]
fn exact_derivatives_agree_with_central_differences() {
    const STEP: f64 = 1e-5;
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-8 * (1.0 + a.abs());
    for named in Gate::NAMED {
        for (value, gate) in
            [(1.3, 0.7), (-2.1, 2.2), (3.3, -1.9), (-0.4, -0.3), (8.0, 1.0), (2.0, 9.0), (-9.0, 5.0)]
        {
            let y = |value, gate| named.gate.exact(value, gate).y;
            let exact = named.gate.exact(value, gate);
            let by_value = (y(value + STEP, gate) - y(value - STEP, gate)) / (2.0 * STEP);
            let by_gate = (y(value, gate + STEP) - y(value, gate - STEP)) / (2.0 * STEP);
            assert!(
                close(exact.d_value, by_value) && close(exact.d_gate, by_gate),
                "{} at {value}, {gate}",
                named.name
            );
        }
    }
}

#[test]
fn shut_gates_pass_nothing_on_and_nan_is_kept() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    // A gate below 0: relu and its derivative are 0.
    let [y, d_value, d_gate] = run(Gate::REGLU, &[inf, -inf, 3.0, nan], &[-1.0; 4], &[inf, nan, inf, 1.0]);
    assert_eq!(y[..3], [0.0; 3]);
    assert!(y[3].is_nan(), "{y:?}");
    assert_eq!((d_value, d_gate), (vec![0.0; 4], vec![0.0; 4]));
    for gate in Gate::NAMED.iter().map(|named| named.gate) {
        let [y, d_value, d_gate] = run(gate, &[1.0, nan], &[nan, 1.0], &[1.0; 2]);
        assert!(y[0].is_nan() && d_value[0].is_nan() && d_gate[0].is_nan(), "{gate}");
        assert!(y[1].is_nan() && d_gate[1].is_nan(), "{gate}");
    }
    // A value of 0: the derivative by the gate is 0.
    let [.., d_gate] = run(Gate::SWIGLU, &[0.0; 2], &[1.0; 2], &[inf, nan]);
    assert_eq!(d_gate, [0.0; 2]);
    let [.., d_gate] = run(Gate::CLAMPED_SWIGLU, &[1.0, -1.0, nan], &[7.0, 1.0, 8.0], &[nan, inf, 1.0]);
    assert_eq!(d_gate[..2], [0.0; 2]);
    assert!(d_gate[2].is_nan());
}

/// dy times the value is beyond f32, the gradient is not.
#[test]
fn gradients_keep_their_digits_where_dy_times_value_leaves_the_range() {
    let scale = 2f32.powi(80);
    let steep: Gate = Activation::leaky_relu(scale).unwrap().into();
    let flat: Gate = Activation::leaky_relu(1.0 / scale).unwrap().into();
    let [.., d_gate] = run(flat, &[scale, -3.0], &[-1.0; 2], &[3.0 * scale, f32::MAX]);
    assert_eq!(d_gate, [3.0 * scale, (-3.0 * f64::from(f32::MAX) / f64::from(scale)) as f32]);
    let [.., d_gate] = run(steep, &[1.0 / scale, -0.75], &[-1.0; 2], &[3.0 / scale, f32::MIN_POSITIVE]);
    assert_eq!(d_gate, [3.0 / scale, -0.75 * f32::MIN_POSITIVE * scale]);
}

/// An arena: gradients in another arrangement than the inputs, all in one buffer.
#[test]
fn operands_share_a_buffer_and_gradients_are_arranged_anew() {
    let gpu = &*GPU;
    let n = 1001;
    let pairs: Vec<[f32; 2]> = (0..n).map(|index| inputs(index).0).collect();
    let x: Vec<f32> = Arrangement::Interleaved(Order::GateFirst).pack(&pairs).concat();
    let arena: Vec<f32> = x.iter().copied().chain(std::iter::repeat_n(1.0, 3 * n)).collect();
    let buffer = gpu.upload(&arena).unwrap();
    let span = |first: usize, elements: usize| Span::new(buffer.buffer(), 4 * first as u64, elements as u64);
    let kernel = gpu.kernels().gated_backward(Kind::LeakyRelu, Storage::F32).unwrap();
    let inputs = Pair::interleaved(span(0, 2 * n), Order::GateFirst);
    let gradients = Pair::separate(span(3 * n, n), span(4 * n, n));
    let mut step = kernel.bind(exact_gate(), (inputs, span(2 * n, n)), gradients).unwrap();
    submit(gpu, &[&step]);
    // d_value over dy, the other one in place.
    let gradients = Pair::separate(span(2 * n, n), span(4 * n, n));
    kernel.rebind(&mut step, exact_gate(), (inputs, span(2 * n, n)), gradients).unwrap();
    submit(gpu, &[&step]);
    let got = gpu.read_blocking(&buffer).unwrap();
    for (index, pair) in pairs.iter().enumerate() {
        let exact = exact_gate().exact(pair[0].into(), pair[1].into());
        let at = |part: usize| f64::from(got[part * n + index]);
        assert_eq!([at(2), at(3), at(4)], [exact.d_value, exact.d_value, exact.d_gate], "{index}");
    }
    assert_eq!(got[..2 * n], x);
}

#[test]
fn names_parse_and_print() {
    for named in Gate::NAMED {
        assert_eq!(named.name.parse::<Gate>().unwrap(), named.gate, "{}", named.name);
        assert_eq!(named.gate.to_string().parse::<Gate>().unwrap(), named.gate);
    }
    let clamped: Gate = "clamped_swiglu(limit=5)".parse().unwrap();
    assert_eq!(clamped, Gate::clamped_swiglu(5.0, 1.702, 1.0).unwrap());
    assert_eq!(clamped.to_string(), "clamped_swiglu(limit=5, slope=1.702, offset=1)");
    assert!(matches!("clamped_swiglu(limit=0)".parse::<Gate>(), Err(Error::InvalidParameter { .. })));
    assert_eq!("Clamped_SwiGLU(5)".parse::<Gate>().unwrap(), clamped);
    assert!(matches!("clamped_swiglu(seven)".parse::<Gate>(), Err(Error::Parse { .. })));
    assert!(matches!("gelu".parse::<Gate>(), Err(Error::AmbiguousActivation { .. })));
    assert_eq!(
        "situ_glu(value_cap=inf)".parse::<Gate>().unwrap(),
        Gate::situ_glu(4.0, f32::INFINITY).unwrap()
    );
    assert!(matches!("swiglu_step(cap=1)".parse::<Gate>(), Err(Error::UnknownParameter { .. })));
    assert!(matches!(Gate::situ_glu(0.0, 1.0), Err(Error::InvalidParameter { .. })));
    assert!(matches!(Gate::clamped_swiglu(7.0, f32::NAN, 1.0), Err(Error::InvalidParameter { .. })));
}

#[test]
fn mistakes_are_typed_errors() {
    let gpu = &*GPU;
    let buffers: Vec<_> = (0..5).map(|_| gpu.upload(&[0.0; 64]).unwrap()).collect();
    let span = |buffer: usize, first: u64, elements| Span::new(buffers[buffer].buffer(), 4 * first, elements);
    let forward = gpu.kernels().gated_forward(Kind::Silu, Storage::F32).unwrap();
    let bind = |inputs, y| forward.bind(Gate::SWIGLU, inputs, y).map(|_| ()).unwrap_err();
    let halves = |x, dimension| Pair::halves(x, dimension, Order::ValueFirst);
    assert_eq!(
        halves(span(0, 0, 7), 7).unwrap_err(),
        Error::OddSplit { what: "the last dimension", elements: 7 }
    );
    let error = bind(halves(span(0, 0, 20), 8).unwrap(), span(1, 0, 10));
    assert_eq!(
        error,
        Error::NotDivisible { operand: "x", elements: 20, what: "the last dimension", divisor: 8 }
    );
    let error = bind(Pair::interleaved(span(0, 0, 7), Order::ValueFirst), span(1, 0, 3));
    assert_eq!(error, Error::OddSplit { what: "x", elements: 7 });
    let error = bind(Pair::separate(span(0, 0, 4), span(1, 0, 5)), span(2, 0, 4));
    assert_eq!(error, Error::LengthMismatch { operand: "gate", expected: 4, actual: 5 });
    let error = bind(Pair::interleaved(span(0, 0, 8), Order::ValueFirst), span(1, 0, 8));
    assert_eq!(error, Error::LengthMismatch { operand: "y", expected: 4, actual: 8 });
    let error = bind(Pair::separate(span(0, 0, 4), span(1, 0, 4)), span(0, 2, 4));
    assert_eq!(error, Error::Overlap { output: "y", input: "value" });
    let error = bind(Pair::interleaved(span(0, 0, 8), Order::ValueFirst), span(0, 4, 4));
    assert_eq!(error, Error::Overlap { output: "y", input: "x" });
    let error = forward.bind(Gate::GLU, Pair::separate(span(0, 0, 4), span(1, 0, 4)), span(2, 0, 4));
    assert_eq!(
        error.unwrap_err(),
        Error::WrongKernel { kernel: "gated silu".to_owned(), activation: "gated sigmoid".to_owned() }
    );

    let backward = gpu.kernels().gated_backward(Kind::Silu, Storage::F32).unwrap();
    let bind =
        |inputs, dy, gradients| backward.bind(Gate::SWIGLU, (inputs, dy), gradients).map(|_| ()).unwrap_err();
    let separate = Pair::separate(span(0, 0, 4), span(1, 0, 4));
    let error = bind(separate, span(2, 0, 4), Pair::separate(span(3, 0, 4), span(3, 0, 4)));
    assert_eq!(error, Error::SameRange { one: "d_value", other: "d_gate" });
    let error = bind(separate, span(2, 0, 4), Pair::separate(span(3, 0, 4), span(2, 1, 4)));
    assert_eq!(error, Error::Overlap { output: "d_gate", input: "dy" });
    let in_halves = halves(span(0, 0, 8), 4).unwrap();
    let error = bind(in_halves, span(2, 0, 4), Pair::interleaved(span(0, 0, 8), Order::ValueFirst));
    assert_eq!(error, Error::Rearranged { output: "dx", input: "x" });
    let error = bind(in_halves, span(2, 0, 4), halves(span(3, 0, 8), 8).unwrap());
    assert_eq!(error, Error::LengthMismatch { operand: "the last dimension of dx", expected: 4, actual: 8 });
}
