//! Gates with learned and drawn parameters, in every arrangement, on a real adapter. Fails without one.

use crate::common::submit;
use crate::gated::GPU;
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{
    Activation, Channels, Element, Error, Gate, GpuBuffer, Kind, Order, Pair, Parameters, Span, Storage,
    parameter_gradient_error, rrelu_slope,
};

const LEARNABLE: [Kind; 4] = [Kind::Prelu, Kind::Swish, Kind::Snake, Kind::Xielu];

/// Exact in every storage.
fn number(index: usize, step: usize, count: usize) -> f32 {
    (((index * step) % count) as f32 - (count / 2) as f32) / 8.0
}

fn value_at(index: usize) -> f32 {
    number(index, 5, 29)
}

fn gate_at(index: usize) -> f32 {
    number(index, 7, 61)
}

fn dy_at(index: usize) -> f32 {
    number(index, 11, 17)
}

/// The learnable parameters of a channel, exact in f32.
fn learned_of(kind: Kind, channel: usize) -> Vec<f32> {
    (0..kind.learnable().len()).map(|index| 0.25 + ((channel * [5, 11][index]) % 29) as f32 / 32.0).collect()
}

/// The activation that a channel has.
fn activation_of(kind: Kind, channel: usize) -> Activation {
    let mut all = kind.with_defaults().unwrap().parameters().to_vec();
    for ((name, _), value) in kind.learnable().zip(learned_of(kind, channel)) {
        let index = kind.parameters().iter().position(|parameter| parameter.name == name).unwrap();
        all[index] = value;
    }
    kind.with(&all).unwrap()
}

/// How values and gates lie.
#[derive(Debug, Clone, Copy)]
enum Arrangement {
    Separate,
    Halves(usize, Order),
    Interleaved(Order),
}

/// A tensor of values and gates, and how its elements share parameters.
#[derive(Debug, Clone, Copy)]
struct Tensor {
    arrangement: Arrangement,
    channels: usize,
    inner: usize,
    outer: usize,
}

impl Tensor {
    fn elements(self) -> usize {
        self.channels * self.inner * self.outer
    }

    fn channel(self, element: usize) -> usize {
        element / self.inner % self.channels
    }

    /// The buffers that hold values and gates, as a pair.
    fn upload<T: Element>(self) -> Pair<GpuBuffer<T>> {
        let upload =
            |values: Vec<f32>| GPU.upload(&values.into_iter().map(T::from_f32).collect::<Vec<T>>()).unwrap();
        let n = self.elements();
        let ordered = |order, value: f32, gate: f32| match order {
            Order::ValueFirst => [value, gate],
            Order::GateFirst => [gate, value],
        };
        match self.arrangement {
            Arrangement::Separate => {
                Pair::separate(upload((0..n).map(value_at).collect()), upload((0..n).map(gate_at).collect()))
            }
            Arrangement::Interleaved(order) => {
                let all = (0..n).flat_map(|index| ordered(order, value_at(index), gate_at(index)));
                Pair::interleaved(upload(all.collect()), order)
            }
            Arrangement::Halves(half, order) => {
                let mut all = vec![0.0; 2 * n];
                for index in 0..n {
                    let first = index / half * 2 * half + index % half;
                    let [one, other] = ordered(order, value_at(index), gate_at(index));
                    (all[first], all[first + half]) = (one, other);
                }
                Pair::halves(upload(all), 2 * half as u64, order).unwrap()
            }
        }
    }

