//! Formulas on the CPU: values and gradients within their bounds, agreement with the functions' own loops, every way to bind them.

use wgpu_activations::cpu::{CHUNK, Cpu, Operand, Slice, Threads};
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Activation, Channels, Element, Error, Exact, Formula, FormulaError, Kind, Pair};

use crate::activations::{ELEMENTS, activations, assert_same, bits, dy, x};

fn formula(text: &str) -> Formula {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn numbers(count: usize, step: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * step) % 61) as f32 / 8.0 - 3.75).collect()
}

/// The results y of one thread, and of all: with the same bits.
fn computed<'n, 'a>(
    text: &str,
    elements: usize,
    operands: impl Fn() -> Vec<(&'n str, Operand<'a>)>,
) -> Vec<f32> {
    let [one, all] = [Threads::One, Threads::All].map(|threads| {
        let mut y = vec![f32::MAX; elements];
        run(Cpu::with_threads(threads), &formula(text), operands(), &mut y);
        y
    });
    assert_eq!(bits(&one), bits(&all), "{text}");
    one
}

fn run<'a>(cpu: Cpu, formula: &Formula, operands: Vec<(&str, Operand<'a>)>, y: &'a mut [f32]) {
    let result = [("y", y.into())];
    cpu.formula(formula, operands.into_iter().chain(result))
        .unwrap_or_else(|error| panic!("{formula}: {error}"));
}

/// Numbers of formulas are finite.
fn finite_activations() -> impl Iterator<Item = Activation> {
    activations().filter(|it| it.parameters().iter().all(|value| value.is_finite()))
}

#[test]
fn every_function_of_the_table_gives_the_bits_that_it_has_alone() {
    let (x, dy) = (x(), dy());
    let mut own = vec![0.0; ELEMENTS];
    for activation in finite_activations() {
        let kind = activation.kind();
        let literals: String = activation.parameters().iter().map(|value| format!(", {value}")).collect();
        let elements = || vec![("x", (&x).into())];
        let with_dy = || vec![("x", (&x).into()), ("dy", (&dy).into())];
        Cpu::new().forward(activation, &x, &mut own).unwrap();
        let got = computed(&format!("{kind}(x{literals})"), ELEMENTS, elements);
        assert_same(&got, &own, "in a formula", activation);
        Cpu::new().backward(activation, &x, &dy, &mut own).unwrap();
        let got = computed(&format!("{kind}_backward(x, dy{literals})"), ELEMENTS, with_dy);
        assert_same(&got, &own, "backward in a formula", activation);
        for (index, (learnable, _)) in kind.learnable().enumerate() {
            Cpu::new().backward_parameter(activation, index, &x, &dy, &mut own).unwrap();
            let text = format!("{kind}_backward_{learnable}(x, dy{literals})");
            assert_same(&computed(&text, ELEMENTS, with_dy), &own, "by parameter in a formula", activation);
        }
    }
}

#[test]
fn a_product_with_a_gate_gives_the_bits_of_the_gate() {
    let (value, gate) = (numbers(1003, 5), numbers(1003, 7));
    let value: Vec<f32> = [vec![f32::INFINITY, f32::NAN, 1e38], value].concat();
    let gate: Vec<f32> = [vec![-200.0, 1.0, -200.0], gate].concat();
    let mut own = vec![0.0; 1006];
    Cpu::new().gated_forward(Activation::SILU, Pair::separate(&value[..], &gate[..]), &mut own).unwrap();
    let operands = || vec![("v", (&value).into()), ("g", (&gate).into())];
    assert_same(&computed("chain(v, silu(g))", 1006, operands), &own, "as a gate", Activation::SILU);
}

