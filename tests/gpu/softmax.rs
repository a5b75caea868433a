//! Functions of rows on a real adapter. Fails without one.

use wgpu_activations::half::f16;
use wgpu_activations::{
    Axis, Broadcast, Channels, CrossEntropy, Error, Formula, GpuBuffer, Kernels, Operand, Softmax,
    SoftmaxKind, Span, Storage, Targets, gumbel_noise, wgpu,
};

use crate::common::{GPU, device_with, submit};

#[test]
fn rows_in_an_arena_in_place_and_accumulating() {
    let kernels = Kernels::new(GPU.device());
    let kernel = kernels.softmax(SoftmaxKind::Softmax, Storage::F32).unwrap();
    let softmax = Softmax::new(Axis::last(3));
    // Two rows from element 1 on, and as many results from element 8 on.
    let arena =
        GPU.upload(&[9.0_f32, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0]).unwrap();
    let (x, y) = (Span::new(arena.buffer(), 4, 6), Span::new(arena.buffer(), 32, 6));
    let steps = [kernel.bind_accumulate(softmax, [x], y).unwrap(), kernel.bind(softmax, [x], x).unwrap()];
    submit(&GPU, &steps.each_ref());
    let third = 1.0_f32 / 3.0;
    let row = [0.090_030_57, 0.244_728_48, 0.665_240_94, third, third, third];
    let expected: Vec<f32> = [&[9.0][..], &row, &[9.0], &row.map(|y| 1.0 + y), &[9.0]].concat();
    for (got, expected) in GPU.read_blocking(&arena).unwrap().into_iter().zip(expected) {
        assert!((got - expected).abs() <= 2.4e-7, "{got} for {expected}");
    }
}

#[test]
fn losses_in_an_arena_and_accumulating() {
    let kernels = Kernels::new(GPU.device());
    let cross_entropy = CrossEntropy::new(Axis::last(2));
    let loss = kernels.cross_entropy(Targets::Labels, Storage::F32).unwrap();
    let gradient = kernels.cross_entropy_backward(Targets::Labels, Storage::F32).unwrap();
    // Two rows, then 256 bytes apart from each other: labels, what arrives, losses.
    let mut words = vec![0_u32; 256];
    words[..4].copy_from_slice(&[0.0, 0.0, 3.0, 1.0].map(f32::to_bits));
    words[64..66].copy_from_slice(&[1, 1]);
    words[128..130].copy_from_slice(&[1.0, -2.0].map(f32::to_bits));
    words[192..195].copy_from_slice(&[10.0, 20.0, 9.0].map(f32::to_bits));
    let arena = GPU.upload(&words).unwrap();
    let at = |word: u64, elements: u64| Span::new(arena.buffer(), 4 * word, elements);
    let (x, labels, dy, losses) = (at(0, 4), at(64, 2), at(128, 2), at(192, 2));
    let steps = [
        loss.bind_accumulate(cross_entropy, [x, labels], losses).unwrap(),
        gradient.bind(cross_entropy, [x, labels, dy], x).unwrap(),
    ];
    submit(&GPU, &steps.each_ref());
    let results: Vec<f32> = GPU.read_blocking(&arena).unwrap().into_iter().map(f32::from_bits).collect();
    let expected = [0.5, -0.5, -2.0 * 0.880_797_1, 2.0 * 0.880_797_1];
    let losses = [10.0 + std::f32::consts::LN_2, 20.0 + 2.126_928, 9.0];
    for (got, expected) in results[..4].iter().chain(&results[192..195]).zip(expected.iter().chain(&losses)) {
        assert!((got - expected).abs() <= 2e-6, "{got} for {expected}");
    }
    let close = loss.bind(cross_entropy, [x, at(100, 2)], at(102, 2));
    assert!(matches!(close, Err(Error::TooClose { .. })), "{close:?}");
    let over = loss.bind(cross_entropy, [x, labels], at(1, 2));
    assert!(matches!(over, Err(Error::Shared { output: "loss", input: "x" })), "{over:?}");
}

