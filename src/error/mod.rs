//! The one error type.

mod formula;

pub use formula::FormulaError;

/// What went wrong, with the numbers, and what to do about it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No activation has this name.
    #[error("no activation is called {name:?}; the nearest name is {nearest:?}")]
    UnknownActivation {
        /// What was asked for.
        name: String,
        /// The name in the table with the smallest edit distance.
        nearest: &'static str,
    },

    /// No gate has this name, and no activation that could be one.
    #[error("no gate is called {name:?}; the nearest name is {nearest:?}; every activation is a gate, too")]
    UnknownGate {
        /// What was asked for.
        name: String,
        /// The name of a gate or an activation with the smallest edit distance.
        nearest: &'static str,
    },

    /// The name stands for more than one function.
    #[error("{name:?} may mean several functions: write one of {candidates:?}")]
    AmbiguousActivation {
        /// What was asked for.
        name: String,
        /// The real names.
        candidates: &'static [&'static str],
    },

    /// The activation has no parameter of this name.
    #[error("{activation} has no parameter {name:?}; its parameters are {known:?}")]
    UnknownParameter {
        /// The activation's name.
        activation: &'static str,
        /// What was asked for.
        name: String,
        /// Those that it has.
        known: Vec<&'static str>,
    },

    /// A parameter without a default was not given.
    #[error("{activation} needs a value for {parameter}, which has no default")]
    MissingParameter {
        /// The activation's name.
        activation: &'static str,
        /// The parameter without a value.
        parameter: &'static str,
    },

    /// A parameter is not finite, or not in the range that the activation is defined for.
    #[error("{activation}: {parameter} = {value} is not allowed: {requirement}")]
    InvalidParameter {
        /// The activation's name.
        activation: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: f32,
        /// What would be allowed.
        requirement: &'static str,
    },

    /// Text that should name an activation, or give a parameter a value, could not be read.
    #[error("cannot read {text:?}: expected {expected}")]
    Parse {
        /// The text.
        text: String,
        /// The form that it should have.
        expected: &'static str,
    },

    /// The activation's derivative is not a function of its output.
    #[error("{activation} has no backward from the output: {reason}; use backward from the input")]
    NoBackwardFromOutput {
        /// The activation, with its parameters where they matter.
        activation: String,
        /// Why not.
        reason: &'static str,
    },

    /// The function has no second derivative to call.
    #[error("{function} has no second derivative: {reason}")]
    NoSecondDerivative {
        /// The function, and what was asked of it.
        function: String,
        /// Why not.
        reason: &'static str,
    },

    /// The activation has no learnable parameter of that position.
    #[error("{activation} has no learnable parameter number {index}")]
    NotLearnable {
        /// The activation's name.
        activation: &'static str,
        /// The position asked for, counted from 0 among the learnable ones.
        index: usize,
    },

    /// A formula was given where operands have an order: its own have names.
    #[error(
        "the operands of {name} are bound by their names: `Planner::formula` plans it, and `Kernels::formula` makes its kernel"
    )]
    TakesNames {
        /// The formula.
        name: String,
    },

    /// A function of single elements was needed, and one of whole rows given.
    #[error(
        "{name} takes whole rows: it is no function of single elements, as activations, gates and formulas are; softmax and its family are `Softmax`, and cross_entropy is `CrossEntropy`"
    )]
    TakesRows {
        /// The function's name.
        name: String,
    },

    /// A step whose length is a value is one dispatch over whole words, and these operands take more.
    #[error(
        "a step of {dispatches} dispatches has a fixed length: for one whose length is a value, bind ranges that begin and end at multiples of 16 bytes and fit a binding"
    )]
    FixedLength {
        /// How many dispatches it takes.
        dispatches: usize,
    },

    /// A step was to take more elements than it is bound to.
    #[error(
        "{elements} elements are more than the {capacity} that the step was bound to: bind larger ranges"
    )]
    TooLong {
        /// How many it was to take.
        elements: u64,
        /// How many it is bound to.
        capacity: u64,
    },

    /// A function of one input was needed, and a gate given.
    #[error("{gate} takes a value and a gate: call a function for gates, such as gated_forward")]
    TakesPairs {
        /// The gate's name.
        gate: &'static str,
    },

    /// A kernel was bound with an activation of another kind.
    #[error("this kernel was compiled for {kernel}, not for {activation}: ask Kernels for another")]
    WrongKernel {
        /// What the kernel computes.
        kernel: String,
        /// What it was given.
        activation: String,
    },

    /// A kernel was given other operands than it has.
    #[error("{kernel} is of {operands:?}: give it these, value and gate as one pair, and the output last")]
    WrongOperands {
        /// What the kernel computes.
        kernel: String,
        /// Its operands.
        operands: Vec<&'static str>,
    },

    /// A formula is not one, or was bound otherwise than it says.
    #[error(transparent)]
    Formula(#[from] FormulaError),

    /// Operands of one step differ in length.
    #[error(
        "{operand} has {actual} elements where {expected} are needed: all operands of a step have one length"
    )]
    LengthMismatch {
        /// Which operand.
        operand: &'static str,
        /// The number of elements of the first operand.
        expected: u64,
        /// Its own number of elements.
        actual: u64,
    },

    /// What there is one of for each channel has another number of values.
    #[error(
        "{operand} has {actual} values where there are {expected} channels: it needs one for each (a single one without channels)"
    )]
    ChannelMismatch {
        /// Which learned parameter, operand of a formula, or gradient.
        operand: &'static str,
        /// The number of channels.
        expected: u64,
        /// Its own number of values.
        actual: u64,
    },

    /// What there is one of for each row has another number of values.
    #[error("{operand} has {actual} values where there are {expected} rows: it needs one for each")]
    RowMismatch {
        /// Which operand.
        operand: &'static str,
        /// The number of rows.
        expected: u64,
        /// Its own number of values.
        actual: u64,
    },

    /// A result overlaps something that is read after some of it is written.
    #[error("{output} overlaps {input}, which other rows still read: give it a range of its own")]
    Shared {
        /// The result.
        output: &'static str,
        /// What it overlaps.
        input: &'static str,
    },

    /// A range does not lie inside its buffer.
    #[error(
        "{operand}: {elements} elements from byte {byte_offset} do not fit into a buffer of {buffer_bytes} bytes"
    )]
    OutOfBounds {
        /// Which operand.
        operand: &'static str,
        /// Where the range begins.
        byte_offset: u64,
        /// How many elements it has.
        elements: u64,
        /// The buffer's size.
        buffer_bytes: u64,
    },

    /// A buffer ends within the 4-byte word that an odd number of 16-bit elements ends in.
    #[error(
        "{operand} ends in a word that the buffer of {buffer_bytes} bytes cuts off: make the buffer a multiple of 4 bytes long"
    )]
    CutOff {
        /// Which operand.
        operand: &'static str,
        /// The buffer's size.
        buffer_bytes: u64,
    },

    /// Rows overlap, or begin within an element.
    #[error(
        "{operand}: rows of {row} elements, {bytes} bytes, cannot lie {pitch} bytes apart: rows may be no longer than that, which is a multiple of an element's bytes"
    )]
    Pitch {
        /// Which operand.
        operand: &'static str,
        /// Bytes from row to row.
        pitch: u64,
        /// Elements in a row.
        row: u64,
        /// Bytes in a row.
        bytes: u64,
    },

    /// A range of rows where one without gaps is needed.
    #[error(
        "{operand} has rows with room between them: these are for operands of formulas that have an element each, of one storage"
    )]
    RowsApart {
        /// Which operand.
        operand: &'static str,
    },

    /// A range does not begin at an element.
    #[error(
        "{operand} begins at byte {byte_offset}, which is not a multiple of {multiple}, the bytes of an element"
    )]
    Misaligned {
        /// Which operand.
        operand: &'static str,
        /// Where the range begins.
        byte_offset: u64,
        /// The bytes of an element.
        multiple: u64,
    },

    /// A buffer was created without a usage that the operation needs.
    #[error("{operand}: the buffer lacks the usage {missing}: create it with that usage")]
    MissingUsage {
        /// Which operand.
        operand: &'static str,
        /// What is missing.
        missing: &'static str,
    },

    /// The output overlaps an input without being the same range.
    #[error(
        "{output} overlaps {input} in part: an output may be exactly the range of an input (in place) or disjoint from it"
    )]
    Overlap {
        /// The output.
        output: &'static str,
        /// The input.
        input: &'static str,
    },

    /// Two results would be written to one range.
    #[error("{one} and {other} are the same range: each result needs a range of its own")]
    SameRange {
        /// One result.
        one: &'static str,
        /// The other one.
        other: &'static str,
    },

    /// An odd number of elements cannot be halves, or pairs, of values and gates.
    #[error("{what} has {elements} elements: an odd number does not split into values and gates")]
    OddSplit {
        /// What should be split.
        what: &'static str,
        /// How many elements it has.
        elements: u64,
    },

    /// A number of elements is not a multiple of what the operation needs.
    #[error("{operand} has {elements} elements, which is no multiple of {what} = {divisor}")]
    NotDivisible {
        /// Which operand.
        operand: &'static str,
        /// How many elements it has.
        elements: u64,
        /// What should divide that.
        what: &'static str,
        /// Its value.
        divisor: u64,
    },

    /// Not as many ranges of learned parameters as the activation has learnable parameters.
    #[error("{activation} has {expected} learnable parameters, but {actual} ranges of them were given")]
    WrongParameters {
        /// The activation's name.
        activation: &'static str,
        /// How many it has.
        expected: usize,
        /// How many were given.
        actual: usize,
    },

    /// Something that this activation does not have was asked of it.
    #[error("{activation} has no slopes to draw: only rrelu's training does")]
    NothingToDraw {
        /// The activation's name.
        activation: &'static str,
    },

    /// A range of parameters, or of what there is one of for each row, shares a buffer with a result, and a binding would cover both.
    #[error(
        "{operand} lies too close to a result in the same buffer: leave {bytes} bytes between them, or use a buffer of its own"
    )]
    TooClose {
        /// The parameters, labels, or what it is.
        operand: &'static str,
        /// The alignment of bindings.
        bytes: u64,
    },

    /// Sinks of a function that has none, or a gradient by sinks where none are given.
    #[error("{function} has no sink{}", if *function == "sparsemax" { ": its elements share 1 among themselves" } else { " here, and so no gradient by one" })]
    NoSink {
        /// Which function.
        function: &'static str,
    },

    /// A shape that does not go over another one.
    #[error(
        "a bias of shape {shape:?} does not go over {over:?}: each of its sizes, counted from the last, is 1 or as there; repeat it along a dimension where that takes more than two strides"
    )]
    NotBroadcast {
        /// The bias's.
        shape: Vec<u64>,
        /// The tensor's.
        over: Vec<u64>,
    },

    /// A shape has no such dimension.
    #[error("there is no dimension {dimension} in a shape of {dimensions} dimensions")]
    NoSuchDimension {
        /// The one asked for; negative ones count from the end.
        dimension: isize,
        /// How many there are.
        dimensions: usize,
    },

    /// Gradients over the inputs are arranged in another way than those.
    #[error("{output} lies over {input} but is arranged in another way: in place, both have one layout")]
    Rearranged {
        /// The gradient.
        output: &'static str,
        /// The input.
        input: &'static str,
    },

    /// Something exceeds a limit of the device.
    #[error(
        "{what}: {wanted} is more than the device allows ({limit} = {allowed}); request a device with a higher limit or use less"
    )]
    LimitExceeded {
        /// What is too large.
        what: &'static str,
        /// wgpu's name of the limit.
        limit: &'static str,
        /// How much was wanted.
        wanted: u64,
        /// How much is allowed.
        allowed: u64,
    },

    /// The library has no shader file of this name.
    #[error(
        "no shader file is called {name:?}: there are activations/NAME, gates/NAME and math/NAME, by the names of the table"
    )]
    UnknownShader {
        /// What was asked for.
        name: String,
    },

    /// `verify` was asked for more inputs than it takes at once.
    #[error(
        "{wanted} inputs for each check are more than {allowed}: use fewer, or take every f32 with an exhaustive run"
    )]
    TooManyInputs {
        /// How many were wanted.
        wanted: u64,
        /// How many are allowed.
        allowed: u64,
    },

    /// No adapter answers the request.
    #[error(
        "no adapter{wanted}; there is: {available:?}. Without a GPU, install a software one (Debian: apt-get install mesa-vulkan-drivers)"
    )]
    NoAdapter {
        /// What was asked for, as ` named "..."`; empty for any.
        wanted: String,
        /// The adapters that there are.
        available: Vec<String>,
    },

    /// The adapter refused to make a device.
    #[error("the adapter {adapter} made no device: {message}")]
    RequestDevice {
        /// The adapter's name.
        adapter: String,
        /// Its own words.
        message: String,
    },

    /// A buffer was made by a [`Gpu`](crate::Gpu) of another device.
    #[error(
        "{operand} is a buffer of another Gpu: upload it with the one that computes, or make one Gpu and clone it"
    )]
    OtherGpu {
        /// Which operand.
        operand: &'static str,
    },

    /// The device is lost: destroyed, removed, or reset by its driver. Make a new one.
    #[error("the device is lost ({message}): make a new one")]
    DeviceLost {
        /// The driver's words.
        message: String,
    },

    /// The device has no memory left for this.
    #[error("out of memory on the device: {message}")]
    OutOfMemory {
        /// The driver's words.
        message: String,
    },

    /// wgpu refused an object, say a buffer of another device.
    #[error("wgpu refused {what}: {message}")]
    Refused {
        /// What was being made.
        what: &'static str,
        /// wgpu's words.
        message: String,
    },

    /// The device did not finish in time.
    #[error("the device did not finish within {seconds} s")]
    Timeout {
        /// How long was waited.
        seconds: f64,
    },

    /// The system has no thread left to wait for the device.
    #[error("no thread to wait for the device: {message}; `read_blocking` needs none")]
    NoThread {
        /// The system's words.
        message: String,
    },
}

impl Error {
    /// Whether an operand has as many elements as it should.
    pub(crate) fn check_length(operand: &'static str, expected: u64, actual: u64) -> Result<(), Self> {
        if actual == expected { Ok(()) } else { Err(Self::LengthMismatch { operand, expected, actual }) }
    }

    /// Whether there is a value for each channel.
    pub(crate) fn check_channels(operand: &'static str, expected: u64, actual: u64) -> Result<(), Self> {
        if actual == expected { Ok(()) } else { Err(Self::ChannelMismatch { operand, expected, actual }) }
    }

    pub(crate) fn check_rows(operand: &'static str, expected: u64, actual: u64) -> Result<(), Self> {
        if actual == expected { Ok(()) } else { Err(Self::RowMismatch { operand, expected, actual }) }
    }
}