/// A tensor (outer, 5, 3) in rows of 15, beyond several chunks; f32 sums are exact.
#[test]
fn channels_rows_single_values_parameters_and_sums() {
    for rows in [0, 1, 7, 2 * CHUNK / 15 + 11] {
        let count = rows * 15;
        let x: Vec<f32> = (0..count).map(|index| (index % 17) as f32 - 8.0).collect();
        let per_channel = [-2.0_f32, -1.0, 0.0, 1.0, 2.0];
        let per_row: Vec<f32> = (0..rows).map(|row| (row % 7) as f32).collect();
        let per_column: Vec<f32> = (0..15).map(|column| column as f32).collect();
        let (channels, by_row) = (Channels::new(5, 3), Channels::new(rows as u64, 15));
        let operands = || {
            vec![
                ("x", (&x).into()),
                ("s", Operand::channels(&per_channel, channels)),
                ("r", Operand::channels(&per_row, by_row)),
                ("b", Operand::channels(&per_column, Channels::new(15, 1))),
                ("w", Operand::single(&[4.0_f32])),
                ("k", 2.0.into()),
            ]
        };
        let term = |index: usize| {
            x[index] * per_channel[index / 3 % 5] + per_row[index / 15] * 4.0 + per_column[index % 15] * 2.0
        };
        let text = "x * s[c] + r[r] * w[] + b[d] * k with k = 1";
        let expected: Vec<f32> = (0..count).map(term).collect();
        assert_eq!(computed(text, count, operands), expected, "{rows} rows");

        for (letter, size, channels) in
            [("c", 5, channels), ("r", rows, by_row), ("d", 15, Channels::new(15, 1))]
        {
            let of = |index: usize| match letter {
                "c" => index / 3 % 5,
                "r" => index / 15,
                _ => index % 15,
            };
            let mut expected = vec![0.0; size];
            (0..count).for_each(|index| expected[of(index)] += f64::from(term(index)));
            let sums = formula(&format!("total[{letter}] = {text}"));
            for threads in [Threads::One, Threads::All] {
                let mut total = vec![f32::NAN; size];
                let result = ("total", Operand::channels(&mut total, channels));
                Cpu::with_threads(threads).formula(&sums, operands().into_iter().chain([result])).unwrap();
                let expected: Vec<f32> = expected.iter().map(|sum| *sum as f32).collect();
                assert_eq!(total, expected, "{rows} rows, {letter}");
            }
        }
    }
}

#[test]
fn sums_have_the_same_bits_on_every_run_and_number_of_threads() {
    let (x, dy) = (numbers(ELEMENTS, 7), numbers(ELEMENTS, 11));
    let gradients = formula("swish(x, k[])").backward(&["k"]).unwrap();
    let sum = |threads| {
        let mut dk = [0.0_f32];
        let operands = [
            ("x", (&x).into()),
            ("dy", (&dy).into()),
            ("k", Operand::single(&[1.7_f32])),
            ("dk", Operand::single(&mut dk)),
        ];
        Cpu::with_threads(threads).formula(&gradients[0], operands).unwrap();
        dk[0].to_bits()
    };
    let first = sum(Threads::All);
    assert!((0..8).all(|_| sum(Threads::All) == first));
    assert_eq!(sum(Threads::One), first);
}

/// Beside a sum, in chunks of its own; then both once more, added to what is there.
#[test]
fn results_beside_a_sum_and_accumulated_ones() {
    let count = 5 * (CHUNK + 11);
    let x: Vec<f32> = (0..count).map(|index| (index % 7) as f32 - 3.0).collect();
    let both = formula("y = relu(x); total[c] = x");
    let channels = Channels::new(5, CHUNK as u64 + 11);
    for threads in [Threads::One, Threads::All] {
        let (mut y, mut total, cpu) = (vec![f32::NAN; count], [f32::NAN; 5], Cpu::with_threads(threads));
        cpu.formula(
            &both,
            [("x", (&x).into()), ("y", (&mut y).into()), ("total", Operand::channels(&mut total, channels))],
        )
        .unwrap();
        assert!(y.iter().zip(&x).all(|(y, x)| *y == x.max(0.0)));
        let expected = |channel: usize| x[channel * (count / 5)..][..count / 5].iter().sum::<f32>();
        assert_eq!(total, [0, 1, 2, 3, 4].map(expected));
        cpu.formula_accumulate(
            &both,
            [("x", (&x).into()), ("y", (&mut y).into()), ("total", Operand::channels(&mut total, channels))],
        )
        .unwrap();
        assert!(y.iter().zip(&x).all(|(y, x)| *y == 2.0 * x.max(0.0)));
        assert_eq!(total, [0, 1, 2, 3, 4].map(|channel| 2.0 * expected(channel)));
    }
    let (mut x, z) = ([1.0f32, 2.0], [10.0f32, 20.0]);
    let operands = [("x", (&mut x).into()), ("z", (&z).into())];
    Cpu::new().formula_accumulate(&formula("x = x + z"), operands).unwrap();
    assert_eq!(x, [12.0, 24.0]);
}

