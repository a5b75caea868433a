//! What to write in a shader of one's own.

use crate::error::Error;
use crate::operation::{Direction, Gate, Operation, Signature};
use crate::shader::library::library_of;
use crate::shader::program::{adaptors_text, arguments_in, call};
use crate::shader::target::Target;
use crate::storage::{Storage, Width};
use crate::table::Activation;

impl Activation {
    /// f(x) as WGSL, of the functions that [`Activation::wgsl`] and [`library`](crate::library) define. `arguments` is an expression for an
    /// array of `vec4<f32>` that holds [`Activation::arguments`], four to a vector: in a uniform, new values need no new pipeline.
    ///
    /// ```
    /// use wgpu_activations::Activation;
    /// let act = Activation::leaky_relu(0.2)?;
    /// assert_eq!(act.call("sum", "args"), "act_leaky_relu(sum, args[0].x)");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn call(&self, x: &str, arguments: &str) -> String {
        self.call_of(Direction::Forward, &[x], arguments)
    }

    /// f'(x) dy as WGSL, as [`Activation::call`].
    #[must_use]
    pub fn call_backward(&self, x: &str, dy: &str, arguments: &str) -> String {
        self.call_of(Direction::Backward, &[x, dy], arguments)
    }

    /// f'(x) dy as WGSL, with x given by its y = f(x), as [`Activation::call`].
    ///
    /// # Errors
    /// [`Error::NoBackwardFromOutput`] where the derivative is not a function of the output.
    pub fn call_backward_from_output(&self, y: &str, dy: &str, arguments: &str) -> Result<String, Error> {
        self.check_from_output()?;
        Ok(self.call_of(Direction::BackwardFromOutput, &[y, dy], arguments))
    }

    fn call_of(&self, direction: Direction, inputs: &[&str], arguments: &str) -> String {
        let signature = Operation::new(self.kind(), direction).signature();
        signature.call(inputs, arguments)
    }
}

impl Gate {
    /// The WGSL functions of this gate, with all that they need, for shaders of your own. A product calls its activation by the names
    /// `activation`, `activation_beside_backward` (the value where the derivative is computed, too) and `activation_backward`, which are
    /// defined here: one product to a module. `arguments` is an expression for a module's own array of `vec4<f32>`, a uniform's say, that
    /// holds [`Gate::arguments`], four to a vector.
    ///
    /// ```
    /// use wgpu_activations::{Activation, Gate};
    /// let gate = Gate::from(Activation::swish(1.5)?);
    /// let functions = gate.wgsl("args");
    /// assert!(functions.contains("fn activation(x: f32) -> f32 {\n    return act_swish(x, args[0].x"));
    /// assert_eq!(gate.call("v", "g", "args"), "gate_product(v, g)");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn wgsl(&self, arguments: &str) -> String {
        let signature = Operation::new(self.kind(), Direction::Backward).signature();
        let values: Vec<String> = arguments_in(arguments, signature.arguments.count()).collect();
        library_of(&signature.sources) + &adaptors_text(&signature.adaptors, &values)
    }

    /// y as WGSL, of the functions that [`Gate::wgsl`] defines.
    #[must_use]
    pub fn call(&self, value: &str, gate: &str, arguments: &str) -> String {
        Operation::new(self.kind(), Direction::Forward).signature().call(&[value, gate], arguments)
    }

    /// `d_value` and `d_gate` as a `vec2<f32>` in WGSL, of the functions that [`Gate::wgsl`] defines.
    #[must_use]
    pub fn call_backward(&self, value: &str, gate: &str, dy: &str, arguments: &str) -> String {
        Operation::new(self.kind(), Direction::Backward).signature().call(&[value, gate, dy], arguments)
    }
}

impl Signature {
    /// The function's call; its arguments are what adaptors have, if there are such.
    fn call(&self, inputs: &[&str], arguments: &str) -> String {
        let count = if self.adaptors.is_empty() { self.arguments.count() } else { 0 };
        let inputs = inputs.iter().map(|input| (*input).to_owned());
        call(&self.function, inputs, arguments_in(arguments, count))
    }
}

impl Storage {
    /// The WGSL functions that kernels read and write 16-bit numbers with, two in a word: `from_halves(word: u32) -> vec2<f32>` and
    /// `to_halves(values: vec2<f32>) -> u32`, rounded to nearest, ties to even. Nothing for f32. On a device with the feature
    /// `shader-f16` ([`Target::with_shader_f16`]), f16's begin with `enable f16;`, which has to begin your module.
    ///
    /// ```
    /// use wgpu_activations::{Storage, Target};
    /// assert!(Storage::Bf16.wgsl(Target::GPU).contains("fn from_halves(word: u32) -> vec2<f32>"));
    /// ```
    #[must_use]
    pub fn wgsl(self, target: Target) -> String {
        let [reading, writing, ..] = self.sources(Width::Narrow, target.halves, false);
        format!("{}{reading}{writing}", self.directive(target.halves))
    }
}

#[cfg(test)]
mod tests {
    use crate::shader::library::MATH;

    /// What the guide promises of `math_` names.
    #[test]
    fn stable_functions_of_math_are_as_they_were() {
        for (file, function) in [
            ("divide", "fn math_divide(a: f32, b: f32) -> f32 {"),
            ("erf", "fn math_erf(x: f32) -> f32 {"),
            ("exp", "fn math_exp(x: f32) -> f32 {"),
            ("log", "fn math_log(x: f32) -> f32 {"),
            ("log", "fn math_log1p(x: f32) -> f32 {"),
            ("sqrt", "fn math_sqrt(x: f32) -> f32 {"),
            ("tanh", "fn math_tanh(x: f32) -> f32 {"),
        ] {
            assert!(MATH.iter().any(|(name, text)| *name == file && text.contains(function)), "{function}");
        }
    }
}
