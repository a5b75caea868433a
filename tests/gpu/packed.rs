//! Tensors of 16 bits that lie one after the other in an arena, however odd their lengths: neighbours share words. Results are those of the
//! same tensors far apart, bit for bit. Fails without an adapter.

use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{
    Activation, Axis, Channels, Element, Error, Formula, Gate, Kernels, Kind, Operand, Order, Pair,
    Parameters, Softmax, SoftmaxKind, Span, Step, Storage, Storages, wgpu,
};

use crate::common::{GPU, again, some, submit};

/// A tensor in an arena; all in elements.
#[derive(Clone, Copy)]
struct Tensor<'a> {
    arena: &'a wgpu::Buffer,
    bytes: u64,
    first: u64,
    length: u64,
}

impl<'a> Tensor<'a> {
    fn all(&self) -> Span<'a> {
        Span::new(self.arena, self.first * self.bytes, self.length)
    }

    fn rows(&self, first: u64, pitch: u64, row: u64, count: u64) -> Span<'a> {
        Span::rows(self.arena, (self.first + first) * self.bytes, pitch * self.bytes, row, count)
    }
}

/// What is computed of some tensors.
trait Steps: Fn(&Kernels, Storage, &[Tensor<'_>]) -> Result<Vec<Step>, Error> {}

impl<F: Fn(&Kernels, Storage, &[Tensor<'_>]) -> Result<Vec<Step>, Error>> Steps for F {}

/// Where tensors of these lengths begin: from `first` on, each at the next multiple of `unit`.
fn places(lengths: &[usize], first: usize, unit: usize) -> Vec<usize> {
    let mut next = first;
    let place = |length: &usize| {
        let place = next.next_multiple_of(unit);
        next = place + length;
        place
    };
    lengths.iter().map(place).collect()
}

/// Halves of small whole numbers: their products and sums are exact in f32.
fn numbers(tensor: usize, length: usize) -> impl Iterator<Item = f32> {
    (0..length).map(move |index| ((index * 7 + tensor * 5) % 13) as f32 / 2.0 - 2.75)
}

/// What lies between tensors.
const BESIDE: f32 = 42.0;

/// The tensors after these steps, of which each begins as some numbers; what lies beside them stays as it is.
fn computed<T: Element>(lengths: &[usize], places: &[usize], steps: &impl Steps) -> Vec<Vec<f32>> {
    let ranges: Vec<_> = places.iter().zip(lengths).map(|(&place, &length)| place..place + length).collect();
    let end = ranges.last().map_or(0, |range| range.end);
    let mut values = vec![T::from_f32(BESIDE); (end + 1).next_multiple_of(2)];
    for (tensor, range) in ranges.iter().enumerate() {
        let numbers = numbers(tensor, range.len()).map(T::from_f32);
        values[range.clone()].iter_mut().zip(numbers).for_each(|(value, number)| *value = number);
    }
    let arena = GPU.upload(&values).unwrap();
    let tensor = |range: &std::ops::Range<usize>| Tensor {
        arena: arena.buffer(),
        bytes: T::STORAGE.bytes(),
        first: range.start as u64,
        length: range.len() as u64,
    };
    let tensors: Vec<_> = ranges.iter().map(tensor).collect();
    let steps = steps(GPU.kernels(), T::STORAGE, &tensors).unwrap();
    submit(&GPU, &steps.iter().collect::<Vec<_>>());
    let mut after: Vec<f32> =
        GPU.read_blocking(&arena).unwrap().into_iter().map(|value: T| value.to_f32()).collect();
    let tensors = ranges.iter().map(|range| after[range.clone()].to_vec()).collect();
    ranges.into_iter().for_each(|range| after[range].fill(BESIDE));
    assert!(after.iter().all(|value| *value == BESIDE), "what lies beside the tensors is written");
    tensors
}

fn hold_in<T: Element>(lengths: &[usize], steps: &impl Steps) {
    let apart = computed::<T>(lengths, &places(lengths, 0, 128), steps);
    let begun = (0..).zip(lengths).map(|(tensor, &length)| numbers(tensor, length).collect::<Vec<_>>());
    assert!(!begun.eq(apart.iter().cloned()), "nothing is computed");
    for first in [0, 1] {
        let packed = computed::<T>(lengths, &places(lengths, first, 1), steps);
        assert_eq!(packed, apart, "{lengths:?} in {}, from {first} on", T::STORAGE);
    }
}

/// Steps over tensors of these lengths, packed or not. Where halves lie is the same in both types: see `of_each_storage`.
fn hold(lengths: &[usize], steps: impl Steps) {
    hold_in::<f16>(lengths, &steps);
    if !again() {
        hold_in::<bf16>(lengths, &steps);
    }
}

/// One element; one word and a half; more than a workgroup takes.
const LENGTHS: [usize; 4] = [1, 3, 8, 2051];

#[test]
fn activations() {
    for length in LENGTHS {
        hold(&[length; 3], |kernels, storage, at| {
            let [backward, forward] =
                [kernels.backward(Kind::Silu, storage)?, kernels.backward(Kind::Relu, storage)?];
            Ok(vec![
                backward.bind(Activation::SILU, [at[0].all(), at[1].all()], at[2].all())?,
                forward.bind_accumulate(Activation::RELU, [at[0].all(), at[2].all()], at[2].all())?,
            ])
        });
        hold(&[length; 2], |kernels, storage, at| {
            let kernel = kernels.forward(Kind::Rrelu, storage)?;
            let drawn = Parameters::drawn(Activation::rrelu(0.25, 0.5)?, 7);
            Ok(vec![kernel.bind(drawn, [at[0].all()], at[1].all())?])
        });
    }
}

#[test]
fn gates_in_every_packing() {
    let swiglu = Gate::SWIGLU;
    for length in LENGTHS {
        hold(&[length; 5], |kernels, storage, at| {
            let pair = Pair::separate(at[0].all(), at[1].all());
            let gradients = Pair::separate(at[2].all(), at[4].all());
            let forward = kernels.gated_forward(swiglu, storage)?;
            let backward = kernels.gated_backward(swiglu, storage)?;
            Ok(vec![
                forward.bind_accumulate(swiglu, pair, at[3].all())?,
                backward.bind(swiglu, (pair, at[2].all()), gradients)?,
            ])
        });
        let halves = [None, Some(1), Some(length)].into_iter().chain((length % 2 == 0).then_some(Some(2)));
        let packings = halves.flat_map(|half| [(half, Order::ValueFirst), (half, Order::GateFirst)]);
        for (half, order) in some(packings) {
            // In one storage: where operands lie is the same text in the other.
            hold_in::<bf16>(
                &[2 * length, length, length, 2 * length],
                &|kernels: &Kernels, storage, at: &[Tensor<'_>]| {
                    let packed = |tensor: usize| match half {
                        None => Ok(Pair::interleaved(at[tensor].all(), order)),
                        Some(half) => Pair::halves(at[tensor].all(), 2 * half as u64, order),
                    };
                    let (x, dx, dy) = (packed(0)?, packed(3)?, at[1].all());
                    let forward = kernels.gated_forward(swiglu, storage)?;
                    let backward = kernels.gated_backward(swiglu, storage)?;
                    Ok(vec![
                        forward.bind(swiglu, x, at[2].all())?,
                        backward.bind_accumulate(swiglu, (x, dy), dx)?,
                        backward.bind(swiglu, (x, dy), x)?,
                    ])
                },
            );
        }
    }
}

/// Two results in one binding, and one of f32 beside 16 bits.
#[test]
fn formulas() {
    let two: Formula = "y = silu(a) * b; z = a - b".parse().unwrap();
    let back: Formula = "a = z * 2".parse().unwrap();
    for length in LENGTHS {
        hold(&[length; 4], |kernels, storage, at| {
            let [a, b, y, z] = [0, 1, 2, 3].map(|tensor: usize| Operand::from(at[tensor].all()));
            let operands = [("a", a), ("b", b), ("y", y), ("z", z)];
            let kernel = kernels.formula(&two, storage)?;
            Ok(vec![kernel.bind(&operands)?, kernel.bind_accumulate(&operands)?])
        });
        let floats = GPU.upload(&vec![0.0_f32; length]).unwrap();
        hold(&[length; 3], |kernels, storage, at| {
            let [a, b, y] = [0, 1, 2].map(|tensor: usize| Operand::from(at[tensor].all()));
            let z = Operand::from(floats.span());
            let storages = Storages::from(storage).with("z", Storage::F32);
            Ok(vec![
                kernels.formula(&two, storages.clone())?.bind(&[("a", a), ("b", b), ("y", y), ("z", z)])?,
                kernels.formula(&back, storages)?.bind(&[("z", z), ("a", a)])?,
            ])
        });
    }
}

/// Rows with room between them: of odd lengths, an odd number of elements apart, or beginning at one.
#[test]
fn rows_with_room_between_them() {
    let sum: Formula = "y = x + r * 2".parse().unwrap();
    for (row, pitches, begin) in
        [(3, [7, 5, 3], 0), (4, [6, 4, 5], 1), (4, [6, 8, 4], 0), (601, [1001, 603, 602], 2)]
    {
        let [x, r, y] = pitches.map(|pitch| (begin + 9 * pitch) as usize);
        hold(&[x, r, y], |kernels, storage, at| {
            let of = |tensor: usize| Operand::from(at[tensor].rows(begin, pitches[tensor], row, 9));
            Ok(vec![kernels.formula(&sum, storage)?.bind(&[("x", of(0)), ("r", of(1)), ("y", of(2))])?])
        });
    }
}

#[test]
fn sums_and_learned_parameters() {
    let prelu = Activation::prelu(0.25).unwrap();
    for (channels, inner) in [(1, 1), (3, 1), (4, 3)] {
        let weights = GPU.upload(&[0.5_f32, 0.25, -2.0, 1.0][..channels]).unwrap();
        let sums = GPU.upload(&vec![0.0_f32; channels]).unwrap();
        let channels = Channels::new(channels as u64, inner);
        let length = 2 * 3 * 4 * 17 * 5 + 12;
        let gradients: std::sync::Mutex<Vec<Vec<f32>>> = Default::default();
        hold(&[length, length, length + 1], |kernels, storage, at| {
            let weights = [weights.span()];
            let learned = || Parameters::learned(prelu, &weights, channels);
            let y = Span::new(at[2].arena, at[2].first * at[2].bytes, length as u64);
            let sum = kernels.parameter_gradient(Kind::Prelu, 0, storage)?;
            let step = sum.bind(learned(), [at[0].all(), at[1].all()], sums.span())?;
            submit(&GPU, &[&step]);
            gradients.lock().unwrap().push(GPU.read_blocking(&sums)?);
            Ok(vec![kernels.forward(Kind::Prelu, storage)?.bind(learned(), [at[0].all()], y)?])
        });
        let gradients = gradients.into_inner().unwrap();
        assert!(gradients.iter().all(|sums| *sums == gradients[0] && sums[0] != 0.0), "{gradients:?}");
    }
}

#[test]
fn functions_of_rows() {
    for (size, inner) in [(6, 1), (5, 1), (3, 4)] {
        let softmax = Softmax::new(Axis::new(size, inner));
        let length = (size * inner) as usize * 9;
        hold(&[length; 3], |kernels, storage, at| {
            let hardmax = kernels.softmax(SoftmaxKind::Hardmax, storage)?;
            let hardmax = hardmax.bind(Softmax::hardmax(softmax.axis()), [at[0].all()], at[0].all())?;
            // y (dy - sum y dy) of any numbers.
            let backward = kernels.softmax_backward_from_output(SoftmaxKind::Softmax, storage)?;
            let backward = backward.bind(softmax, [at[1].all(), at[2].all()], at[2].all())?;
            Ok(vec![hardmax, backward])
        });
    }
}
