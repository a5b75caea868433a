//! What could be a formula agrees with the kernel that it has: activations, every gate, every learned parameter. Fails without an adapter.

use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{
    Channels, Element, Error, Formula, Gate, GateKind, GpuBuffer, Kind, Operand, Pair, Parameters, Span,
    Storage,
};

use crate::common::{GPU, again, some};
use crate::formula::{formula, numbers, upload};

/// How far results may be from those of a kernel: by a part of them, and where they are close to 0.
#[derive(Clone, Copy)]
struct Apart {
    relative: f32,
    absolute: f32,
}

/// In f32 bit for bit, where both do the same operations in the same order. In 16 bits, formulas call f32's functions and other kernels the
/// short ones: each is within 0.52 ULP, so that results are equal or neighbours; beside a zero of a derivative 2^-22 apart, each rounded.
fn rounded<T: Element>() -> Apart {
    match T::STORAGE {
        Storage::F16 => Apart { relative: 2f32.powi(-10), absolute: 2f32.powi(-21) },
        Storage::Bf16 => Apart { relative: 2f32.powi(-7), absolute: 2f32.powi(-21) },
        _ => Apart { relative: 0.0, absolute: 0.0 },
    }
}

/// Of a gate with a kernel of its own, which groups its factors in another way: both are within some 6 ULP.
fn regrouped<T: Element>() -> Apart {
    let Apart { relative, absolute } = rounded::<T>();
    Apart { relative: relative.max(2f32.powi(-20)), absolute }
}

/// Likewise, of gradients: near the zero of a slope, both are off by some 2.5e-7 of what that is multiplied with, here up to 3.75 * 5 and what
/// situ_glu's cap of 4 makes of it.
fn regrouped_slopes<T: Element>() -> Apart {
    let Apart { relative, absolute } = regrouped::<T>();
    Apart { relative, absolute: absolute.max(2e-5) }
}

fn assert_agrees<T: Element>(formula: &[T], own: &[T], apart: Apart, what: &str) {
    assert_eq!(formula.len(), own.len(), "{what}");
    for (one, other) in formula.iter().zip(own).map(|(one, other)| (one.to_f32(), other.to_f32())) {
        let most = (apart.relative * other.abs()).max(apart.absolute);
        assert!((one - other).abs() <= most, "{what}: {one} and {other}");
    }
}

/// Inputs of any sign, and learned parameters of six channels.
struct Inputs<T: Element> {
    x: GpuBuffer<T>,
    gate: GpuBuffer<T>,
    dy: GpuBuffer<T>,
    learned: GpuBuffer<f32>,
}

const COUNT: usize = 1003 * 6;

fn channels() -> Channels {
    Channels::new(6, 17 * 59)
}

impl<T: Element> Inputs<T> {
    fn new(learned: &[f32; 6]) -> Self {
        let [x, gate, dy] = [5, 7, 11].map(|step| upload::<T>(&GPU, &numbers(COUNT, step)));
        Self { x, gate, dy, learned: upload(&GPU, learned) }
    }

    /// What the formula reads: a gate's value is x, and all that is learned has the same values.
    fn operand(&self, name: &str) -> Operand<'_> {
        match name {
            "x" | "value" => self.x.span().into(),
            "gate" => self.gate.span().into(),
            "dy" => self.dy.span().into(),
            _ => Operand::channels(self.learned.span(), channels()),
        }
    }

    fn computed(&self, formula: &Formula) -> Result<Vec<Vec<T>>, Error> {
        let operands: Vec<(&str, Operand<'_>)> =
            formula.operand_names().map(|name| (name, self.operand(name))).collect();
        let results = GPU.formula::<T>(formula, &operands)?;
        results.iter().map(|result| GPU.read_blocking(result)).collect()
    }

    /// The sums of a formula's one result.
    fn summed(&self, formula: &Formula) -> Result<Vec<f32>, Error> {
        let sums = upload::<f32>(&GPU, &[0.0; 6]);
        let sum = formula.result_names().map(|name| (name, Operand::channels(sums.span(), channels())));
        let operands = formula.operand_names().map(|name| (name, self.operand(name))).chain(sum);
        let none = GPU.formula::<T>(formula, &operands.collect::<Vec<_>>())?;
        assert!(none.is_empty(), "{formula}");
        GPU.read_blocking(&sums)
    }
}

