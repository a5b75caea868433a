//! What a step is bound to, with all that can be wrong checked.

use crate::error::Error;
use crate::operand::{
    Channels, Checked, Form, Given, Memory, Parameters, Place, RowParameters, Span, Strided, Views,
};
use crate::operation::{
    Additions, Axis, Causal, Direction, Operation, Port, RowElement, RowFunction, Sinks, What,
};
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
    /// Of a function of rows.
    pub(crate) rows: Option<OfRows<'a, B>>,
}

/// What a function of rows goes along, and what there is one of for each row.
pub(crate) struct OfRows<'a, B> {
    pub(crate) axis: Axis,
    /// The label whose rows do not count.
    pub(crate) ignored: u32,
    pub(crate) causal: Option<Causal>,
    pub(crate) bias: Option<Strided>,
    /// Which rows share one.
    pub(crate) sinks: Option<Channels>,
    /// What is written comes last.
    pub(crate) operands: Vec<RowPlace<'a, B>>,
}

/// A range of words that rows have.
pub(crate) struct RowPlace<'a, B> {
    /// As errors have it.
    pub(crate) name: &'static str,
    pub(crate) span: Span<'a, B>,
    pub(crate) written: bool,
    pub(crate) words: RowWords,
}

/// Which of a range's words some rows have.
#[derive(Clone, Copy)]
pub(crate) enum RowWords {
    /// So many for each, their own.
    Each(u64),
    /// All of so many.
    Shared(u64),
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
        extent: Extent { row, ..Extent::of(elements, &spec) },
        channels: parameters.channels(),
        rows: None,
    })
}

/// Those of a function of rows.
pub(crate) fn check_rows<'a, B: Memory>(
    spec: Spec,
    parameters: &RowParameters<Span<'a, B>>,
    inputs: &[Form<'a, B>],
    output: Span<'a, B>,
) -> Result<Bound<'a, B>, Error> {
    let function = parameters.function;
    let (kernel, given) = (spec.operation.what, What::Rows(function.kind(), Additions::NONE));
    if kernel != given {
        return Err(Error::WrongKernel { kernel: kernel.to_string(), activation: given.to_string() });
    }
    let (input_ports, output_ports) = spec.operation.ports();
    let wrong = || Error::WrongOperands { kernel: spec.name(), operands: spec.operands() };
    let (of_rows, of_elements): (Vec<_>, Vec<_>) =
        input_ports.iter().zip(inputs).partition(|(port, _)| port.of_row().is_some());
    if inputs.len() != input_ports.len() {
        return Err(wrong());
    }
    let (ports, forms): (Vec<Port>, Vec<Form<'a, B>>) =
        of_elements.into_iter().map(|(port, form)| (*port, *form)).unzip();
    let read = check_inputs(spec, &ports, &forms)?;
    let elements = read.first().map_or(0, |input| input.elements);
    let axis = function.axis();
    if let RowFunction::Softmax(softmax) = function {
        softmax.check_size()?;
    }
    axis.check(ports[0].names()[0], elements)?;
    let mut operands = Vec::new();
    let mut checked = Vec::new();
    for (port, form) in of_rows {
        let Form::One(span) = form else { return Err(wrong()) };
        checked.push(check_row_operand(port, *span, axis, elements)?);
        let (name, words) = (port.names()[0], RowWords::Each(1));
        operands.push(RowPlace { name, span: *span, written: false, words });
    }
    let Operation { direction, .. } = spec.operation;
    let additions = parameters.additions().of(direction);
    if matches!(direction, Direction::BackwardParameter(_)) && additions.sinks == Sinks::None {
        return Err(Error::NoSink { function: function.kind().name() });
    }
    let shared = check_shared(parameters, additions, elements)?;
    for (port, (span, words)) in additions.inputs().iter().zip(&shared.ranges) {
        checked.push(Checked::new(port, Form::One(*span), Storage::F32)?);
        operands.push(RowPlace { name: port.names()[0], span: *span, written: false, words: *words });
    }
    let port = &output_ports[0];
    let mut outputs = Vec::new();
    if port.of_row().is_some() {
        let written = check_row_operand(port, output, axis, elements)?;
        // Rows are read when others have been written.
        written.check_disjoint(read.iter().chain(&checked))?;
        let (name, words) = (port.names()[0], RowWords::Each(1));
        operands.push(RowPlace { name, span: output, written: true, words });
    } else {
        let written = check_elementwise(spec, port, Form::One(output), &read)?;
        written.check_disjoint(&checked)?;
        outputs = written.places(true);
    }
    let what = What::Rows(function.kind(), additions);
    Ok(Bound {
        spec: Spec { operation: Operation { what, direction }, ..spec },
        given: Given {
            seed: function.seed().filter(|_| additions.noise),
            ..Given::values(parameters.arguments())
        },
        inputs: read.iter().flat_map(|input| input.places(false)).collect(),
        outputs,
        extent: Extent::of(elements, &spec),
        channels: Channels::ONE,
        rows: Some(OfRows {
            axis,
            ignored: function.ignored(),
            causal: function.causal(),
            bias: shared.bias,
            sinks: shared.sinks,
            operands,
        }),
    })
}