#[test]
fn many_rows_are_cut_where_bindings_end() {
    let limits =
        wgpu::Limits { max_storage_buffer_binding_size: 1 << 16, ..wgpu::Limits::downlevel_defaults() };
    let gpu = device_with(|_| limits);
    let x: Vec<f32> = (0..100_000).map(|index| (index % 10) as f32).collect();
    let y = gpu.softmax(Softmax::log(Axis::last(10)), &gpu.upload(&x).unwrap()).unwrap();
    let y = gpu.read_blocking(&y).unwrap();
    assert!(y.chunks(10).all(|row| row == &y[..10]));
    // What there is one of for each row is cut, too, of rows of one 16-bit element also.
    let (logits, labels) = (gpu.upload(&x).unwrap(), gpu.upload(&vec![9_u32; 10_000]).unwrap());
    let loss = gpu.cross_entropy(CrossEntropy::new(Axis::last(10)), &logits, &labels).unwrap();
    assert!(
        gpu.read_blocking(&loss)
            .unwrap()
            .iter()
            .zip(y.chunks(10))
            .all(|(loss, y)| (loss + y[9]).abs() < 1e-6)
    );
    let halves: Vec<f16> = x.iter().map(|x| f16::from_f32(*x)).collect();
    let sums = gpu.logsumexp(Softmax::logsumexp(Axis::new(1, 2)), &gpu.upload(&halves).unwrap()).unwrap();
    assert_eq!(gpu.read_blocking(&sums).unwrap(), x);
    // So is a bias with a value for each element, of 16-bit rows, too, and what some rows share goes on where it was.
    let bias: Vec<f32> = (0..100_000).map(|index| (index / 10 % 7) as f32 * (index % 10) as f32).collect();
    let bias = gpu.upload(&bias).unwrap();
    let sinks = gpu.upload(&[0.0_f32, f32::NEG_INFINITY, 300.0]).unwrap();
    let softmax = Softmax::log(Axis::last(10)).biased(bias.span(), Broadcast::ELEMENTS);
    let whole = gpu
        .softmax(softmax.with_sinks(sinks.span(), Channels::new(3, 1)), &gpu.upload(&x[..99_960]).unwrap());
    assert!(matches!(whole, Err(Error::LengthMismatch { operand: "the bias", .. })), "{whole:?}");
    let softmax = Softmax::logsumexp(Axis::last(10)).biased(bias.span(), Broadcast::ELEMENTS);
    let softmax = softmax.with_sinks(sinks.span(), Channels::new(2, 5000));
    let wrong = gpu.logsumexp(softmax, &gpu.upload(&halves).unwrap());
    assert!(matches!(wrong, Err(Error::LengthMismatch { operand: "the sinks", expected: 2, actual: 3 })));
    let softmax = softmax.with_sinks(Span::new(sinks.buffer(), 0, 2), Channels::new(2, 5000));
    let sums = gpu.read_blocking(&gpu.logsumexp(softmax, &gpu.upload(&halves).unwrap()).unwrap()).unwrap();
    for (row, sum) in sums.iter().enumerate() {
        let of = |element: u32| (f64::from(element) * (1 + row % 7) as f64).exp();
        let exact = ((0..10).map(of).sum::<f64>() + f64::from(u8::from(row < 5000))).ln();
        assert!((f64::from(*sum) - exact).abs() < 1e-5, "{sum} for {exact} in row {row}");
    }
    let long = gpu.softmax(Softmax::new(Axis::last(100_000)), &gpu.upload(&x).unwrap());
    assert!(matches!(long, Err(Error::LimitExceeded { wanted: 400_000, allowed: 65536, .. })), "{long:?}");
}