/// Halves of a matrix's rows, in place with one of them, and in both types; whatever lies between stays.
#[test]
fn rows_with_room_between_them() {
    fn held<T: Element + PartialEq>(columns: usize, part: usize, rows: usize) {
        let width = 2 * columns + part;
        let matrix: Vec<T> = (0..rows * width).map(|index| T::from_f32((index % 23) as f32 - 11.0)).collect();
        let element = |row: usize, column: usize| matrix[row * width + column].to_f32();
        let at = |matrix: &[T], column: usize| column.min(matrix.len());
        let (g, v) = (&matrix[at(&matrix, part)..], &matrix[at(&matrix, part + columns)..]);
        let all = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let product =
            |(row, column)| element(row, part + column).max(0.0) * element(row, part + columns + column);
        let expected: Vec<f32> = all().map(product).collect();
        for threads in [Threads::One, Threads::All] {
            let cpu = Cpu::with_threads(threads);
            let mut y = vec![f32::NAN; rows * columns];
            let operands = [
                ("g", Slice::rows(g, width, columns, rows).into()),
                ("v", Slice::rows(v, width, columns, rows).into()),
                ("y", (&mut y).into()),
            ];
            cpu.formula(&formula("relu(g) * v"), operands).unwrap();
            assert_eq!(y, expected, "{columns} {part} {rows}");
            let mut changed = matrix.clone();
            let begin = at(&changed, part + columns);
            let values = Slice::rows(&mut changed[begin..], width, columns, rows);
            cpu.formula(&formula("v = v + 1"), [("v", values.into())]).unwrap();
            let expected = (0..rows * width).map(|index| {
                let more = if index % width >= part + columns { 1.0 } else { 0.0 };
                T::from_f32(element(index / width, index % width) + more)
            });
            assert!(changed == expected.collect::<Vec<T>>(), "{columns} {part} {rows}");
        }
    }
    for (columns, part, rows) in
        [(16, 0, 5), (3, 1, 7), (64, 4, 1), (8, 16, 0), (300, 7, 400), (CHUNK + 3, 2, 3)]
    {
        held::<f32>(columns, part, rows);
        held::<bf16>(columns, part, rows);
    }
    let x = [0.0f32; 24];
    let refused = |text: &str, slice: Operand<'_>| {
        let mut y = [0.0f32; 12];
        Cpu::new().formula(&formula(text), [("x", slice), ("y", (&mut y).into())]).unwrap_err()
    };
    let rows = |pitch, row, count| Operand::from(Slice::rows(&x, pitch, row, count));
    assert!(matches!(refused("x * 2", rows(3, 4, 3)), Error::Pitch { pitch: 12, row: 4, .. }));
    assert!(matches!(refused("x * 2", rows(11, 4, 3)), Error::OutOfBounds { elements: 12, .. }));
    assert!(matches!(refused("x * 2", rows(usize::MAX, 4, usize::MAX)), Error::OutOfBounds { .. }));
    assert!(matches!(refused("x * 2", rows(8, 4, 2)), Error::LengthMismatch { .. }));
    let shared = Operand::channels(Slice::rows(&x, 8, 4, 3), Channels::new(12, 1));
    let mut y = [0.0f32; 12];
    let operands = [("x", (&x[..12]).into()), ("b", shared), ("y", (&mut y).into())];
    let refused = Cpu::new().formula(&formula("x + b[c]"), operands);
    assert!(matches!(refused, Err(Error::RowsApart { operand: "b" })), "{refused:?}");
}

