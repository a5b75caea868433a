//! Formulas on the command line: `run`, `verify`, `plot`, `wgsl`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use serde_json::Value;

use crate::common::{Folder, fail, load, run, succeed};

/// x and g of shape (2, 3), b of 3, dy of ones.
fn folder() -> (Folder, [String; 4]) {
    let folder = Folder::new();
    let files = [
        folder.tensor("x.npy", &[2, 3], &[-2.0, -0.5, 0.0, 0.5, 3.0, 1.0]),
        folder.tensor("g.npy", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        folder.tensor("b.npy", &[3], &[1.0, 0.5, -1.0]),
        folder.tensor("dy.npy", &[2, 3], &[1.0; 6]),
    ];
    (folder, files)
}

#[test]
fn values_and_gradients_of_every_operand() {
    let (folder, [x, g, b, dy]) = folder();
    let operands = [format!("x={x}"), format!("g={g}"), format!("b={b}")];
    let [y, dx, dg, db] = ["y", "dx", "dg", "db"].map(|name| folder.file(&format!("{name}.npy")));
    let gradients = [format!("x={dx}"), format!("g={dg}"), format!("b={db}")];
    let mut arguments =
        vec!["run", "relu(x + b[c]) * g", "--channels", "c=-1", "--output", &y, "--grad", &dy];
    arguments.extend(operands.iter().flat_map(|operand| ["--operand", operand]));
    arguments.extend(gradients.iter().flat_map(|gradient| ["--grad-output", gradient]));
    let run = succeed(&arguments);
    run.check_layout();
    assert!(run.stdout.contains("relu(x + b[c]) * g on "), "{}", run.stdout);
    let y = load(y);
    assert_eq!((y.shape, y.values), (vec![2, 3], vec![0.0, 0.0, 0.0, 6.0, 17.5, 0.0]));
    assert_eq!(load(dx).values, [0.0, 0.0, 0.0, 4.0, 5.0, 0.0]);
    assert_eq!(load(dg).values, [0.0, 0.0, 0.0, 1.5, 3.5, 0.0]);
    assert_eq!(load(db).values, [4.0, 5.0, 0.0]);
}

#[test]
fn one_operand_parameters_rows_and_in_place() {
    let (folder, [x, ..]) = folder();
    let (y, r) = (folder.file("y.npy"), folder.tensor("r.npy", &[2], &[10.0, 20.0]));
    succeed(&["run", "k * x with k = 2", "--input", &x, "--output", &y, "--param", "k=4"]);
    assert_eq!(load(&y).values, [-8.0, -2.0, 0.0, 2.0, 12.0, 4.0]);
    let operand = format!("r={r}");
    succeed(&[
        "run",
        "x = x + r[r]",
        "--input",
        &x,
        "--operand",
        &operand,
        "--channels",
        "r=0",
        "--output",
        &y,
    ]);
    assert_eq!(load(&y).values, [8.0, 9.5, 10.0, 20.5, 23.0, 21.0]);
    // The same seed draws the same.
    let (first, second) = (folder.file("first.npy"), folder.file("second.npy"));
    for file in [&first, &second] {
        succeed(&["run", "dropout(x + 10, 0.5)", "--input", &x, "--seed", "9", "--output", file]);
    }
    let drawn = load(&first).values;
    assert_eq!(drawn, load(&second).values);
    assert!(
        drawn.iter().zip([8.0, 9.5, 10.0, 10.5, 13.0, 11.0]).all(|(got, x)| *got == 0.0 || *got == 2.0 * x),
        "{drawn:?}"
    );
}

/// What arrives at `x = ...` is called dx, as the gradient is, which takes its place: the others still need what was there.
#[test]
fn gradients_of_what_is_computed_in_place() {
    let (folder, [x, g, b, _]) = folder();
    let dy = folder.tensor("arriving.npy", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let operands = [format!("x={x}"), format!("b={b}"), format!("g={g}")];
    let [new, dx, dg, db] = ["new", "dx", "dg", "db"].map(|name| folder.file(&format!("{name}.npy")));
    let gradients = [format!("x={dx}"), format!("b={db}"), format!("g={dg}")];
    let run = |formula: &str, count: usize| {
        let mut arguments = vec!["run", formula, "--channels", "c=-1", "--grad", &dy, "--output", &new];
        arguments.extend(operands[..count].iter().flat_map(|operand| ["--operand", operand]));
        arguments.extend(gradients[..count].iter().flat_map(|gradient| ["--grad-output", gradient]));
        let said = succeed(&arguments).stdout;
        assert_eq!(said.matches(" written to ").count(), count + 1, "{said}");
    };
    run("x = x * 2 + b[c]", 2);
    assert_eq!(load(&new).values, [-3.0, -0.5, -1.0, 2.0, 6.5, 1.0]);
    assert_eq!(load(&dx).values, [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    assert_eq!(load(&db).values, [5.0, 7.0, 9.0]);
    run("x = relu(x + b[c]) * g", 3);
    assert_eq!(load(&new).values, [0.0, 0.0, 0.0, 6.0, 17.5, 0.0]);
    assert_eq!(load(&dx).values, [0.0, 0.0, 0.0, 16.0, 25.0, 0.0]);
    assert_eq!(load(&db).values, [16.0, 25.0, 0.0]);
    assert_eq!(load(&dg).values, [0.0, 0.0, 0.0, 6.0, 17.5, 0.0]);
}

#[test]
fn a_sum_beside_a_result_and_a_seed_that_is_missing() {
    let (folder, [x, ..]) = folder();
    let [y, total] = ["y", "total"].map(|name| folder.file(&format!("{name}.npy")));
    let outputs = [format!("y={y}"), format!("total={total}")];
    let mut arguments = vec!["run", "y = 2 * x; total[c] = x", "--input", &x, "--channels", "c=-1"];
    arguments.extend(outputs.iter().flat_map(|output| ["--output", output]));
    succeed(&arguments);
    assert_eq!(load(&y).values, [-4.0, -1.0, 0.0, 1.0, 6.0, 2.0]);
    let total = load(&total);
    assert_eq!((total.shape, total.values), (vec![3], vec![-1.5, 2.5, 1.0]));
    fail(&["run", "dropout(x, 0.5)", "--input", &x], 1, &["give --seed N"]);
}

#[test]
fn a_letter_may_stand_for_neighbouring_dimensions() {
    let folder = Folder::new();
    let numbers = |count: u8| (0..count).map(f32::from).collect::<Vec<f32>>();
    let x = format!("x={}", folder.tensor("x.npy", &[2, 3, 4], &numbers(24)));
    let dy = folder.tensor("dy.npy", &[2, 3, 4], &[1.0; 24]);
    let b = |shape: &[usize]| format!("b={}", folder.tensor("b.npy", shape, &numbers(12)));
    let [y, db] = ["y", "db"].map(|name| folder.file(&format!("{name}.npy")));
    let db_to = format!("b={db}");
    // As it is broadcast in NumPy, with dimensions of size 1, and in a row.
    for shape in [&[3, 4][..], &[1, 3, 4], &[12]] {
        let b = b(shape);
        for channels in ["c=1:2", "c=-2:-1", "c = 1 : -1"] {
            let arguments =
                ["run", "10 * x + b[c]", "--operand", &x, "--operand", &b, "--channels", channels];
            succeed(&[&arguments[..], &["--output", &y, "--grad", &dy, "--grad-output", &db_to]].concat());
            let expected: Vec<f32> =
                numbers(24).iter().zip(numbers(12).iter().cycle()).map(|(x, b)| 10.0 * x + b).collect();
            assert_eq!(load(&y).values, expected, "{shape:?}, {channels}");
            let db = load(&db);
            assert_eq!((db.shape, db.values), (vec![3, 4], vec![2.0; 12]));
        }
    }
    // The first two: each value is for a row of 4.
    let b = format!("b={}", folder.tensor("b.npy", &[2, 3], &numbers(6)));
    let arguments = ["run", "0 * x + b[c]", "--operand", &x, "--operand", &b, "--channels", "c=0:1"];
    succeed(&[&arguments[..], &["--output", &y]].concat());
    assert_eq!(load(&y).values, numbers(6).iter().flat_map(|b| [*b; 4]).collect::<Vec<f32>>());
}

#[test]
fn letters_that_do_not_fit_are_said_with_numbers() {
    let folder = Folder::new();
    let x = format!("x={}", folder.tensor("x.npy", &[2, 3, 4], &[1.0; 24]));
    let b = format!("b={}", folder.tensor("b.npy", &[4, 3], &[1.0; 12]));
    let refused = |channels: &[&str], expected: &[&str]| {
        let mut arguments = vec!["run", "x + b[c]", "--operand", &x, "--operand", &b];
        arguments.extend(channels.iter().flat_map(|text| ["--channels", text]));
        fail(&arguments, 1, expected);
    };
    refused(&["c=1:2"], &["b[c] is 4 x 3", "dimensions of 3 x 4"]);
    refused(&["c=0:1"], &["b[c] holds 12 values where 6 are needed", "2 x 3 x 4"]);
    refused(&["c=2:1"], &["dimension 2 comes first, and 1 last"]);
    refused(&["c=1:3"], &["no such dimension as 3", "2 x 3 x 4 has 3"]);
    refused(&["c=-4"], &["no such dimension as -4"]);
    refused(&["c=-9223372036854775808"], &["no such dimension"]);
    refused(&["c=0,2"], &["neighbours, r=0:1"]);
    refused(&["cc=1"], &["expected a letter"]);
    refused(&["c=1", "c=2"], &["--channels c is given twice"]);
    refused(&["c=1:2", "d=0"], &["nothing in the formula has the letter d"]);
}

#[test]
fn powers_of_halves_are_computed_and_others_refused() {
    let folder = Folder::new();
    let (x, y) = (folder.tensor("x.npy", &[3], &[0.25, 4.0, 9.0]), folder.file("y.npy"));
    succeed(&["run", "x^1.5 + x^-0.5", "--input", &x, "--output", &y]);
    for (got, exact) in load(&y).values.iter().zip([2.125, 8.5, 27.0 + 1.0 / 3.0]) {
        assert!((got / exact - 1.0).abs() < 3e-7, "{got} and {exact}");
    }
    fail(&["run", "x^0.3", "--input", &x], 1, &["a multiple of 1/2", "exp(0.3 * log(x))"]);
}

#[test]
fn what_does_not_fit_is_said() {
    let (folder, [x, g, b, dy]) = folder();
    let [x_is, g_is, b_is] = [format!("x={x}"), format!("g={g}"), format!("b={b}")];
    let short = format!("g={}", folder.tensor("short.npy", &[2, 2], &[0.0; 4]));
    fail(
        &["run", "x * relo(x)", "--input", &x],
        1,
        &["no function is called \"relo\"", "nearest name is \"relu\""],
    );
    fail(&["run", "x + * 2", "--input", &x], 1, &["at character 4"]);
    fail(&["run", "x * g", "--operand", &x_is], 1, &["give --operand g=FILE.npy"]);
    fail(&["run", "x * g", "--operand", &x_is, "--operand", &short], 1, &["the shapes differ"]);
    fail(&["run", "x * b[c]", "--operand", &x_is, "--operand", &b_is], 1, &["--channels c=-1"]);
    let wrong = ["run", "x * b[c]", "--operand", &x_is, "--operand", &b_is, "--channels", "c=0"];
    fail(&wrong, 1, &["b[c] holds 3 values where 2 are needed"]);
    fail(
        &["run", "x * b[c]", "--operand", &x_is, "--operand", &b_is, "--channels", "c=7"],
        1,
        &["no such dimension"],
    );
    let unknown = ["run", "x * 2", "--operand", &x_is, "--operand", &g_is];
    fail(&unknown, 1, &["--operand g: the formula has x"]);
    fail(&["run", "x * 2", "--input", &x, "--grad", &dy, "--grad-output", &x], 1, &["names an operand"]);
    fail(&["run", "dropout(x, 0.5)", "--input", &x], 1, &["draws for each element: give --seed N"]);
    fail(&["run", "relu", "--input", &x, "--weight", &b, "--seed", "1"], 2, &["cannot be used with"]);
}

#[test]
fn what_no_formula_has_is_refused() {
    let (folder, [x, _, b, dy]) = folder();
    let left = folder.contents();
    for options in [
        &["--second-output", &x][..],
        &["--scale", "2"],
        &["--dim", "0"],
        &["--weight", &b],
        &["--gate", &x],
        &["--causal"],
        &["--sink", "1"],
        &["--sinks", &b],
        &["--mask", &x],
        &["--labels", &x],
        &["--probabilities", &x],
        &["--label-smoothing", "0.1"],
        &["--ignore-index", "1"],
        &["--seed", "1"],
        &["--layout", "halves"],
        &["--block", "1"],
        &["--order", "gate_first"],
    ] {
        let arguments = [&["run", "k * x with k = 2", "--input", &x], options].concat();
        fail(&arguments, 1, &[&format!("x with k = 2.0 takes no {}: ", options[0])]);
    }
    let refused = |options: &[&str], expected: &str| {
        fail(&[&["run", "k * x with k = 2", "--input", &x], options].concat(), 1, &[expected]);
    };
    refused(&["--grad", &dy, "--from-output"], "takes no --from-output");
    refused(&["--grad", &dy, "--weight-grad-output", &x], "takes no --weight-grad-output");
    refused(&["--weight", &b, "--channel-dim", "1"], "takes no --weight");
    refused(&["--param", "k=2", "--param", "k=3"], "k is given twice");
    refused(&["--operand", &format!("x={x}")], "--input is for the first operand that has no --operand");
    refused(&["--grad", &dy], "--grad-output NAME=FILE.npy");
    let hard = ["run", "dropout(x, 0.5)", "--input", &x, "--seed", "1", "--hard"];
    fail(&hard, 1, &["takes no --hard: --hard is for gumbel_softmax"]);
    assert_eq!(folder.contents(), left);
}

#[test]
fn a_function_that_no_formula_has_is_said_to_be_one() {
    let (_folder, [x, ..]) = folder();
    fail(&["run", "softmax(x)", "--input", &x], 1, &["softmax takes whole rows", "`run softmax`"]);
    fail(&["run", "swiglu(x, x)", "--input", &x], 1, &["swiglu is a gate", "`run swiglu`", "v * silu(g)"]);
    for command in [&["verify"][..], &["wgsl"], &["plan", "--shape", "4"]] {
        fail(&[command, &["2 * softmax(x)"]].concat(), 1, &["softmax takes whole rows"]);
    }
}

/// Told from names: each computes something.
#[test]
fn formulas_without_functions_and_with_minus_are_such() {
    let (folder, [x, ..]) = folder();
    let y = folder.file("y.npy");
    for (formula, expected) in [
        ("1 - x", [3.0, 1.5, 1.0, 0.5, -2.0, 0.0]),
        ("y = x", [-2.0, -0.5, 0.0, 0.5, 3.0, 1.0]),
        ("relu(-x)", [2.0, 0.5, 0.0, 0.0, 0.0, 0.0]),
        ("min(max(x, low), high) with low = -1, high = 1", [-1.0, -0.5, 0.0, 0.5, 1.0, 1.0]),
    ] {
        succeed(&["run", formula, "--input", &x, "--output", &y]);
        assert_eq!(load(&y).values, expected, "{formula}");
    }
    succeed(&["run", "--input", &x, "--output", &y, "--", "-x"]);
    assert_eq!(load(&y).values[0], 2.0);
    fail(&["run", "-x", "--input", &x], 2, &["use '-- -x'"]);
    fail(&["run", "x", "--input", &x], 1, &["no activation, gate or function of rows is called \"x\""]);
}

#[test]
fn forms_that_lose_digits_are_pointed_out() {
    let (_folder, [x, ..]) = folder();
    let text = run(&["run", "log(1 + exp(x))", "--input", &x]).stderr;
    assert!(text.contains("softplus(x, 1, 20)") && text.contains("--stable"), "{text}");
    let stable = succeed(&["run", "log(1 + exp(x))", "--stable", "--input", &x]);
    assert!(stable.stdout.contains("softplus(x, 1, 20) on "), "{}", stable.stdout);
}

#[test]
fn verify_holds_values_and_gradients_to_their_bounds() {
    let folder = Folder::new();
    let file = folder.file("checks.json");
    let run = succeed(&["verify", "silu(x + b[c]) * g", "--inputs", "4096", "--json", &file]);
    run.check_layout();
    assert!(run.stdout.contains("of its bound") && run.stdout.contains("db[c]"), "{}", run.stdout);
    let checks: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let results: Vec<&str> =
        checks.as_array().unwrap().iter().map(|check| check["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["y", "dx", "dg", "db[c]"]);
    assert!(checks.as_array().unwrap().iter().all(|check| check["pass"] == true), "{checks}");
    let naive = succeed(&["verify", "log(1 + exp(x))", "--inputs", "4096"]);
    assert!(naive.stdout.contains("softplus(x, 1, 20)"), "{}", naive.stdout);
    fail(&["verify", "relu", "x * 2"], 1, &["not both at once"]);
}

#[test]
fn verify_holds_the_cpu_to_its_own_promise() {
    let run = succeed(&["verify", "--cpu", "gelu_erf(x + b[c]) * g", "--inputs", "4096"]);
    run.check_layout();
    assert!(run.stdout.contains("CPU") && run.stdout.contains("db[c]"), "{}", run.stdout);
    fail(&["verify", "--cpu", "x * 2", "--exhaustive"], 1, &["not exhaustively"]);
}

#[test]
fn a_formula_is_drawn_and_its_shader_printed() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap();
    succeed(&["plot", "x * tanh(exp(x))", "--out", out]);
    let svg = std::fs::read_to_string(folder.file("formula.svg")).unwrap();
    assert!(svg.contains("x * tanh(exp(x))") && svg.contains("polyline"), "{}", svg.len());
    fail(&["plot", "x * z", "--out", out], 1, &["a formula of one operand"]);

    let functions = succeed(&["wgsl", "gelu_erf(x + b[c]) * g"]).stdout;
    assert!(
        functions.contains("fn formula(operand_0: f32, operand_2: f32, operand_1: f32) -> f32"),
        "{functions}"
    );
    naga::front::wgsl::parse_str(&functions).unwrap();
    let kernels =
        succeed(&["wgsl", "gelu_erf(x + b[c]) * g", "--kernel", "backward", "--storage", "f16"]).stdout;
    assert_eq!(kernels.matches("@compute").count(), 2);
}

/// By name alone, with their own operands and parameters; called, with values for those; and by one another.
#[test]
fn functions_of_the_users_own() {
    let (folder, [x, g, ..]) = folder();
    let y = folder.file("y.npy");
    let bent = ["--function", "bent = k * x^2 + x with k = 2", "--function", "gated = v * bent(g)"];
    let values = |arguments: &[&str]| {
        succeed(&[&["run"], arguments, &bent, &["--output", &y]].concat());
        load(&y).values
    };
    let expected = [6.0, 0.0, 0.0, 1.0, 21.0, 3.0];
    assert_eq!(values(&["bent", "--input", &x]), expected);
    assert_eq!(values(&["bent", "--input", &x, "--param", "k=0"]), load(&x).values);
    assert_eq!(values(&["bent(x) + 1", "--input", &x]), expected.map(|value| value + 1.0));
    assert_eq!(values(&["bent(x, k=1)", "--input", &x]), [2.0, -0.25, 0.0, 0.75, 12.0, 2.0]);
    let (v, gate) = (format!("v={x}"), format!("g={g}"));
    let gated = [-6.0, -5.0, 0.0, 18.0, 165.0, 78.0];
    assert_eq!(values(&["gated", "--operand", &v, "--operand", &gate]), gated);
    assert_eq!(values(&["gated(v, g)", "--operand", &v, "--operand", &gate]), gated);

    let out = folder.path().to_str().unwrap();
    succeed(&[&["plot", "bent", "--out", out], &bent[..]].concat());
    assert!(std::fs::read_to_string(folder.file("formula.svg")).unwrap().contains("polyline"));
    let functions = succeed(&[&["wgsl", "bent(x + b[c])"], &bent[..]].concat()).stdout;
    naga::front::wgsl::parse_str(&functions).unwrap();
    let plan = succeed(&[&["plan", "bent", "--shape", "4"], &bent[..]].concat()).stdout;
    assert!(serde_json::from_str::<Value>(&plan).unwrap().is_array(), "{plan}");
    let checked = succeed(&[&["verify", "gated", "--inputs", "4096"], &bent[..]].concat()).stdout;
    assert!(checked.contains("dv") && checked.contains("dg"), "{checked}");
}

#[test]
fn a_function_that_is_none_is_told_before_anything_is_written() {
    let (folder, [x, ..]) = folder();
    let y = folder.file("y.npy");
    let refused = |name: &str, function: &str, status: i32, fragments: &[&str]| {
        let arguments = ["run", name, "--function", function, "--input", &x, "--output", &y];
        fail(&arguments, status, fragments);
        assert!(!std::path::Path::new(&y).exists(), "{function}");
    };
    refused("bent", "bent", 2, &["expected NAME=FORMULA", "telu = x * tanh(exp(x))"]);
    refused("silu", "silu = x * 2", 1, &["--function silu: ", "\"silu\" cannot be a name of yours"]);
    refused("bent", "bent = x + * 2", 1, &["--function bent: ", "character 4"]);
    refused("bent", "bent = softmax(x)", 1, &["softmax takes whole rows"]);
    refused("bent", "bent = x + b[c]", 1, &["--function bent: ", "\"b\" was bound to a channel"]);
    refused("bant(x)", "bent = x * 2", 1, &["\"bant\" (character 0)", "the nearest name is \"bent\""]);
    refused("bent(x, x)", "bent = x * 2", 1, &["bent (character 0) takes 1 argument, but was given 2"]);
    fail(&["list", "--function", "bent = x * 2"], 2, &["unexpected argument '--function'"]);
}