/// logsumexp of one element is that element: what has been drawn for it, in several dispatches, too.
#[test]
fn noise_has_the_same_bits_everywhere() {
    let limits =
        wgpu::Limits { max_storage_buffer_binding_size: 1 << 16, ..wgpu::Limits::downlevel_defaults() };
    let gpu = device_with(|_| limits);
    let (seed, count) = (0xfeed_0000_0001, 50_000);
    let alone = Softmax::logsumexp(Axis::last(1)).with_gumbel_noise(seed);
    let drawn = gpu.logsumexp(alone, &gpu.upload(&vec![0.0_f32; count]).unwrap()).unwrap();
    let halves = gpu.logsumexp(alone, &gpu.upload(&vec![f16::ZERO; count]).unwrap()).unwrap();
    for (index, (got, half)) in
        gpu.read_blocking(&drawn).unwrap().into_iter().zip(gpu.read_blocking(&halves).unwrap()).enumerate()
    {
        let expected = gumbel_noise(seed, index as u64);
        assert_eq!((got, half), (expected, expected), "{index}");
    }
}

/// Forward, backward and the hard form are of one noise, in place, too, along any axis, and another seed's is another.
#[test]
fn one_seed_is_one_noise() {
    let axis = Axis::new(4, 3);
    let x: Vec<f32> = (0..240).map(|index| (index * 37 % 64) as f32 / 16.0 - 2.0).collect();
    let (values, dy) = (x.clone(), GPU.upload(&x).unwrap());
    let x = GPU.upload(&x).unwrap();
    let soft = Softmax::new(axis).scaled(2.0).unwrap().with_gumbel_noise(5);
    let y = GPU.softmax(soft, &x).unwrap();
    let read = |buffer: &GpuBuffer<f32>| GPU.read_blocking(buffer).unwrap();
    assert_eq!(read(&y), read(&GPU.softmax(soft, &x).unwrap()));
    assert_ne!(read(&y), read(&GPU.softmax(soft.with_gumbel_noise(6), &x).unwrap()));
    let noisy: Vec<f32> = (0..).zip(&values).map(|(index, x)| x + gumbel_noise(5, index)).collect();
    let of_sums = GPU.softmax(Softmax::new(axis).scaled(2.0).unwrap(), &GPU.upload(&noisy).unwrap()).unwrap();
    assert_eq!(read(&y), read(&of_sums));
    let hard = read(&GPU.softmax(Softmax::hardmax(axis).with_gumbel_noise(5), &x).unwrap());
    for (index, hard) in hard.into_iter().enumerate() {
        let row = |element: usize| noisy[index / 12 * 12 + element * 3 + index % 3];
        assert_eq!(hard == 1.0, (0..4).all(|element| row(element) <= noisy[index]), "{index}");
    }
    let dx = read(&GPU.softmax_backward(soft, &x, &dy).unwrap());
    let from_output = read(&GPU.softmax_backward_from_output(soft, &y, &dy).unwrap());
    for (dx, expected) in dx.into_iter().zip(from_output) {
        assert!((dx - expected).abs() < 2e-6, "{dx} for {expected}");
    }
    let kernels = Kernels::new(GPU.device());
    let in_place = |function: Softmax| {
        let kernel = kernels.softmax(function.kind(), Storage::F32).unwrap();
        let x = GPU.upload(&values).unwrap();
        submit(&GPU, &[&kernel.bind(function, [x.span()], x.span()).unwrap()]);
        read(&x)
    };
    // Noise has the same bits in place as apart, which what is decided by it shows.
    let hard = Softmax::hardmax(axis).with_gumbel_noise(5);
    assert_eq!(in_place(hard), read(&GPU.softmax(hard, &x).unwrap()));
    // softmax of it is another shader than apart, which a driver may round otherwise (wgpu 27's on lavapipe, by an ULP): its bits are its own.
    let soft_in_place = in_place(soft);
    assert_eq!(soft_in_place, in_place(soft));
    for (in_place, apart) in soft_in_place.into_iter().zip(read(&y)) {
        assert!((in_place - apart).abs() <= 4.0 * f32::EPSILON * apart, "{in_place} for {apart}");
    }
}