#[test]
fn in_place_and_two_results() {
    let (x, z) = (numbers(ELEMENTS, 5), numbers(ELEMENTS, 7));
    let mut in_place = x.clone();
    Cpu::new()
        .formula(&formula("x = x + 0.5 * z"), [("x", (&mut in_place).into()), ("z", (&z).into())])
        .unwrap();
    let expected: Vec<f32> = x.iter().zip(&z).map(|(x, z)| x + 0.5 * z).collect();
    assert_eq!(in_place, expected);
    // Each result sees what was there.
    let (mut a, mut b) = (x.clone(), z.clone());
    Cpu::new()
        .formula(&formula("a = a + b; b = a * b"), [("b", (&mut b).into()), ("a", (&mut a).into())])
        .unwrap();
    let expected: Vec<(f32, f32)> = x.iter().zip(&z).map(|(a, b)| (a + b, a * b)).collect();
    assert_eq!(a.into_iter().zip(b).collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_dead_lets_nothing_through() {
    let x = [1.0f32, -2.0, f32::INFINITY, 3.0];
    let [g, dy] = [[2.0f32, 3.0, 4.0, 0.0], [1.0, f32::NAN, 1.0, f32::INFINITY]];
    let gradients = formula("relu(x) * g").backward(&["x", "g"]).unwrap();
    let (mut dx, mut dg) = ([9.0f32; 4], [9.0f32; 4]);
    let operands = [
        ("x", (&x).into()),
        ("g", (&g).into()),
        ("dy", (&dy).into()),
        ("dx", (&mut dx).into()),
        ("dg", (&mut dg).into()),
    ];
    Cpu::new().formula(&gradients[0], operands).unwrap();
    assert_eq!(dx, [2.0, 0.0, 4.0, 0.0]);
    assert_eq!(dg, [1.0, 0.0, f32::INFINITY, f32::INFINITY]);
}

#[test]
fn nan_is_kept_by_every_operator() {
    let (nan, one) = ([f32::NAN; 3], [1.0f32; 3]);
    for text in [
        "a + b",
        "a - b",
        "a * b",
        "a / b",
        "min(a, b)",
        "max(a, b)",
        "a < b ? 1 : 2",
        "a == b ? 1 : 2",
        "a != b ? 1 : 2",
    ] {
        for (a, b) in [(&nan, &one), (&one, &nan)] {
            let y = computed(text, 3, || vec![("a", a.into()), ("b", b.into())]);
            assert!(y.iter().all(|y| y.is_nan()), "{text}");
        }
    }
}

/// Each operand in a type of its own; 16-bit results are the f32 results, rounded.
#[test]
fn every_operand_has_a_type_of_its_own() {
    fn held<T: Element>(values: &[f32]) -> Vec<T> {
        values.iter().map(|value| T::from_f32(*value)).collect()
    }
    let (x, g, r) = (held::<f16>(&numbers(1001, 5)), held::<bf16>(&numbers(1001, 7)), numbers(1001, 11));
    let operands = || vec![("x", (&x).into()), ("g", (&g).into()), ("r", (&r).into())];
    let wide = computed("silu(x) * g + r", 1001, operands);
    let mut narrow = vec![bf16::ZERO; 1001];
    let result = ("y", (&mut narrow).into());
    Cpu::new().formula(&formula("silu(x) * g + r"), operands().into_iter().chain([result])).unwrap();
    assert_eq!(narrow, held::<bf16>(&wide));
}

#[test]
fn dropout_draws_what_the_oracle_draws_and_a_seed_is_needed() {
    let x = numbers(5003, 5);
    for p in [0.0, 0.25, 1.0] {
        let operands = || vec![("x", (&x).into()), ("p", p.into()), ("seed", Operand::seed(77))];
        let text = "dropout(x, p) + dropout(x, p) * 2 with p = 0.5";
        let oracle = formula(text).with("p", p).unwrap();
        let expected: Vec<f32> = (0..)
            .zip(&x)
            .map(|(element, x)| oracle.exact_drawn(&[(*x).into()], 77, element)[0] as f32)
            .collect();
        assert_eq!(computed(text, x.len(), operands), expected);
    }
    let mut y = [0.0f32];
    let unbound =
        Cpu::new().formula(&formula("dropout(x, 0.5)"), [("x", (&[1.0f32]).into()), ("y", (&mut y).into())]);
    assert!(matches!(unbound, Err(Error::Formula(FormulaError::Unbound { name })) if name == "seed"));
}

#[test]
fn a_function_of_somebody_else_is_its_oracle() {
    fn cube(_: &[f64], points: &[f64], results: &mut [Exact]) {
        assert!(points.iter().all(|point| !point.is_nan()));
        for (&x, result) in points.iter().zip(results) {
            *result = Exact { value: x * x * x, derivative: 3.0 * x * x };
        }
    }
    let wgsl = "fn act_cpu_cube(x: f32) -> f32 { return x * x * x; }
        fn act_cpu_cube_backward(x: f32, dy: f32) -> f32 { return dy * (3.0 * x * x); }";
    Formula::wgsl_function("cpu_cube", wgsl, cube).define().unwrap();
    let (x, dy) = ([f32::NAN, 2.0, 0.0, -1.5], [1.0f32, 2.0, f32::NAN, 0.5]);
    let y = computed("cpu_cube(x) + 1", 4, || vec![("x", (&x).into())]);
    assert!(y[0].is_nan());
    assert_eq!(y[1..], [9.0, 1.0, -2.375]);
    let y = computed("cpu_cube_backward(x, dy)", 4, || vec![("x", (&x).into()), ("dy", (&dy).into())]);
    assert!(y[0].is_nan());
    assert_eq!(y[1..], [24.0, 0.0, 3.375]);
}

#[test]
fn what_is_bound_otherwise_than_it_says_is_a_typed_error() {
    use FormulaError as E;
    let (x, bias, half) = ([0.0f32; 24], [0.0f32; 6], [f16::ZERO; 6]);
    let text = "x * k + bias[c] with k = 1";
    let y = &mut [7.0f32; 24];
    let mut attempt = |operands: Vec<(&str, Operand<'_>)>| {
        let result =
            Cpu::new().formula(&formula(text), operands.into_iter().chain([("y", (&mut *y).into())]));
        assert!(result.is_err() || y[0] == 0.0);
        result
    };
    let all = || ("x", Operand::from(&x));
    let channels = |count, inner| ("bias", Operand::channels(&bias, Channels::new(count, inner)));
    macro_rules! refused {
        ([$($operand:expr),*], $pattern:pat $(if $guard:expr)?) => {
            let error = attempt(vec![$($operand),*]).unwrap_err();
            assert!(matches!(error, $pattern $(if $guard)?), "{error}");
        };
    }
    refused!([all(), channels(6, 2), ("z", all().1)], Error::Formula(E::UnknownOperand { ref known, .. }) if *known == ["x", "bias", "y", "k"]);
    refused!([all(), all(), channels(6, 2)], Error::Formula(E::NameTwice { .. }));
    refused!([all()], Error::Formula(E::Unbound { ref name }) if name == "bias");
    refused!([all(), ("bias", (&bias).into())], Error::Formula(E::OtherKind { .. }));
    refused!([("x", channels(6, 2).1), channels(6, 2)], Error::Formula(E::OtherKind { .. }));
    refused!([all(), channels(6, 5)], Error::NotDivisible { operand: "bias", elements: 24, divisor: 30, .. });
    refused!([all(), channels(4, 1)], Error::ChannelMismatch { operand: "bias", expected: 4, actual: 6 });
    refused!(
        [("x", (&x[1..]).into()), channels(6, 1)],
        Error::LengthMismatch { operand: "y", expected: 23, actual: 24 }
    );
    refused!([all(), channels(6, 2), ("k", f32::NAN.into())], Error::Formula(E::NotFinite { .. }));
    refused!([all(), channels(6, 2), ("k", Operand::seed(1))], Error::Formula(E::OtherKind { .. }));
    refused!([all(), channels(0, 0)], Error::NotDivisible { .. });
    let narrow = ("bias", Operand::channels(&half, Channels::new(6, 1)));
    refused!([all(), narrow], Error::Formula(E::NotAnElement { .. }));
    attempt(vec![all(), channels(6, 2)]).unwrap();

    let unmutable = Cpu::new().formula(&formula("x * 2"), [all(), ("y", (&x).into())]).unwrap_err();
    assert!(matches!(unmutable, Error::Formula(E::OtherKind { needed: "a mutable one", .. })), "{unmutable}");
    let mut y = [0.0f32; 24];
    let two = [
        ("a", Operand::channels(&bias, Channels::new(6, 1))),
        ("b", Operand::channels(&bias[..3], Channels::new(3, 2))),
    ];
    let operands = two.into_iter().chain([all(), ("y", (&mut y).into())]);
    let letters = Cpu::new().formula(&formula("a[c] * x + b[c]"), operands).unwrap_err();
    assert!(matches!(letters, Error::Formula(E::OtherChannels { .. })), "{letters}");
    let message = "\"b\" is bound with 3 channels of 2 neighbouring elements, but \"a\", which has the same letter, with 6 channels of 1 neighbouring elements: one letter is one way to see the tensor";
    assert_eq!(letters.to_string(), message);
    let operands = [all(), ("y", (&mut y).into()), ("b", 0.0.into())];
    let value = Cpu::new().formula(&formula("softplus(x, b, 20) with b = 1"), operands).unwrap_err();
    assert!(matches!(value, Error::InvalidParameter { .. }), "{value}");
    let (mut sums, k) = ([0.0f32; 5], Kind::Relu);
    let operands = [all(), ("s", Operand::channels(&mut sums, Channels::new(6, 1)))];
    let short = Cpu::new().formula(&formula(&format!("s[c] = {k}(x)")), operands).unwrap_err();
    assert!(matches!(short, Error::ChannelMismatch { operand: "s", expected: 6, actual: 5 }), "{short}");
}

#[cfg(feature = "verify")]
mod within_bounds {
    use proptest::prelude::*;
    use wgpu_activations::cpu::Cpu;
    use wgpu_activations::verify::{
        self, Adapter, Case, CpuSweep, FormulaOperand, FormulaSubject, Operands, Probe, Subject,
    };
    use wgpu_activations::{Error, Formula, Storage, Storages};

    use super::formula;
    use crate::formulas::{OWN, TEXTS, define_own, expressions, twice_derived, with_gradients};

    fn hold(formula: &Formula, storage: Storage, inputs: usize) {
        with_gradients(formula).iter().for_each(|formula| hold_alone(formula, &storage.into(), inputs));
    }

    fn hold_alone(formula: &Formula, storages: &Storages, inputs: usize) {
        let cpu = Cpu::new();
        for check in pollster::block_on(verify::formula(&cpu, formula, storages.clone(), inputs)).unwrap() {
            assert!(check.pass, "{check}");
        }
    }

    #[test]
    fn values_and_gradients() {
        for (index, text) in TEXTS.lines().enumerate() {
            hold(&formula(text), Storage::F32, 4096);
            // What 16 bits change is how elements are read and written, whatever the formula.
            if index % 4 == 0 {
                hold(&formula(text), [Storage::F16, Storage::Bf16][index / 4 % 2], 4096);
            }
        }
        let each = Storages::from(Storage::F16).with("g", Storage::Bf16).with("y", Storage::F32);
        hold_alone(&formula("silu(x + bias[c]) * g"), &each, 4096);
    }

    #[test]
    fn every_function_of_the_table() {
        for activation in super::finite_activations() {
            let literals: String = activation.parameters().iter().map(|value| format!(", {value}")).collect();
            hold(&formula(&format!("{}(x{literals})", activation.kind())), Storage::F32, 4096);
        }
    }

    #[test]
    fn a_function_of_somebody_else_and_its_derivatives() {
        define_own();
        for derived in OWN.iter().flat_map(|text| twice_derived(&formula(text))) {
            [Storage::F32, Storage::F16]
                .iter()
                .for_each(|storage| hold_alone(&derived, &(*storage).into(), 4096));
        }
    }

    /// The CPU, but for one digit of one result.
    struct ADigitOff;

    impl Subject for ADigitOff {
        type Sweep<'a> = CpuSweep;

        fn adapter(&self) -> Adapter {
            Adapter::cpu()
        }

        async fn probe(&self) -> Result<Option<Probe>, Error> {
            Ok(None)
        }

        fn source(&self, _: &Case) -> String {
            String::new()
        }

        async fn compute(&self, case: &Case, operands: Operands<'_>) -> Result<Vec<f32>, Error> {
            Cpu::new().compute(case, operands).await
        }

        fn sweep(&self, case: &Case) -> Result<CpuSweep, Error> {
            Cpu::new().sweep(case)
        }
    }

    impl FormulaSubject for ADigitOff {
        async fn compute_formula(
            &self,
            formula: &Formula,
            bound: &[FormulaOperand],
            seed: Option<u64>,
        ) -> Result<Vec<Vec<f32>>, Error> {
            let mut results = Cpu::new().compute_formula(formula, bound, seed).await?;
            let number = results[0].iter_mut().find(|result| result.is_normal()).unwrap();
            *number = number.next_up();
            Ok(results)
        }
    }

    #[test]
    fn a_digit_too_many_turns_it_red() {
        for text in ["gelu_erf(x + bias[c]) * gate + residual", "total[c] = silu(x)", "x * exp(-exp(-x))"] {
            let formula = formula(text);
            hold(&formula, Storage::F32, 4096);
            let checks = verify::formula(&ADigitOff, &formula, Storage::F32, 4096);
            let check = &pollster::block_on(checks).unwrap()[0];
            assert!(!check.pass, "{check}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn random_formulas(expression in expressions(), storage in prop::sample::select(Storage::ALL)) {
            let formula = expression.formula().unwrap();
            prop_assume!(formula.operands().any(|name| !name.contains('[')));
            hold(&formula, storage, 1024);
        }
    }
}