fn activations_agree<T: Element>() -> Result<(), Error> {
    let inputs = Inputs::<T>::new(&[0.0; 6]);
    let Inputs { x, dy, .. } = &inputs;
    for kind in [Kind::Silu, Kind::GeluErf, Kind::GeluTanh, Kind::Mish, Kind::Relu6] {
        let activation = kind.with_defaults()?;
        let layer = formula(&format!("{kind}(x)"));
        let own = GPU.read_blocking(&GPU.forward(activation, x)?)?;
        assert_agrees(&inputs.computed(&layer)?[0], &own, rounded::<T>(), kind.name());
        let own = GPU.read_blocking(&GPU.backward(activation, x, dy)?)?;
        assert_agrees(&inputs.computed(&layer.gradients()?[0])?[0], &own, rounded::<T>(), kind.name());
    }
    Ok(())
}

/// With the kernels of a product, bit for bit as activations: the formula calls the same function, of the same product.
fn gates_agree<T: Element>(gate: Gate) -> Result<(), Error> {
    let inputs = Inputs::<T>::new(&[0.0; 6]);
    let Inputs { x, gate: gates, dy, .. } = &inputs;
    let [apart, of_slopes] = match gate.kind() {
        GateKind::Product(_) => [rounded::<T>(); 2],
        _ => [regrouped::<T>(), regrouped_slopes::<T>()],
    };
    let layer = gate.formula()?;
    assert_eq!(formula(&layer.to_string()), layer);
    let own = GPU.read_blocking(&GPU.gated_forward(gate, Pair::separate(x, gates))?)?;
    assert_agrees(&inputs.computed(&layer)?[0], &own, apart, &layer.to_string());
    let own = GPU.gated_backward(gate, Pair::separate(x, gates), dy)?.parts();
    let gradients = layer.backward(&["value", "gate"])?;
    for (gradient, own) in inputs.computed(&gradients[0])?.iter().zip(own) {
        assert_agrees(gradient, &GPU.read_blocking(&own)?, of_slopes, &gradients[0].to_string());
    }
    Ok(())
}

/// `swish(x, beta=beta[c])`: every parameter that can be learned is an operand of its name, the others have their defaults.
fn learned(kind: Kind) -> Formula {
    let arguments: String =
        kind.learnable().map(|(parameter, _)| format!(", {parameter}={parameter}[c]")).collect();
    formula(&format!("{kind}(x{arguments})"))
}

/// Values bit for bit as activations. Sums are of the same terms in the same order; in 16 bits of terms that are short functions', each off by
/// as much as one that is rounded.
fn learned_parameters_agree<T: Element>(kind: Kind, values: &[f32; 6]) -> Result<(), Error> {
    let inputs = Inputs::<T>::new(values);
    let Inputs { x, dy, .. } = &inputs;
    let spans: Vec<Span<'_>> = kind.learnable().map(|_| inputs.learned.span()).collect();
    let parameters = Parameters::learned(kind.samples()[0], &spans, channels());
    let layer = learned(kind);
    let own = GPU.read_blocking(&GPU.forward(parameters, x)?)?;
    assert_agrees(&inputs.computed(&layer)?[0], &own, rounded::<T>(), &layer.to_string());
    for (index, (parameter, _)) in kind.learnable().enumerate() {
        let gradient = &layer.backward(&[parameter])?[0];
        let own = GPU.read_blocking(&GPU.parameter_gradient(parameters, index, x, dy)?)?;
        let terms = GPU.read_blocking(&GPU.backward_parameter(parameters, index, x, dy)?)?;
        let size: f32 = terms.iter().map(|term| term.to_f32().abs()).sum();
        let absolute = rounded::<T>().relative * size;
        let apart = Apart { relative: 0.0, absolute };
        assert_agrees(&inputs.summed(gradient)?, &own, apart, &gradient.to_string());
    }
    Ok(())
}

/// All of them, for elements of one type; of gates and of what is learned, each of three drivers in a run a third.
fn all_agree<T: Element>() -> Result<(), Error> {
    activations_agree::<T>()?;
    some(Gate::NAMED).try_for_each(|named| gates_agree::<T>(named.gate))?;
    let learning = Kind::ALL.iter().filter(|kind| kind.learnable().len() > 0);
    some(learning)
        .try_for_each(|kind| learned_parameters_agree::<T>(*kind, &[0.5, 1.25, 0.75, 1.0, 0.25, 2.0]))?;
    // Slopes may have any sign, and be 0.
    learned_parameters_agree::<T>(Kind::Prelu, &[0.5, -0.25, 0.75, 1.0, 0.0, 2.0])
}

#[test]
fn what_could_be_a_formula_agrees_with_its_own_kernel() -> Result<(), Error> {
    all_agree::<f32>()?;
    all_agree::<f16>()?;
    // As `of_each_storage!`: other drivers than the first do without one of the two.
    if again() { Ok(()) } else { all_agree::<bf16>() }
}