/// The largest of x + G is element k with the probability that softmax has there; what is masked is never that.
#[test]
fn hard_draws_are_distributed_as_softmax_says() {
    let probabilities = [0.1, 0.0, 0.5, 0.4_f32];
    let rows = 1 << 14;
    let x: Vec<f32> = (0..rows).flat_map(|_| probabilities.map(f32::ln)).collect();
    let hard = Softmax::hardmax(Axis::last(4)).with_gumbel_noise(18);
    let y = GPU.read_blocking(&GPU.softmax(hard, &GPU.upload(&x).unwrap()).unwrap()).unwrap();
    for (element, p) in probabilities.into_iter().enumerate() {
        let part = y.chunks(4).map(|row| row[element]).sum::<f32>() / rows as f32;
        // Four times what chance makes of it.
        assert!((part - p).abs() <= 4.0 * (p * (1.0 - p) / rows as f32).sqrt(), "{part} for {p}");
    }
}

/// A row's own gradient by its sink, which is what softmax's rows sum to less than 1, and the sum of those of a head.
#[test]
fn sinks_have_gradients_that_a_formula_sums() {
    // (batch, heads, queries, keys)
    let (heads, x, dy) = (2, [0.5_f32, -1.0, 2.0, 0.0, 1.0, 1.0, -3.0, 4.0], [1.0_f32, -2.0, 0.5, 3.0]);
    let (x, dy) = (GPU.upload(&[x, x].concat()).unwrap(), GPU.upload(&dy.repeat(4)).unwrap());
    let sinks = GPU.upload(&[0.25_f32, 1.0]).unwrap();
    let channels = Channels::new(heads, 2);
    let softmax = Softmax::new(Axis::last(2)).scaled(0.5).unwrap().with_sinks(sinks.span(), channels);
    let read = |buffer: &GpuBuffer<f32>| GPU.read_blocking(buffer).unwrap();
    let of_rows = GPU.softmax_backward_sinks(softmax, &x, &dy).unwrap();
    let dsinks = GPU.upload(&[9.0_f32; 2]).unwrap();
    let sum: Formula = "dsinks[c] = d".parse().unwrap();
    let to = Operand::channels(dsinks.span(), channels);
    GPU.run_formula(&sum, Storage::F32, &[("d", of_rows.span().into()), ("dsinks", to)]).unwrap();
    // A row's gradients, the sink's among them, sum to 0: adding the same to all changes nothing.
    let dx = read(&GPU.softmax_backward(softmax, &x, &dy).unwrap());
    let expected: Vec<f32> = dx.chunks(2).map(|row| -(row[0] + row[1])).collect();
    let near = |got: f32, expected: f32| assert!((got - expected).abs() < 1e-6, "{got} for {expected}");
    read(&of_rows).into_iter().zip(&expected).for_each(|(got, expected)| near(got, *expected));
    for (head, got) in read(&dsinks).into_iter().enumerate() {
        let rows = [0, 1, 4, 5].map(|row| expected[2 * head + row]);
        near(got, rows.into_iter().sum());
    }
    // So do logsumexp's to dy s.
    let logsumexp = Softmax::logsumexp(Axis::last(2)).with_sink(0.25).unwrap();
    let dy = GPU.upload(&[1.0_f32; 8]).unwrap();
    let dx = read(&GPU.logsumexp_backward(logsumexp, &x, &dy).unwrap());
    let of_rows = read(&GPU.softmax_backward_sinks(logsumexp, &x, &dy).unwrap());
    of_rows.into_iter().zip(dx.chunks(2)).for_each(|(got, row)| near(got + row[0] + row[1], 1.0));
    let none = GPU.softmax_backward_sinks(Softmax::new(Axis::last(2)), &x, &x);
    assert!(matches!(none, Err(Error::NoSink { function: "softmax" })), "{none:?}");
    let never = GPU.softmax_backward_sinks(Softmax::sparsemax(Axis::last(2)), &x, &x);
    assert!(matches!(never, Err(Error::NoSink { function: "sparsemax" })), "{never:?}");
}