/// What rows share, with the range of each, the bias first.
struct Shared<'a, B> {
    bias: Option<Strided>,
    sinks: Option<Channels>,
    ranges: Vec<(Span<'a, B>, RowWords)>,
}

/// A bias and sinks, as many as there should be.
fn check_shared<'a, B: Memory>(
    parameters: &RowParameters<Span<'a, B>>,
    additions: Additions,
    elements: u64,
) -> Result<Shared<'a, B>, Error> {
    let mut shared = Shared { bias: None, sinks: None, ranges: Vec::new() };
    if additions == Additions::NONE {
        return Ok(shared);
    }
    if let (Some(_), RowFunction::Softmax(softmax)) = (&parameters.sinks, parameters.function) {
        softmax.kind().check_sinks()?;
    }
    let axis = parameters.function.axis();
    let rows = axis.rows(elements).unwrap_or(0);
    let mut range = |name, span: Span<'a, B>, count: u64, words| {
        let port = Port::One { name, variable: name };
        let values = Checked::new(&port, Form::One(span), Storage::F32)?.contiguous()?;
        Error::check_length(name, count, values.elements)?;
        shared.ranges.push((span, words));
        Ok::<_, Error>(())
    };
    if let Some((span, broadcast)) = parameters.bias {
        let strided = broadcast.along(axis, rows)?;
        let words = if strided.whole { RowWords::Each(axis.size()) } else { RowWords::Shared(strided.count) };
        range("the bias", span, strided.count, words)?;
        shared.bias = Some(strided);
    }
    if let Some((span, channels)) = parameters.sinks {
        channels.check("x, in rows,", rows)?;
        range("the sinks", span, channels.count(), RowWords::Shared(channels.count()))?;
        shared.sinks = Some(channels);
    }
    Ok(shared)
}

impl RowWords {
    /// Where those of so many rows begin from number `first` on, and how many bytes they are.
    pub(crate) fn bytes(self, first: u64, rows: u64) -> [u64; 2] {
        match self {
            Self::Each(words) => [first, rows].map(|rows| rows * words * RowElement::BYTES),
            Self::Shared(words) => [0, words * RowElement::BYTES],
        }
    }
}

/// What there is one of for each row.
fn check_row_operand<'a, B: Memory>(
    port: &Port,
    span: Span<'a, B>,
    axis: Axis,
    elements: u64,
) -> Result<Checked<'a, B>, Error> {
    // Either element is a word.
    let checked = Checked::new(port, Form::One(span), Storage::F32)?.contiguous()?;
    axis.check_rows(checked.name(), elements, checked.elements)?;
    Ok(checked)
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
