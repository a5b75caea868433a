//! Formulas on a real adapter: values and gradients within their bounds, every way to bind them. Fails without an adapter. Agreement with
//! the hand-made kernels is in agreement.rs.

use proptest::prelude::*;
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{
    Activation, Channels, Element, Error, Formula, FormulaError, Gate, Gpu, GpuBuffer, Kind, Operand, Span,
    Spec, Storage, Storages, wgpu,
};
#[cfg(feature = "verify")]
use wgpu_activations::{Exact, verify};

#[cfg(feature = "verify")]
use crate::common::some;
use crate::common::{GPU, of_each_storage, submit};
#[cfg(feature = "verify")]
use crate::formulas::{OWN, TEXTS, define_own, expressions, twice_derived, with_gradients};

pub(crate) fn formula(text: &str) -> Formula {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[cfg(feature = "verify")]
fn hold(formula: &Formula, storage: Storage, inputs: usize) {
    with_gradients(formula).iter().for_each(|formula| hold_alone(formula, &storage.into(), inputs));
}

#[cfg(feature = "verify")]
fn hold_alone(formula: &Formula, storages: &Storages, inputs: usize) {
    for check in pollster::block_on(verify::formula(&*GPU, formula, storages.clone(), inputs)).unwrap() {
        assert!(check.pass, "{check}");
    }
}

#[test]
#[cfg(feature = "verify")]
fn values_and_gradients_are_within_their_bounds() {
    // Every driver has all of them: what a driver's compiler makes of one formula says little of another.
    TEXTS.lines().for_each(|text| hold(&formula(text), Storage::F32, 4096));
    // What 16 bits change is how elements are loaded and stored, whatever the formula.
    for (text, storage) in
        some(TEXTS.lines().step_by(4).zip([Storage::F16, Storage::Bf16].into_iter().cycle()))
    {
        hold(&formula(text), storage, 4096);
    }
}

/// The guide's chapter of formulas: what its code parses, its table of one application's kernels, 16 of them, and that of layers.
#[test]
fn formulas_of_the_guide_are_within_their_bounds() {
    let guide = include_str!("../../docs/guide.md");
    let chapter = guide.split("\n## ").find(|chapter| chapter.starts_with("Formulas\n")).unwrap();
    let code: Vec<&str> =
        chapter.split("Formula = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(code.len(), 2, "{code:?}");
    let table = |head: &str| -> Vec<&str> {
        let rows =
            chapter.split_once(head).unwrap().1.lines().skip(1).take_while(|line| line.starts_with('|'));
        rows.filter_map(|row| row.split('`').nth(1)).collect()
    };
    let (kernels, layers) = (table("| kernel | formula |"), table("| layer | formula |"));
    assert_eq!((kernels.len(), layers.len()), (16, 4), "{kernels:?} {layers:?}");
    let mut all = [code, kernels, layers].concat();
    all.sort_unstable();
    all.dedup();
    let mut formulas = Vec::new();
    for text in all {
        let formula = formula(text);
        assert_eq!(formula.to_string().parse(), Ok(formula.clone()), "{text}");
        formulas.push(formula);
    }
    #[cfg(feature = "verify")]
    some(&formulas).for_each(|formula| hold(formula, Storage::F32, 2048));
}

/// By the judge of the table's own functions, which sees where it is wrong.
#[test]
#[cfg(feature = "verify")]
fn a_function_of_somebody_else_is_held_to_its_oracle() {
    fn cube(_: &[f64], points: &[f64], results: &mut [Exact]) {
        for (&x, result) in points.iter().zip(results) {
            *result = Exact { value: x * x * x, derivative: 3.0 * x * x };
        }
    }
    let of = |slope: &str| {
        format!(
            "fn act_test_cube(x: f32) -> f32 {{ return x * x * x; }}
             fn act_test_cube_backward(x: f32, dy: f32) -> f32 {{ return dy * ({slope} * x * x); }}"
        )
    };
    Formula::wgsl_function("test_cube", &of("3.0"), cube).define().unwrap();
    for storage in Storage::ALL {
        hold(&formula("test_cube(x + b[c]) * v"), *storage, 4096);
    }
    Formula::wgsl_function("test_cube", &of("3.00001"), cube).define().unwrap();
    let [wrong] = &formula("test_cube(x)").backward(&["x"]).unwrap()[..] else { panic!() };
    let checks = pollster::block_on(verify::formula(&*GPU, wrong, Storage::F32, 4096)).unwrap();
    assert!(!checks[0].pass, "{}", checks[0]);
    let half = "fn act_test_half(x: f32) -> f32 { return x; }";
    let incomplete = Formula::wgsl_function("test_half", half, cube).define();
    assert!(matches!(incomplete, Err(Error::Formula(FormulaError::Wgsl { .. }))));
}

/// Whose parameters are numbers, or learned, and which has second derivatives.
#[test]
#[cfg(feature = "verify")]
fn derivatives_of_a_function_of_somebody_else_are_held_to_their_oracles() {
    define_own();
    for derived in OWN.iter().flat_map(|text| twice_derived(&formula(text))) {
        [Storage::F32, Storage::F16]
            .iter()
            .for_each(|storage| hold_alone(&derived, &(*storage).into(), 4096));
    }
    let [x, k, dy] = [&[-3.0, 0.0, 0.5, 2.0][..], &[1.0, -2.0], &[1.0, 2.0, 4.0, -1.0]]
        .map(|values| upload::<f32>(&GPU, values));
    let per_channel = Channels::new(2, 1);
    let of = |formula: &Formula, name: &str, count: usize| {
        let written = upload::<f32>(&GPU, &vec![0.0; count]);
        let result: Operand<'_> = match count {
            2 => Operand::channels(written.span(), per_channel),
            _ => written.span().into(),
        };
        let k = Operand::channels(k.span(), per_channel);
        let all = [("x", x.span().into()), ("k", k), ("dy", dy.span().into()), ("ddx", dy.span().into())];
        let mut operands = vec![(name, result)];
        operands.extend(all.into_iter().filter(|(name, _)| formula.reads(name)));
        GPU.run_formula(formula, Storage::F32, &operands).unwrap();
        GPU.read_blocking(&written).unwrap()
    };
    let layer = formula("own_cubic(x, k[c], 2)");
    let [dx, dk] = &layer.gradients().unwrap()[..] else { panic!() };
    let [second, mixed] = &dx.backward(&["x", "k"]).unwrap()[..] else { panic!() };
    assert_eq!(of(&layer, "y", 4), [-54.0, 0.0, 0.25, -32.0]);
    assert_eq!(of(dx, "dx", 4), [54.0, 0.0, 6.0, 48.0]);
    assert_eq!(of(dk, "dk", 2), [-53.0, -16.0]);
    assert_eq!(of(second, "dx", 4), [-36.0, 0.0, 96.0, -48.0]);
    assert_eq!(of(mixed, "dk", 2), [78.0, 24.0]);
}

/// With parameters as literals, which compilers would compute with if they saw them.
#[test]
#[cfg(feature = "verify")]
fn every_function_of_the_table_is_within_its_budget_in_a_formula() {
    for kind in some(Kind::ALL) {
        let literals =
            kind.samples()[0].parameters().iter().map(|value| format!(", {value}")).collect::<String>();
        hold(&formula(&format!("{kind}(x{literals})")), Storage::F32, 4096);
    }
}

#[test]
#[cfg(feature = "verify")]
fn each_operand_has_a_storage_of_its_own() {
    let layer = formula("silu(x + bias[c]) * g + r");
    for narrow in [Storage::F16, Storage::Bf16] {
        for floats in [&["x"][..], &["y"], &["r", "y"], &["x", "g", "r"]] {
            let of = |storages: Storages, name: &&str| storages.with(name, Storage::F32);
            hold_alone(&layer, &floats.iter().fold(narrow.into(), of), 8192);
        }
    }
    let two = Storages::from(Storage::F16).with("x", Storage::Bf16);
    let refused = |storages| GPU.kernels().formula(&layer, storages).map(|_| ()).unwrap_err();
    assert!(matches!(refused(two), Error::Formula(FormulaError::TwoStorages { .. })));
    let bias = Storages::from(Storage::F16).with("bias", Storage::F16);
    assert!(matches!(refused(bias), Error::Formula(FormulaError::NotAnElement { .. })));
    let unknown = Storages::from(Storage::F16).with("w", Storage::F16);
    assert!(matches!(refused(unknown), Error::Formula(FormulaError::UnknownOperand { .. })));
}

/// Any length: the last of an odd number is half a word of one operand, and a word of the other.
#[test]
fn f32_beside_halves_in_any_length() {
    let sum = formula("x + z");
    for count in [1, 2, 7, 8, 9, 1001] {
        let (x, z) = (numbers(count, 5), numbers(count, 7));
        let (x_buffer, z_buffer) = (upload::<f16>(&GPU, &x), upload::<f32>(&GPU, &z));
        let y = upload::<f32>(&GPU, &vec![9.0; count + 1]);
        let span = Span::new(y.buffer(), 0, count as u64);
        let operands = [("x", x_buffer.span().into()), ("z", z_buffer.span().into()), ("y", span.into())];
        let storages = Storages::from(Storage::F32).with("x", Storage::F16);
        GPU.run_formula(&sum, storages, &operands).unwrap();
        let expected: Vec<f32> = x.iter().zip(&z).map(|(x, z)| x + z).chain([9.0]).collect();
        assert_eq!(GPU.read_blocking(&y).unwrap(), expected, "{count}");
    }
}

#[cfg(feature = "verify")]
proptest! {
    #![proptest_config(ProptestConfig { cases: some(0..24).count() as u32, ..ProptestConfig::default() })]

    #[test]
    fn random_formulas_are_within_their_bounds(expression in expressions(), storage in prop::sample::select(Storage::ALL)) {
        let formula = expression.formula().unwrap();
        prop_assume!(formula.operands().any(|name| !name.contains('[')));
        hold(&formula, storage, 1024);
    }
}

pub(crate) fn numbers(count: usize, step: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * step) % 61) as f32 / 8.0 - 3.75).collect()
}

