//! `wgsl`: functions to paste, and whole kernels, which naga accepts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use naga::valid::{Capabilities, ValidationFlags, Validator};
use wgpu_activations::{Gate, Kind, library};

use crate::common::{fail, succeed};

/// The module, valid for a device of WebGPU without optional features.
fn parse(text: &str) -> naga::Module {
    let module =
        naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)));
    Validator::new(ValidationFlags::all(), Capabilities::SHADER_FLOAT16_IN_FLOAT32)
        .validate(&module)
        .unwrap();
    module
}

fn bindings(module: &naga::Module) -> usize {
    module.global_variables.iter().filter(|(_, variable)| variable.binding.is_some()).count()
}

#[test]
fn functions_are_printed_as_the_library_has_them() {
    for &kind in Kind::ALL {
        assert_eq!(succeed(&["wgsl", kind.name()]).stdout, library(&[kind]), "{kind}");
    }
}

#[test]
fn every_kernel_of_every_storage_parses_and_its_comment_names_every_binding() {
    let kernels = [
        ("forward", "gelu_erf", 2),
        ("backward", "celu", 3),
        ("from_output", "sigmoid", 3),
        ("gated_forward", "swiglu", 3),
        ("gated_forward", "threshold", 3),
        ("gated_backward", "clamped_swiglu", 5),
    ];
    for (kernel, name, operands) in kernels {
        for storage in ["f32", "f16", "bf16"] {
            for adapter in ["gpu", "cpu"] {
                let arguments = ["wgsl", name, "--kernel", kernel, "--storage", storage, "--for", adapter];
                let text = succeed(&arguments).stdout;
                let module = parse(&text);
                assert_eq!(module.entry_points[0].name, "main");
                assert_eq!(bindings(&module), operands + 1, "{arguments:?}");
                let named =
                    text.lines().filter(|line| line.starts_with("//   ") && line.contains(": storage, "));
                assert_eq!(named.count(), operands, "{arguments:?}");
            }
        }
    }
}

#[test]
fn the_comment_says_what_the_uniform_holds() {
    let head = |arguments: &[&str]| {
        let text = succeed(arguments).stdout;
        text.lines().take_while(|line| line.starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let celu = head(&["wgsl", "celu", "--kernel", "backward", "--storage", "f16"]);
    for line in [
        "//   0  job: Job, uniform",
        "//   1  x: storage, read, 8 elements of f16 a word",
        "//   3  dx: storage, read_write, 8 elements of f16 a word",
        "// Dispatch x * y workgroups that together are at least words / 256.",
        "//   arguments[0].y  inverse_alpha_high: 1 for celu(alpha=1)",
    ] {
        assert!(celu.contains(line), "no {line:?} in {celu}");
    }
    let gate = head(&["wgsl", "clamped_swiglu", "--kernel", "gated_forward", "--for", "cpu"]);
    assert!(gate.contains("arguments[0].x  limit\n") && gate.contains("words / 512"), "{gate}");
    assert!(!head(&["wgsl", "relu", "--kernel", "forward"]).contains("arguments"));
}

#[test]
fn what_there_is_not_is_an_error_that_says_what_to_do() {
    fail(&["wgsl", "no_such"], 1, &["no_such"]);
    for named in Gate::NAMED {
        fail(&["wgsl", named.name], 1, &[named.name, "--kernel gated_forward"]);
    }
    fail(&["wgsl", "gelu_erf", "--kernel", "from_output"], 1, &["gelu_erf", "output"]);
    fail(&["wgsl", "swiglu", "--kernel", "forward"], 1, &["swiglu"]);
    fail(&["wgsl", "relu", "--storage", "f16"], 2, &["--kernel"]);
}

#[test]
fn names_are_read_as_run_reads_them() {
    for (name, same) in
        [("Tanh()", "tanh"), ("GELU(approximate='tanh')", "gelu_tanh"), ("leaky_relu(0.2)", "leaky_relu")]
    {
        assert_eq!(succeed(&["wgsl", name]).stdout, succeed(&["wgsl", same]).stdout);
    }
    let kernel = |name: &str| succeed(&["wgsl", name, "--kernel", "gated_forward"]).stdout;
    assert_eq!(kernel("SwiGLU"), kernel("swiglu"));
    assert_eq!(kernel("GLU(dim=-1)"), kernel("glu"));
}