/// Rows of so many elements, and so many of them, are held by a CPU's invocations, from 9 to 16 words each; some of the last one's are none.
#[test]
fn rows_that_are_held_are_right_in_place() {
    let kernels = Kernels::new(GPU.device());
    let forward = |kind| kernels.softmax(kind, Storage::F32).unwrap();
    let kernels = [SoftmaxKind::Softmax, SoftmaxKind::LogSoftmax].map(|kind| (kind, forward(kind)));
    for size in [260, 768, 1000, 2052] {
        let mut x: Vec<f32> = (0..300 * size).map(|index| (index * 37 % 1021) as f32 / 64.0).collect();
        // What all others are too far above to be counted from.
        x[7 * size] = -1000.0;
        let axis = Axis::last(size as u64);
        for (kind, kernel) in &kernels {
            let softmax = if *kind == SoftmaxKind::Softmax { Softmax::new(axis) } else { Softmax::log(axis) };
            let y = GPU.upload(&x).unwrap();
            submit(&GPU, &[&kernel.bind(softmax, [y.span()], y.span()).unwrap()]);
            let y = GPU.read_blocking(&y).unwrap();
            for (x, y) in x.chunks(size).zip(y.chunks(size)) {
                let logarithm = x.iter().map(|x| f64::from(*x).exp()).sum::<f64>().ln();
                for (x, y) in x.iter().zip(y) {
                    let of_logarithm = f64::from(*x) - logarithm;
                    let exact = if *kind == SoftmaxKind::Softmax { of_logarithm.exp() } else { of_logarithm };
                    let allowed = 4.0 * f64::from(f32::EPSILON) * exact.abs();
                    assert!((f64::from(*y) - exact).abs() <= allowed, "{y} for {exact} of {size}");
                }
            }
        }
    }
}

/// Neighbouring rows share words there.
#[test]
fn rows_of_16_bits_may_begin_within_words() {
    let kernels = Kernels::new(GPU.device());
    let kernel = kernels.softmax(SoftmaxKind::Softmax, Storage::F16).unwrap();
    for axis in [Axis::last(3), Axis::new(2, 7), Axis::last(1001)] {
        let elements = axis.size() * axis.inner() * 3;
        let x: Vec<f32> = (0..elements).map(|index| (index * 37 % 64) as f32 / 8.0).collect();
        let exact =
            GPU.read_blocking(&GPU.softmax(Softmax::new(axis), &GPU.upload(&x).unwrap()).unwrap()).unwrap();
        // One more element on either side, which stays as it is.
        let own = f16::from_f32(9.0);
        let halves: Vec<f16> =
            [own; 2].into_iter().chain(x.iter().map(|x| f16::from_f32(*x))).chain([own]).collect();
        let arena = GPU.upload(&halves).unwrap();
        let x = Span::new(arena.buffer(), 4, elements);
        submit(&GPU, &[&kernel.bind(Softmax::new(axis), [x], x).unwrap()]);
        let got = GPU.read_blocking(&arena).unwrap();
        for (got, exact) in got[2..].iter().zip(exact) {
            assert!((got.to_f32() - exact).abs() <= 5.2e-4 * exact + 6e-8, "{got} for {exact}");
        }
        assert_eq!([got[0], got[1], got[got.len() - 1]], [own; 3]);
    }
}

