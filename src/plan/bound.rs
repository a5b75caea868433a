//! What a step is bound to, with all that can be wrong checked.

use crate::error::Error;
use crate::operand::{Channels, Checked, Form, Given, Memory, Parameters, Place, Span, Views};
use crate::operation::{Axis, Direction, Operation, Port, Softmax, What};
use crate::plan::Extent;
use crate::shader::Spec;
use crate::storage::Storage;

/// Checked operands, and what is computed of them.
pub(crate) struct Bound<'a, B> {
    pub(crate) spec: Spec,
    pub(crate) given: Given<'a, B>,
    pub(crate) inputs: Vec<Place<'a, B>>,
    pub(crate) outputs: Vec<Place<'a, B>>,
    pub(crate) extent: Extent,
    /// Of which channels sums are.
    pub(crate) channels: Channels,
    /// What functions of rows go along.
    pub(crate) axis: Option<Axis>,
}

/// Inputs and the output of an activation or a gate, with all that can be wrong checked; where parameters come from is what they say.
pub(crate) fn check<'a, B: Memory>(
    spec: Spec,
    parameters: Parameters<'a, Span<'a, B>>,
    inputs: &[Form<'a, B>],
    output: Form<'a, B>,
) -> Result<Bound<'a, B>, Error> {
    let Operation { what, direction } = spec.operation;
    let parameters = if matches!(what, What::Gate(..)) { parameters.gated() } else { parameters };
    let given = parameters.function.what();
    if given != what {
        return Err(Error::WrongKernel { kernel: what.to_string(), activation: given.to_string() });
    }
    if direction == Direction::BackwardFromOutput {
        parameters.function.activation().map_or(Ok(()), |activation| activation.check_from_output())?;
    }
    let origin = parameters.origin.map(|learned| Views::one(learned.channels));
    let spec = Spec { origin, ..spec };
    let (input_ports, output_ports) = spec.operation.ports();
    let summed = spec.operation.is_summed();
    let read = check_inputs(spec, &input_ports, inputs)?;
    let elements = read.first().map_or(0, |input| input.elements);
    parameters.check(elements)?;
    // A sum is f32 whatever the storage. It is written when all is read.
    let written = if summed {
        let written = Checked::new(&output_ports[0], output, Storage::F32)?.contiguous()?;
        Error::check_channels(written.name(), parameters.channels().count(), written.elements)?;
        written
    } else {
        check_elementwise(spec, &output_ports[0], output, &read)?
    };
    let row = read.iter().chain([&written]).find_map(Checked::half).unwrap_or(0);
    Ok(Bound {
        spec,
        given: parameters.given(),
        inputs: read.iter().flat_map(|input| input.places(false)).collect(),
        outputs: written.places(true),
        extent: Extent { row, ..Extent::new(elements, spec.storage) },
        channels: parameters.channels(),
        axis: None,
    })
}

/// Those of a function of rows.
pub(crate) fn check_softmax<'a, B: Memory>(
    spec: Spec,
    softmax: Softmax,
    inputs: &[Form<'a, B>],
    output: Span<'a, B>,
) -> Result<Bound<'a, B>, Error> {
    let (input_ports, output_ports) = spec.operation.ports();
    let read = check_inputs(spec, &input_ports, inputs)?;
    let elements = read.first().map_or(0, |input| input.elements);
    let axis = softmax.axis();
    axis.check(input_ports[0].names()[0], elements)?;
    let written = check_elementwise(spec, &output_ports[0], Form::One(output), &read)?;
    Ok(Bound {
        spec,
        given: Given::values(softmax.arguments()),
        inputs: read.iter().flat_map(|input| input.places(false)).collect(),
        outputs: written.places(true),
        extent: Extent::new(elements, spec.storage),
        channels: Channels::ONE,
        axis: Some(axis),
    })
}

/// What is read: of one length.
fn check_inputs<'a, B: Memory>(
    spec: Spec,
    ports: &[Port],
    inputs: &[Form<'a, B>],
) -> Result<Vec<Checked<'a, B>>, Error> {
    let mut read: Vec<Checked<'a, B>> = Vec::new();
    for (port, form) in ports.iter().zip(inputs) {
        let input = Checked::new(port, *form, spec.storage)?.contiguous()?;
        let elements = read.first().map_or(input.elements, |first| first.elements);
        Error::check_length(input.name(), elements, input.elements)?;
        read.push(input);
    }
    Ok(read)
}

/// A result for each element, over an input or apart from all.
fn check_elementwise<'a, B: Memory>(
    spec: Spec,
    port: &Port,
    output: Form<'a, B>,
    read: &[Checked<'a, B>],
) -> Result<Checked<'a, B>, Error> {
    let elements = read.first().map_or(0, |input| input.elements);
    let written = Checked::new(port, output, spec.storage)?.contiguous()?;
    Error::check_length(written.name(), elements, written.elements)?;
    written.check_overlap(read)?;
    Ok(written)
}