    /// The elements of a packed or separate pair, in order: values, then gates.
    fn unpack<T: Element>(self, pair: &Pair<GpuBuffer<T>>) -> [Vec<f32>; 2] {
        let parts: Vec<Vec<f32>> = pair
            .as_ref()
            .parts()
            .into_iter()
            .map(|part| GPU.read_blocking(part).unwrap().into_iter().map(T::to_f32).collect())
            .collect();
        let pick =
            |of: &dyn Fn(usize) -> usize| (0..self.elements()).map(|index| parts[0][of(index)]).collect();
        let ordered = |order, [first, second]: [Vec<f32>; 2]| match order {
            Order::ValueFirst => [first, second],
            Order::GateFirst => [second, first],
        };
        match self.arrangement {
            Arrangement::Separate => [parts[0].clone(), parts[1].clone()],
            Arrangement::Interleaved(order) => ordered(order, [pick(&|i| 2 * i), pick(&|i| 2 * i + 1)]),
            Arrangement::Halves(half, order) => {
                let first = move |index: usize| index / half * 2 * half + index % half;
                ordered(order, [pick(&first), pick(&|index| first(index) + half)])
            }
        }
    }
}

/// What a result of the storage may be off, in relation to the size of its factors.
fn tolerance(storage: Storage) -> f64 {
    match storage {
        Storage::F16 => 2f64.powi(-11),
        Storage::Bf16 => 2f64.powi(-8),
        _ => 1e-6,
    }
}

fn assert_near(got: &[f32], exact: impl Fn(usize) -> (f64, f64), storage: Storage, what: &str) {
    for (index, &got) in got.iter().enumerate() {
        let (exact, size) = exact(index);
        let allowed = tolerance(storage) * size.max(exact.abs());
        assert!((f64::from(got) - exact).abs() <= allowed, "{what}: element {index} is {got}, not {exact}");
    }
}

/// y, both gradients, and the gradients of the parameters, against exact values channel by channel.
fn check<T: Element>(kind: Kind, tensor: Tensor) {
    let what = format!("{kind} {} of {tensor:?}", T::STORAGE);
    let n = tensor.elements();
    let learned: Vec<GpuBuffer> = (0..kind.learnable().len())
        .map(|index| {
            let values: Vec<f32> =
                (0..tensor.channels).map(|channel| learned_of(kind, channel)[index]).collect();
            GPU.upload(&values).unwrap()
        })
        .collect();
    let spans: Vec<Span<'_>> = learned.iter().map(GpuBuffer::span).collect();
    let channels = Channels::new(tensor.channels as u64, tensor.inner as u64);
    let gate: Gate = activation_of(kind, 0).into();
    let parameters = Parameters::learned(gate, &spans, channels);
    let inputs = tensor.upload::<T>();
    let dys: Vec<T> = (0..n).map(|index| T::from_f32(dy_at(index))).collect();
    let dy = GPU.upload(&dys).unwrap();

    let exact = |index: usize| {
        let activation = activation_of(kind, tensor.channel(index));
        Gate::from(activation).exact(value_at(index).into(), gate_at(index).into())
    };
    let [value, gate_size] =
        [|index| f64::from(value_at(index)).abs(), |index| f64::from(gate_at(index)).abs()];
    let slope = |index: usize| f64::from(dy_at(index));
    let y = GPU.gated_forward(parameters, inputs.as_ref()).unwrap();
    let y: Vec<f32> = GPU.read_blocking(&y).unwrap().into_iter().map(T::to_f32).collect();
    assert_near(&y, |i| (exact(i).y, value(i) * (gate_size(i) + 1.0)), T::STORAGE, &format!("y of {what}"));

    let gradients = GPU.gated_backward(parameters, inputs.as_ref(), &dy).unwrap();
    let [d_value, d_gate] = tensor.unpack(&gradients);
    let size = |i: usize| (gate_size(i) + 1.0) * slope(i).abs();
    assert_near(
        &d_value,
        |i| (exact(i).d_value * slope(i), size(i)),
        T::STORAGE,
        &format!("d_value of {what}"),
    );
    let size = |i: usize| 4.0 * (gate_size(i) + 1.0) * value(i) * slope(i).abs();
    assert_near(&d_gate, |i| (exact(i).d_gate * slope(i), size(i)), T::STORAGE, &format!("d_gate of {what}"));

    for index in 0..kind.learnable().len() {
        let term = |element: usize| {
            let activation = activation_of(kind, tensor.channel(element));
            let derivative = activation.exact_by_parameter(index, gate_at(element).into()).unwrap();
            derivative * f64::from(value_at(element)) * slope(element)
        };
        let terms = GPU.gated_backward_parameter(parameters, index, inputs.as_ref(), &dy).unwrap();
        let terms: Vec<f32> = GPU.read_blocking(&terms).unwrap().into_iter().map(T::to_f32).collect();
        let size = |i: usize| 4.0 * (gate_size(i) + 1.0).powi(2) * value(i) * slope(i).abs();
        assert_near(&terms, |i| (term(i), size(i)), T::STORAGE, &format!("terms of {what}"));

        let sums = GPU.gated_parameter_gradient(parameters, index, inputs.as_ref(), &dy).unwrap();
        let sums = GPU.read_blocking(&sums).unwrap();
        assert_eq!(sums.len(), tensor.channels);
        for (channel, got) in sums.into_iter().enumerate() {
            let own = (0..n).filter(|element| tensor.channel(*element) == channel);
            let (sum, magnitude) = own.fold((0.0, 0.0), |(sum, magnitude), element| {
                (sum + term(element), magnitude + size(element))
            });
            let error = parameter_gradient_error((n / tensor.channels) as u64) + 1e-6;
            assert!(
                (f64::from(got) - sum).abs() <= error * magnitude,
                "{what}: channel {channel} has {got}, not {sum}"
            );
        }
    }
}