#[test]
fn mistakes_are_typed_errors() {
    let x = GPU.upload(&[1.0_f32; 12]).unwrap();
    let refused = |softmax| GPU.softmax(softmax, &x).unwrap_err();
    assert!(matches!(refused(Softmax::new(Axis::last(5))), Error::NotDivisible { divisor: 5, .. }));
    assert!(matches!(refused(Softmax::new(Axis::new(u64::MAX, 3))), Error::NotDivisible { .. }));
    assert!(matches!(refused(Softmax::new(Axis::new(0, 3))), Error::NotDivisible { divisor: 0, .. }));
    for scale in [0.0, f32::NAN, f32::INFINITY, 1e-31] {
        let scaled = Softmax::new(Axis::last(4)).scaled(scale);
        assert!(matches!(scaled, Err(Error::InvalidParameter { parameter: "scale", .. })), "{scaled:?}");
    }
    assert!(matches!(Axis::of(&[2, 3], 2), Err(Error::NoSuchDimension { dimension: 2, dimensions: 2 })));
    assert!(matches!(Axis::of(&[2, 3], -3), Err(Error::NoSuchDimension { .. })));
    let sinks = Softmax::sparsemax(Axis::last(4)).with_sinks(x.span(), Channels::ONE);
    assert!(matches!(GPU.softmax(sinks, &x), Err(Error::NoSink { function: "sparsemax" })));
    let shape = Broadcast::of(&[3, 4], -1, &[3, 2]);
    assert!(matches!(shape, Err(Error::NotBroadcast { .. })), "{shape:?}");
    let over = GPU.kernels().softmax(SoftmaxKind::Softmax, Storage::F32).unwrap();
    let over =
        over.bind(Softmax::new(Axis::last(4)).biased(x.span(), Broadcast::ELEMENTS), [x.span()], x.span());
    assert!(matches!(over, Err(Error::Shared { output: "y", input: "the bias" })), "{over:?}");
    let kernels = Kernels::new(GPU.device());
    let other = kernels.softmax(SoftmaxKind::LogSoftmax, Storage::F32).unwrap();
    let wrong = other.bind(Softmax::new(Axis::last(4)), [x.span()], x.span());
    assert!(matches!(wrong, Err(Error::WrongKernel { .. })), "{wrong:?}");
}

#[test]
fn losses_want_what_their_rows_want() {
    let (x, labels) = (GPU.upload(&[0.0_f32; 6]).unwrap(), GPU.upload(&[0_u32; 3]).unwrap());
    let loss = CrossEntropy::new(Axis::last(3));
    let many = GPU.cross_entropy(loss, &x, &labels);
    assert!(
        matches!(many, Err(Error::RowMismatch { operand: "labels", expected: 2, actual: 3 })),
        "{many:?}"
    );
    let other = GPU.cross_entropy_with_probabilities(loss, &x, &x);
    assert!(matches!(other, Err(Error::WrongKernel { .. })), "{other:?}");
    let reduced = GPU.softmax(Softmax::logsumexp(Axis::last(3)), &x);
    assert!(matches!(reduced, Err(Error::LengthMismatch { operand: "y", .. })), "{reduced:?}");
    let from_output = GPU.softmax_backward_from_output(Softmax::logsumexp(Axis::last(3)), &x, &x);
    assert!(matches!(from_output, Err(Error::NoBackwardFromOutput { .. })), "{from_output:?}");
    for smoothing in [-0.1, 1.1, f32::NAN] {
        let smoothed = loss.smoothed(smoothing);
        assert!(matches!(smoothed, Err(Error::InvalidParameter { parameter: "label_smoothing", .. })));
    }
}

#[test]
fn no_elements_have_any_axis() {
    let none = GPU.upload::<f32>(&[]).unwrap();
    for axis in [Axis::last(0), Axis::last(5), Axis::new(u64::MAX, u64::MAX)] {
        let y = GPU.softmax(Softmax::new(axis), &none).unwrap();
        assert!(GPU.read_blocking(&y).unwrap().is_empty());
    }
}
