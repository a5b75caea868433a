//! The shader that goes through all bit patterns, chunk by chunk.

use bytemuck::{Pod, Zeroable};

use crate::operation::{Operation, Signature};
use crate::shader;
use crate::table::row::MAX_ARGUMENTS;
use crate::verify::case::Case;

pub(crate) const WORKGROUP: u32 = 64;
/// Words of four elements that one invocation makes.
pub(crate) const WORDS: u32 = 4;

/// The whole shader, with the entry point `main`, of the library's own files.
pub(crate) fn source(case: &Case) -> String {
    let Case { function, direction, .. } = case;
    let operation = Operation { what: function.what(), direction: *direction };
    let Signature { inputs, sources, function, arguments, definition, .. } = operation.signature();
    let inputs = ["x", "sweep.dy"].map(str::to_owned).into_iter().take(inputs.len());
    let call = shader::call(&function, inputs, shader::arguments_in("sweep.arguments", arguments.count()));
    format!(
        "const WORKGROUP: u32 = {WORKGROUP}u;\nconst WORDS: u32 = {WORDS}u;\n\n{}\n{definition}\
         fn compute(x: f32) -> f32 {{\n    return {call};\n}}\n\n{}",
        shader::library_of(&sources),
        include_str!("../../shaders/shells/sweep.wgsl")
    )
}

/// The uniform: `shaders/shells/sweep.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(crate) struct Uniform {
    pub(crate) first: u32,
    dy: f32,
    padding: [u32; 2],
    arguments: [f32; MAX_ARGUMENTS],
}

impl Uniform {
    /// From the first pattern on, with a dy of 1.
    pub(crate) fn of(case: &Case) -> Self {
        let mut uniform = Self { dy: 1.0, ..Self::zeroed() };
        let arguments = case.function.arguments();
        uniform.arguments[..arguments.len()].copy_from_slice(&arguments);
        uniform
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_is_in_no_file_is_there() {
        let second = Case::new(crate::Activation::RELU, crate::Direction::Second, crate::Storage::F32);
        assert!(
            source(&second).contains("fn act_relu_second(x: f32, dy: f32) -> f32"),
            "{}",
            source(&second)
        );
    }

    #[test]
    fn dy_is_passed_where_there_is_one() {
        let sources: Vec<String> = Case::all(crate::Activation::RELU).iter().map(source).collect();
        assert!(sources[0].contains("return act_relu(x);"), "{}", sources[0]);
        assert!(sources[1].contains("return act_relu_backward(x, sweep.dy);"), "{}", sources[1]);
    }
}