/// Tensors of every shape in every arrangement, or each of the two once.
fn arrangements<T: Element>(kind: Kind, all: bool) {
    let shapes = [(1, 1, 640), (3, 1, 320), (5, 16, 40), (4, 64, 25), (640, 1, 4), (2, 3, 160)];
    for (turn, (channels, inner, outer)) in shapes.into_iter().enumerate() {
        let arrangements = [
            Arrangement::Separate,
            Arrangement::Halves(16, Order::ValueFirst),
            Arrangement::Halves(10, Order::GateFirst),
            Arrangement::Halves(5, Order::GateFirst),
            Arrangement::Interleaved(Order::ValueFirst),
            Arrangement::Interleaved(Order::GateFirst),
        ];
        for &arrangement in if all { &arrangements[..] } else { &arrangements[turn..=turn] } {
            let tensor = Tensor { arrangement, channels, inner, outer };
            assert_eq!(tensor.elements() % 80, 0, "rows are whole");
            check::<T>(kind, tensor);
        }
    }
}

#[test]
fn a_gate_learns_as_an_activation_does() {
    // How elements and channels are found is the same text, whichever activation it is.
    LEARNABLE.into_iter().for_each(|kind| arrangements::<f32>(kind, kind == Kind::Prelu));
}

#[test]
fn a_gate_learns_in_16_bits() {
    arrangements::<f16>(Kind::Prelu, true);
    arrangements::<bf16>(Kind::Swish, false);
}

#[test]
fn a_gate_draws_its_slopes() {
    let (lower, upper, seed) = (0.125, 0.375, 77);
    let rrelu = Activation::rrelu(lower, upper).unwrap();
    let tensor =
        Tensor { arrangement: Arrangement::Halves(10, Order::GateFirst), channels: 1, inner: 1, outer: 5000 };
    let inputs = tensor.upload::<f32>();
    // An activation stands for its product.
    let y = GPU.gated_forward(Parameters::drawn(rrelu, seed), inputs.as_ref()).unwrap();
    let dy = GPU.upload(&vec![1.0; tensor.elements()]).unwrap();
    let gradients =
        GPU.gated_backward(Parameters::drawn(Gate::from(rrelu), seed), inputs.as_ref(), &dy).unwrap();
    let slope = |index: usize| {
        let drawn = rrelu_slope(seed, index as u64, lower, upper);
        f64::from(if gate_at(index) > 0.0 { 1.0 } else { drawn })
    };
    let [value, gate] = [|index| f64::from(value_at(index)), |index| f64::from(gate_at(index))];
    assert_near(&GPU.read_blocking(&y).unwrap(), |i| (value(i) * slope(i) * gate(i), 0.0), Storage::F32, "y");
    let [d_value, d_gate] = tensor.unpack(&gradients);
    assert_near(&d_value, |i| (slope(i) * gate(i), 0.0), Storage::F32, "d_value");
    assert_near(&d_gate, |i| (value(i) * slope(i), 0.0), Storage::F32, "d_gate");
}