pub(crate) fn upload<T: Element>(gpu: &Gpu, values: &[f32]) -> GpuBuffer<T> {
    gpu.upload(&values.iter().map(|value| T::from_f32(*value)).collect::<Vec<T>>()).unwrap()
}

fn computed<T: Element + PartialEq + std::fmt::Debug>(
    text: &str,
    operands: &[(&str, Operand<'_>)],
) -> Vec<Vec<T>> {
    let results = GPU.formula::<T>(&formula(text), operands).unwrap();
    results.iter().map(|result| GPU.read_blocking(result).unwrap()).collect()
}

/// Of a tensor (outer, 5, 3), rows of 15, at any offsets: exact in every type.
fn at_offsets<T: Element + PartialEq + std::fmt::Debug>(gpu: &Gpu, rows: usize, offsets: [u64; 2]) {
    let few = gpu.device().limits().max_storage_buffers_per_shader_stage < 5;
    let text = if few { "x * s[c] + r[r] * w with w = 4" } else { "x * s[c] + r[r] * w[]" };
    let count = rows * 15;
    let x: Vec<f32> = (0..count).map(|index| (index % 17) as f32 - 8.0).collect();
    let per_channel: Vec<f32> = (0..5).map(|channel| channel as f32 - 2.0).collect();
    let per_row: Vec<f32> = (0..rows).map(|row| (row % 7) as f32).collect();
    let pad = |offset: u64| vec![99.0; (4 * offset / T::STORAGE.bytes()) as usize];
    let x_buffer = upload::<T>(gpu, &[pad(offsets[0]), x.clone()].concat());
    let y_buffer = upload::<T>(gpu, &vec![77.0; count + pad(offsets[1]).len() + 2]);
    let [s, r, w] = [&per_channel, &per_row, &vec![4.0]].map(|values| upload::<f32>(gpu, values));
    let kernel = gpu.kernels().formula(&formula(text), T::STORAGE).unwrap();
    let operands = [
        ("x", Span::new(x_buffer.buffer(), 4 * offsets[0], count as u64).into()),
        ("s", Operand::channels(s.span(), Channels::new(5, 3))),
        ("r", Operand::channels(r.span(), Channels::new(rows as u64, 15))),
        ("w", if few { 4.0.into() } else { Operand::single(w.span()) }),
        ("y", Span::new(y_buffer.buffer(), 4 * offsets[1], count as u64).into()),
    ];
    submit(gpu, &[&kernel.bind(&operands).unwrap()]);
    let expected = (0..count)
        .map(|index| T::from_f32(x[index] * per_channel[index / 3 % 5] + per_row[index / 15] * 4.0));
    let around = |count: usize| vec![T::from_f32(77.0); count];
    let expected = [around(pad(offsets[1]).len()), expected.collect(), around(2)].concat();
    assert!(gpu.read_blocking(&y_buffer).unwrap() == expected, "{rows} rows, {offsets:?}, {}", T::STORAGE);
}

#[test]
fn channels_rows_and_single_values_at_any_offset() {
    for offsets in [[0, 0], [0, 1], [3, 3], [1, 2]] {
        for rows in [0, 1, 2, 77] {
            of_each_storage!(at_offsets(&GPU, rows, offsets));
        }
    }
}

/// Of values that are exact in every type, in a tensor seen in two ways.
fn seen_in_two_ways<T: Element + PartialEq + std::fmt::Debug>(ways: [[u64; 2]; 2], count: u64, offset: u64) {
    let bytes = 4 * offset;
    let x = upload::<T>(
        &GPU,
        &numbers((count + bytes) as usize, 1).iter().map(|x| x.round()).collect::<Vec<_>>(),
    );
    let y = upload::<T>(&GPU, &vec![0.0; count as usize]);
    let per_channel =
        ways.map(|[channels, _]| (0..channels).map(|channel| (channel % 13) as f32).collect::<Vec<f32>>());
    let [a, b] = per_channel.each_ref().map(|values| upload::<f32>(&GPU, values));
    let [of_a, of_b] = ways.map(|[channels, inner]| Channels::new(channels, inner));
    let operands = [
        ("x", Span::new(x.buffer(), bytes, count).into()),
        ("a", Operand::channels(a.span(), of_a)),
        ("b", Operand::channels(b.span(), of_b)),
        ("y", y.span().into()),
    ];
    GPU.run_formula(&formula("x * a[c] + b[r]"), T::STORAGE, &operands).unwrap();
    let x = &GPU.read_blocking(&x).unwrap()[(bytes / T::STORAGE.bytes()) as usize..];
    let expected = (0..count).zip(x).map(|(index, x)| {
        let [a, b] = [0, 1].map(|way| per_channel[way][(index / ways[way][1] % ways[way][0]) as usize]);
        T::from_f32(x.to_f32() * a + b)
    });
    let result = GPU.read_blocking(&y).unwrap();
    assert!(result == expected.collect::<Vec<T>>(), "{ways:?}, {count} from {offset}, {}", T::STORAGE);
}

#[test]
fn every_element_finds_its_channel() {
    for width in [1, 3, 4, 8, 24, 30, 65] {
        for (rows, times, offset) in [(6, 1, 0), (5, 4, 1), (8, 2, 3), (9, 9, 0)] {
            let count = width * rows * times;
            for ways in
                [[[width, 1], [rows, width]], [[rows, width], [width, 1]], [[width * rows, 1], [rows, 1]]]
            {
                of_each_storage!(seen_in_two_ways(ways, count, offset));
            }
        }
    }
}

#[test]
fn a_formula_is_cut_where_bindings_end() {
    let gpu = &crate::limits::GPU;
    at_offsets::<f32>(gpu, 4001, [0, 0]);
    at_offsets::<f16>(gpu, 4001, [1, 2]);
}

/// Halves of a matrix's rows, as a gate has them, and a part of a wider one: whatever lies between stays.
fn rows_apart<T: Element + PartialEq + std::fmt::Debug>(gpu: &Gpu, columns: u64, part: u64, rows: u64) {
    let bytes = T::STORAGE.bytes();
    let pitch = (2 * columns + part) * bytes;
    let matrix: Vec<f32> = (0..rows.max(1) * pitch / bytes).map(|index| (index % 23) as f32 - 11.0).collect();
    let buffer = upload::<T>(gpu, &matrix);
    let at = |column: u64| Span::rows(buffer.buffer(), column * bytes, pitch, columns, rows);
    let y = upload::<T>(gpu, &vec![0.0; (rows * columns) as usize]);
    let gate = formula("relu(g) * v");
    let operands = [("g", at(part).into()), ("v", at(part + columns).into()), ("y", y.span().into())];
    gpu.run_formula(&gate, T::STORAGE, &operands).unwrap();
    let element = |row: u64, column: u64| matrix[(row * (2 * columns + part) + column) as usize];
    let all = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let product = |(row, column)| {
        T::from_f32(element(row, part + column).max(0.0) * element(row, part + columns + column))
    };
    let shown = format!("{rows} rows of {columns} after {part}, {}", T::STORAGE);
    assert!(gpu.read_blocking(&y).unwrap() == all().map(product).collect::<Vec<T>>(), "{shown}");
    // In place, with the values.
    let in_place = formula("v = v + 1");
    gpu.run_formula(&in_place, T::STORAGE, &[("v", at(part + columns).into())]).unwrap();
    let width = 2 * columns + part;
    let expected = (0..rows.max(1) * width).map(|index| {
        let value = element(index / width, index % width);
        let added = rows > 0 && index % width >= part + columns;
        T::from_f32(if added { value + 1.0 } else { value })
    });
    assert!(gpu.read_blocking(&buffer).unwrap() == expected.collect::<Vec<T>>(), "{shown}, in place");
}

#[test]
fn rows_with_room_between_them() {
    for (columns, part, rows) in [(16, 0, 5), (2, 2, 9), (64, 4, 3), (6, 8, 33), (8, 16, 1), (4, 4, 0)] {
        of_each_storage!(rows_apart(&GPU, columns, part, rows));
    }
    rows_apart::<f32>(&GPU, 3, 1, 7);
    rows_apart::<f32>(&crate::limits::GPU, 16, 4, 2000);
    rows_apart::<f16>(&crate::limits::GPU, 6, 2, 2000);

    let x = upload::<f32>(&GPU, &[0.0; 64]);
    let refused = |text: &str, span: Span<'_>| {
        let kernel = GPU.kernels().formula(&formula(text), Storage::F32).unwrap();
        let y = upload::<f32>(&GPU, &[0.0; 64]);
        let y = ("y", Span::new(y.buffer(), 0, 12).into());
        kernel.bind(&[("x", span.into()), y]).unwrap_err()
    };
    let rows = |pitch, row, count| Span::rows(x.buffer(), 0, pitch, row, count);
    assert!(matches!(refused("x * 2", rows(18, 4, 3)), Error::Pitch { pitch: 18, .. }));
    assert!(matches!(refused("x * 2", rows(12, 4, 3)), Error::Pitch { row: 4, .. }));
    assert!(matches!(refused("x * 2", rows(124, 4, 3)), Error::OutOfBounds { .. }));
    assert!(matches!(refused("x * 2", rows(u64::MAX - 3, 4, u64::MAX)), Error::OutOfBounds { .. }));
    let relu = GPU.kernels().forward(Kind::Relu, Storage::F32).unwrap();
    let apart = relu.bind(Activation::RELU, [rows(32, 4, 3)], Span::new(x.buffer(), 128, 12));
    assert!(matches!(apart, Err(Error::RowsApart { operand: "x" })), "{apart:?}");
    // Overlapping in part: columns 0 to 4 and 2 to 6.
    let over = GPU.kernels().formula(&formula("x * 2"), Storage::F32).unwrap();
    let y = Span::rows(x.buffer(), 8, 32, 4, 3);
    assert!(matches!(
        over.bind(&[("x", rows(32, 4, 3).into()), ("y", y.into())]),
        Err(Error::Overlap { .. })
    ));
}

#[test]
fn in_place_and_accumulating() {
    let (x, y) = (numbers(1001, 5), numbers(1001, 7));
    let (x_buffer, y_buffer) = (upload::<f32>(&GPU, &x), upload::<f32>(&GPU, &y));
    let kernel = GPU.kernels().formula(&formula("x = x + 0.5 * z"), Storage::F32).unwrap();
    let step = kernel.bind(&[("x", x_buffer.span().into()), ("z", y_buffer.span().into())]).unwrap();
    submit(&GPU, &[&step]);
    let once: Vec<f32> = x.iter().zip(&y).map(|(x, y)| x + 0.5 * y).collect();
    assert_eq!(GPU.read_blocking(&x_buffer).unwrap(), once);

    let sums = upload::<f32>(&GPU, &[1.0; 7]);
    let kernel = GPU.kernels().formula(&formula("m[c] = x * 2"), Storage::F32).unwrap();
    let operands =
        [("x", y_buffer.span().into()), ("m", Operand::channels(sums.span(), Channels::new(7, 1)))];
    submit(&GPU, &[&kernel.bind_accumulate(&operands).unwrap()]);
    let of = |channel: usize| 1.0 + y.iter().skip(channel).step_by(7).map(|y| 2.0 * y).sum::<f32>();
    assert_eq!(GPU.read_blocking(&sums).unwrap(), (0..7).map(of).collect::<Vec<f32>>());
}

/// Of a layer over a tensor of these channels, at an offset of so many words: gradients by input and bias in one kernel and in two, dx over
/// dy; then both once more, added to what is there. Exact in every type.
fn fused<T: Element + PartialEq + std::fmt::Debug>(
    gpu: &Gpu,
    count: usize,
    channels: Channels,
    biases: usize,
    offset: u64,
) {
    let layer = formula("3 * relu(x + b[c])");
    let [dx, db] = &layer.backward(&["x", "b"]).unwrap()[..] else { panic!() };
    let both = dx.fuse(db).unwrap();
    assert_eq!(both.result_names().collect::<Vec<_>>(), ["dx", "db"]);
    let whole =
        |step: usize| -> Vec<f32> { (0..count).map(|index| ((index * step) % 7) as f32 - 3.0).collect() };
    let around = (4 * offset / T::STORAGE.bytes()) as usize;
    let upload_at =
        |values: &[f32]| upload::<T>(gpu, &[vec![9.0; around], values.to_vec(), vec![9.0; 2]].concat());
    let x = upload_at(&whole(5));
    let b = upload::<f32>(gpu, &(0..biases).map(|index| (index % 3) as f32 - 1.0).collect::<Vec<_>>());
    let run = |formulas: &[&Formula], accumulate: bool| {
        let dy = upload_at(&whole(3));
        let sums = upload::<f32>(gpu, &vec![1.0; biases]);
        // Accumulated, what is added to lies apart from what is read.
        let to = if accumulate { upload_at(&whole(2)) } else { dy.clone() };
        let steps = formulas.iter().map(|formula| {
            let mut operands: Vec<(&str, Operand<'_>)> = Vec::new();
            for (name, buffer) in [("x", x.buffer()), ("dy", dy.buffer())] {
                operands.push((name, Span::new(buffer, 4 * offset, count as u64).into()));
            }
            operands.push(("b", Operand::channels(b.span(), channels)));
            operands.extend(formula.result_names().map(|name| match name {
                "db" => (name, Operand::channels(sums.span(), channels)),
                _ => (name, Span::new(to.buffer(), 4 * offset, count as u64).into()),
            }));
            let kernel = gpu.kernels().formula(formula, T::STORAGE).unwrap();
            if accumulate { kernel.bind_accumulate(&operands) } else { kernel.bind(&operands) }.unwrap()
        });
        submit(gpu, &steps.collect::<Vec<_>>().iter().collect::<Vec<_>>());
        (gpu.read_blocking(&to).unwrap(), gpu.read_blocking(&sums).unwrap())
    };
    for accumulate in [false, true] {
        // The sum first: it needs dy.
        let shown = format!("{count} of {channels:?} at {offset}, {}, {accumulate}", T::STORAGE);
        assert!(run(&[&both], accumulate) == run(&[db, dx], accumulate), "{shown}");
    }
}

#[test]
fn a_sum_is_fused_with_what_has_an_element_each() {
    for (count, channels, biases, offset) in [
        (4096, Channels::new(64, 1), 64, 0),
        (1003 * 15, Channels::new(5, 3), 5, 3),
        (20 * 3 * 256, Channels::new(3, 256), 3, 0),
        (7 * 1001, Channels::new(7, 1), 7, 1),
        (9999, Channels::new(9999, 1), 9999, 0),
        (0, Channels::new(5, 3), 5, 0),
    ] {
        of_each_storage!(fused(&GPU, count, channels, biases, offset));
    }
    let single = formula("y = x * 2; total[] = x");
    let x = upload::<f32>(&GPU, &[1.0, 2.0, 3.0]);
    let [y, total] = [3, 1].map(|count| upload::<f32>(&GPU, &vec![0.0; count]));
    let operands = [("x", x.span().into()), ("y", y.span().into()), ("total", Operand::single(total.span()))];
    GPU.run_formula(&single, Storage::F32, &operands).unwrap();
    assert_eq!(
        (GPU.read_blocking(&y).unwrap(), GPU.read_blocking(&total).unwrap()),
        (vec![2.0, 4.0, 6.0], vec![6.0])
    );
    // A sum over a result is refused.
    let over = [
        ("x", x.span().into()),
        ("y", y.span().into()),
        ("total", Operand::single(Span::new(y.buffer(), 0, 1))),
    ];
    let refused = GPU.run_formula(&single, Storage::F32, &over).unwrap_err();
    assert!(matches!(refused, Error::Overlap { .. } | Error::SameRange { .. }), "{refused}");
}

/// Activations and gates: the derivatives of their derivatives, in one kernel.
#[test]
#[cfg(feature = "verify")]
fn double_backwards_are_within_their_bounds() {
    for kind in some(Kind::ALL) {
        let double = kind.samples()[0].double_backward().unwrap();
        hold_alone(&double, &Storage::F32.into(), 1024);
    }
    for named in Gate::NAMED {
        hold_alone(&named.gate.double_backward().unwrap(), &Storage::F32.into(), 1024);
    }
}

#[test]
fn two_gradients_in_one_kernel() {
    let x = [1.0f32, -2.0, f32::INFINITY, 3.0].map(|x| x);
    let [x_buffer, g, dy] = [x, [2.0, 3.0, 4.0, 0.0], [1.0, f32::NAN, 1.0, f32::INFINITY]]
        .map(|values| upload::<f32>(&GPU, &values));
    let [gradient] = &formula("relu(x) * g").backward(&["x", "g"]).unwrap()[..] else { panic!() };
    let operands = [("x", x_buffer.span().into()), ("g", g.span().into()), ("dy", dy.span().into())];
    let results = computed::<f32>(&gradient.to_string(), &operands);
    // A unit that is dead, and a gate that is shut, let nothing through.
    assert_eq!(results[0], [2.0, 0.0, 4.0, 0.0]);
    assert_eq!(results[1], [1.0, 0.0, f32::INFINITY, f32::INFINITY]);
}

#[test]
fn parameters_have_values_of_their_own() {
    let x = upload::<f32>(&GPU, &[-1.0, 2.0]);
    let leaky = formula("leaky_relu(x, k) + softplus(x, b, 20) * 0 with k = 0.5, b = 1");
    let kernel = GPU.kernels().formula(&leaky, Storage::F32).unwrap();
    let y = upload::<f32>(&GPU, &[0.0; 2]);
    let run = |k: Option<f32>| {
        let mut operands = vec![("x", x.span().into()), ("y", y.span().into())];
        operands.extend(k.map(|k| ("k", k.into())));
        submit(&GPU, &[&kernel.bind(&operands)?]);
        Ok::<_, Error>(GPU.read_blocking(&y).unwrap())
    };
    assert_eq!(run(None).unwrap(), [-0.5, 2.0]);
    assert_eq!(run(Some(0.25)).unwrap(), [-0.25, 2.0]);
    assert!(matches!(run(Some(f32::NAN)), Err(Error::Formula(FormulaError::NotFinite { .. }))));
    let operands = [("x", x.span().into()), ("y", y.span().into()), ("b", 0.0.into())];
    assert!(matches!(kernel.bind(&operands), Err(Error::InvalidParameter { .. })));
}

#[test]
fn a_step_is_bound_anew() {
    let [x, z] = [[1.0f32, 2.0], [3.0, 4.0]].map(|values| upload::<f32>(&GPU, &values));
    let y = upload::<f32>(&GPU, &[0.0; 2]);
    let kernel = GPU.kernels().formula(&formula("relu(x) * 2"), Storage::F32).unwrap();
    let mut step = kernel.bind(&[("x", x.span().into()), ("y", y.span().into())]).unwrap();
    kernel.rebind(&mut step, &[("x", z.span().into()), ("y", y.span().into())]).unwrap();
    submit(&GPU, &[&step]);
    assert_eq!(GPU.read_blocking(&y).unwrap(), [6.0, 8.0]);
}

#[test]
fn what_is_bound_otherwise_than_it_says_is_a_typed_error() {
    use FormulaError as E;
    let x = upload::<f32>(&GPU, &[0.0; 24]);
    let other = upload::<f32>(&GPU, &[0.0; 24]);
    let bias = upload::<f32>(&GPU, &[0.0; 6]);
    let kernel = GPU.kernels().formula(&formula("x + bias[c] with k = 1"), Storage::F32).unwrap();
    let (all, y) = (("x", Operand::from(x.span())), ("y", Operand::from(other.span())));
    let channels = |count, inner| ("bias", Operand::channels(bias.span(), Channels::new(count, inner)));
    let refused = |operands: &[(&str, Operand<'_>)]| match kernel.bind(operands).unwrap_err() {
        Error::Formula(error) => error,
        error => panic!("{error}"),
    };
    assert!(kernel.bind(&[all, y, channels(6, 2)]).is_ok());
    assert!(
        matches!(refused(&[all, y, channels(6, 1), ("z", y.1)]), E::UnknownOperand { known, .. } if known == ["x", "bias", "y"])
    );
    assert!(matches!(refused(&[all, y, all, channels(6, 1)]), E::NameTwice { .. }));
    assert!(matches!(refused(&[all, y]), E::Unbound { name } if name == "bias"));
    assert!(matches!(refused(&[all, channels(6, 1)]), E::Unbound { name } if name == "y"));
    assert!(matches!(refused(&[all, y, ("bias", bias.span().into())]), E::OtherKind { .. }));
    assert!(matches!(refused(&[("x", channels(6, 1).1), y, channels(6, 1)]), E::OtherKind { .. }));
    let error = |operands: &[(&str, Operand<'_>)]| kernel.bind(operands).unwrap_err();
    assert!(matches!(
        error(&[all, y, channels(6, 5)]),
        Error::NotDivisible { operand: "bias", elements: 24, divisor: 30, .. }
    ));
    assert!(matches!(
        error(&[all, y, channels(4, 1)]),
        Error::ChannelMismatch { operand: "bias", expected: 4, actual: 6 }
    ));
    let short = ("y", Span::new(other.buffer(), 0, 20).into());
    assert!(matches!(error(&[all, short, channels(6, 1)]), Error::LengthMismatch { operand: "y", .. }));
    let over = ("y", Span::new(x.buffer(), 4, 23).into());
    let part = ("x", Span::new(x.buffer(), 0, 23).into());
    assert!(matches!(
        error(&[part, over, channels(23, 1)]),
        Error::LengthMismatch { .. } | Error::Overlap { .. }
    ));

    let kernel = GPU.kernels().formula(&formula("a[c] * x + b[c]"), Storage::F32).unwrap();
    let [a, b] = [(6, 1), (3, 2)].map(|(count, inner)| Channels::new(count, inner));
    let b = ("b", Operand::channels(Span::new(bias.buffer(), 0, 3), b));
    let refused = kernel.bind(&[("a", Operand::channels(bias.span(), a)), all, b, y]);
    assert!(matches!(refused, Err(Error::Formula(E::OtherChannels { .. }))), "{refused:?}");

    let kernel = GPU.kernels().formula(&formula("a = x * 2; b = x * 3"), Storage::F32).unwrap();
    let refused = kernel.bind(&[all, ("a", y.1), ("b", y.1)]);
    assert!(matches!(refused, Err(Error::SameRange { one: "a", other: "b" })), "{refused:?}");

    let limits = GPU.device().limits().max_storage_buffers_per_shader_stage;
    let small = crate::common::device_with(|_| wgpu::Limits::downlevel_defaults());
    let buffers: Vec<GpuBuffer<f32>> = (0..5).map(|_| upload(&small, &[0.0; 4])).collect();
    let sum = formula("a + b + c + d");
    let operands: Vec<(&str, Operand<'_>)> = ["a", "b", "c", "d", "y"]
        .into_iter()
        .zip(&buffers)
        .map(|(name, buffer)| (name, buffer.span().into()))
        .collect();
    let refused = small.kernels().formula(&sum, Storage::F32).and_then(|kernel| kernel.bind(&operands));
    let allowed = small.device().limits().max_storage_buffers_per_shader_stage;
    assert!(allowed < 5 && limits >= allowed, "{allowed} of {limits}");
    assert!(matches!(refused, Err(Error::LimitExceeded { wanted: 5, .. })), "{refused:?}");
}

#[test]
fn what_was_warmed_up_has_the_text_of_a_formula() {
    let layer = formula("gelu_erf(x + bias[c])");
    let spec =
        Spec::formula(&layer, Storage::F16).unwrap().channels('c', Channels::new(64, 49)).accumulating();
    GPU.kernels().warm_up(&[spec]).unwrap();
    assert_eq!(spec.name(), "gelu_erf(x + bias[c])");
    assert_eq!(spec.operands(), ["x", "y"]);
}