#[test]
fn gradients_of_a_gates_parameters_accumulate_and_are_bound_anew() {
    let gpu = &*GPU;
    let tensor =
        Tensor { arrangement: Arrangement::Halves(8, Order::ValueFirst), channels: 4, inner: 2, outer: 100 };
    let inputs = tensor.upload::<f32>();
    let dy = gpu.upload(&(0..tensor.elements()).map(dy_at).collect::<Vec<f32>>()).unwrap();
    let weights = gpu.upload(&[0.25, 0.5, 0.75, 1.0]).unwrap();
    let spans = [weights.span()];
    let parameters = Parameters::learned(Kind::Prelu.with(&[0.25]).unwrap(), &spans, Channels::new(4, 2));
    let once = gpu.gated_parameter_gradient(parameters, 0, inputs.as_ref(), &dy).unwrap();
    let once = gpu.read_blocking(&once).unwrap();

    let sums = gpu.upload(&[1.0; 4]).unwrap();
    let kernel = gpu.kernels().gated_parameter_gradient(Kind::Prelu, 0, Storage::F32).unwrap();
    let operands = || (inputs.as_ref().map(GpuBuffer::span), dy.span());
    let mut step = kernel.bind_accumulate(parameters, operands(), sums.span()).unwrap();
    submit(gpu, &[&step]);
    kernel.rebind(&mut step, parameters, operands(), sums.span()).unwrap();
    submit(gpu, &[&step]);
    let twice: Vec<f32> = once.iter().map(|sum| (1.0 + sum) + sum).collect();
    assert_eq!(gpu.read_blocking(&sums).unwrap(), twice);
}

#[test]
fn what_a_gate_does_not_have_is_refused() {
    let gpu = &*GPU;
    let kernels = gpu.kernels();
    let error = kernels.gated_parameter_gradient(Kind::Silu, 0, Storage::F32).unwrap_err();
    assert_eq!(error, Error::NotLearnable { activation: "silu", index: 0 });
    let error = kernels.gated_backward_parameter(Gate::CLAMPED_SWIGLU, 0, Storage::F32).unwrap_err();
    assert_eq!(error, Error::NotLearnable { activation: "clamped_swiglu", index: 0 });
    let x = gpu.upload(&[1.0; 8]).unwrap();
    let spans = [x.span()];
    let one = Pair::separate(&x, &x);
    let learned = Parameters::learned(Gate::CLAMPED_SWIGLU, &spans, Channels::ONE);
    let error = gpu.gated_forward(learned, one).unwrap_err();
    assert_eq!(error, Error::WrongParameters { activation: "clamped_swiglu", expected: 0, actual: 1 });
    let drawn = Parameters::drawn(Gate::SWIGLU, 1);
    assert_eq!(gpu.gated_forward(drawn, one).unwrap_err(), Error::NothingToDraw { activation: "silu" });
    // A gate is no activation.
    let kernel = kernels.forward(Kind::Silu, Storage::F32).unwrap();
    let error = kernel.bind(Gate::SWIGLU, [x.span()], x.span()).unwrap_err();
    assert_eq!(error, Error::WrongKernel { kernel: "silu".to_owned(), activation: "gated silu".to_owned() });
}
