//! Functions of rows in every direction, over rows that are made to hurt.

use rayon::prelude::*;

use crate::error::Error;
use crate::operand::{Broadcast, Channels};
use crate::operation::{Axis, CrossEntropy, Direction, RowFunction, RowKind, Softmax, SoftmaxKind, Targets};
use crate::reference::{RowElements, RowGradient, RowTarget};
use crate::storage::{Element, Storage};
use crate::verify::adapter::Adapter;
use crate::verify::backend::Backend;
use crate::verify::inputs::{Random, rounded};
#[cfg(feature = "serde")]
use crate::verify::null;
use crate::verify::subject::{Subject, check_complete};
use crate::verify::ulp::Format;

/// On a device in f32, in ULP of a result forward, and of the size of a gradient's terms. WGSL's division takes 2.5 of them.
const F32_ULP: f64 = 4.0;

/// The same where a gradient is computed from x: what y may be off by, which is computed anew, and as much again.
const F32_FROM_INPUT_ULP: f64 = 2.0 * F32_ULP;

/// On a device in 16 bits.
const SHORT_ULP: f64 = 0.52;

/// Something that computes functions of rows, too.
pub trait RowSubject: Subject {
    /// The results of one direction, over elements of this type. Values travel as f32, as in [`Subject::compute`].
    ///
    /// # Errors
    /// The subject's own.
    fn compute_rows<T: Element>(
        &self,
        function: RowFunction,
        direction: Direction,
        inputs: RowInputs<'_>,
    ) -> impl Future<Output = Result<Vec<f32>, Error>>;
}

/// What a direction reads.
#[derive(Debug, Clone, Copy)]
pub struct RowInputs<'a> {
    /// x, or y backward from the output.
    pub first: &'a [f32],
    /// What rows are compared with, of cross-entropy.
    pub target: Option<RowTargets<'a>>,
    /// What arrives at results; nothing forward.
    pub dy: &'a [f32],
    /// What is added to elements, if anything.
    pub bias: Option<(&'a [f32], Broadcast)>,
    /// The sinks of rows, if they have such.
    pub sinks: Option<(&'a [f32], Channels)>,
}

/// What rows are compared with.
#[derive(Debug, Clone, Copy)]
pub enum RowTargets<'a> {
    /// A number of an element for each.
    Labels(&'a [u32]),
    /// A probability for each element.
    Probabilities(&'a [f32]),
}

/// One direction along one axis of one tensor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RowCheck {
    /// Which function: softmax, cross_entropy, and so on.
    pub function: String,
    /// `forward`, `backward`, `backward_from_output`, `backward_sinks`.
    pub direction: String,
    /// How the elements lay in memory.
    pub storage: Storage,
    /// The tensor's shape: outer, size of the axis, inner.
    pub shape: [u64; 3],
    /// What elements were multiplied by.
    pub scale: f32,
    /// The label smoothing, 0 of what has none.
    pub smoothing: f32,
    /// Whether there was a bias, and a sink for each row.
    pub biased: bool,
    /// The number of results compared.
    pub results: u64,
    /// The largest error: in ULP of the exact result, or of the size of a gradient's terms. Infinite for a NaN that should not be, or is
    /// missing. (JSON: null.)
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::infinite"))]
    pub max_ulp: f64,
    /// What is allowed.
    pub budget: f64,
    /// The row, and the element of it, where the error is largest.
    pub worst: [u64; 2],
    /// What came out there.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_got: f32,
    /// What should have.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_exact: f64,
    /// Whether it is within its budget.
    pub pass: bool,
}

impl RowCheck {
    /// What was checked: `softmax forward in f32 of [40, 65, 1] times 0.125, with a bias and sinks`.
    #[must_use]
    pub fn title(&self) -> String {
        let Self { function, direction, storage, shape, scale, smoothing, .. } = self;
        let smoothed = match smoothing {
            0.0 => String::new(),
            smoothing => format!(", smoothed by {smoothing}"),
        };
        let beside = if self.biased { ", with a bias and sinks" } else { "" };
        format!("{function} {direction} in {storage} of {shape:?} times {scale}{smoothed}{beside}")
    }

    /// The budget on a GPU. `None` if this build has no such function or direction.
    #[must_use]
    pub fn budget_of_table(&self) -> Option<f64> {
        self.budget_on(Backend::Gpu { rounds_quotients: false })
    }

    /// What was measured, perhaps by an earlier run, held to the budget of this build for such an adapter. `None` if it has no such function
    /// or direction.
    #[must_use]
    pub fn held_to_table(self, adapter: &Adapter) -> Option<Self> {
        let budget = self.budget_on(Backend::of(adapter, None))?;
        let pass = self.results > 0 && self.max_ulp <= budget;
        Some(Self { budget, pass, ..self })
    }

    fn budget_on(&self, backend: Backend) -> Option<f64> {
        let kind = kind_named(&self.function)?;
        let direction = DIRECTIONS.into_iter().find(|direction| name_of(*direction) == self.direction)?;
        Some(budget(backend, direction, stored(kind, direction, self.storage)))
    }
}

impl std::fmt::Display for RowCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { max_ulp, budget, worst: [row, element], worst_got, worst_exact, .. } = self;
        write!(f, "{}: {max_ulp:.3} ULP of {budget}, worst in row {row}, element {element}: ", self.title())?;
        write!(f, "{worst_got:e} for {worst_exact:e}")
    }
}

/// What is checked of rows.
const DIRECTIONS: [Direction; 4] =
    [Direction::Forward, Direction::Backward, Direction::BackwardFromOutput, Direction::BackwardParameter(0)];

/// How checks call a direction.
const fn name_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
        Direction::BackwardParameter(_) => "backward_sinks",
        _ => "backward_from_output",
    }
}

/// What noise is added to.
const NOISY: [SoftmaxKind; 2] = [SoftmaxKind::Softmax, SoftmaxKind::Hardmax];

/// The function that checks call so.
fn kind_named(name: &str) -> Option<RowKind> {
    let with_noise = |kind| RowFunction::from(Softmax::of(kind, Axis::last(1)).with_gumbel_noise(0));
    let noisy = NOISY.into_iter().map(with_noise).map(|function| (function.name(), function.kind()));
    RowKind::all()
        .map(|kind| (kind.name(), kind))
        .chain(noisy)
        .find(|(own, _)| *own == name)
        .map(|(_, kind)| kind)
}

/// Whether there is one result for each row.
fn is_of_rows(kind: RowKind, direction: Direction) -> bool {
    match direction {
        Direction::Forward => kind.reduces(),
        direction => matches!(direction, Direction::BackwardParameter(_)),
    }
}

/// The storage of a direction's results.
fn stored(kind: RowKind, direction: Direction, storage: Storage) -> Storage {
    if is_of_rows(kind, direction) { Storage::F32 } else { storage }
}

/// What is allowed of results in this storage.
fn budget(backend: Backend, direction: Direction, stored: Storage) -> f64 {
    match (backend, stored, direction) {
        (Backend::Cpu, ..) => Backend::CPU_ULP,
        (_, Storage::F32, Direction::Forward | Direction::BackwardFromOutput) => F32_ULP,
        (_, Storage::F32, _) => F32_FROM_INPUT_ULP,
        _ => SHORT_ULP,
    }
}

/// Shapes (outer, size, inner): rows shorter and longer than a workgroup's lanes take at once, of every alignment.
const SHAPES: [[u64; 3]; 13] = [
    [40, 1, 1],
    [40, 2, 1],
    [40, 63, 1],
    [40, 64, 1],
    [40, 65, 1],
    [40, 66, 1],
    [40, 1000, 1],
    // One of each kind of row.
    [14, 4100, 1],
    [6, 32001, 1],
    [2, 151_936, 1],
    // Along other axes, words are of rows that begin within them, of few and of many, or not.
    [40, 12, 6],
    [3, 104, 49],
    [3, 65, 64],
];

/// One function is enough for a row of millions. Not sparsemax: its rounds take more of loops than llvmpipe has.
const OF_MILLIONS: [[u64; 3]; 2] = [[1, LONGEST, 1], [1, LONGEST_ODD, 1]];

/// Of what there may be beside rows, softmax has all in every shape, and the others in these: how it is found is the same text, whatever is
/// computed, and what is computed the same, whatever is beside it.
const WITH_ALL_BESIDE: [[u64; 3]; 4] = [[40, 65, 1], [40, 12, 6], [3, 104, 49], [3, 65, 64]];

/// Shapes that noise is added in: it depends on where elements lie, and what comes after is softmax's. Not rows of millions: llvmpipe ends all
/// loops of a shader after 65535 rounds together, and noise takes some.
const WITH_NOISE: [[u64; 3]; 7] =
    [[40, 1, 1], [40, 65, 1], [40, 1000, 1], [14, 4100, 1], [6, 32001, 1], [3, 104, 49], [3, 65, 64]];

/// What noise is drawn by.
const SEED_OF_CHECKS: u64 = 0x5eed_0000_0018;

const LONGEST: u64 = 1 << 22;

/// No word of such a row holds several elements.
const LONGEST_ODD: u64 = LONGEST - 1;

/// Scales, and with each a label smoothing.
const SCALES: [(f32, f32); 3] = [(1.0, 0.0), (0.125, 0.1), (-1.7, 1.0)];

/// Checks softmax, its logarithm, logsumexp, hardmax or sparsemax, or several, on an adapter, or on the CPU, in all directions and along several axes: rows
/// of large spread, of equal and of ascending elements, with one that outweighs all, with masked ones, infinities and NaN; also with a
/// causal mask, and a sink.
///
/// # Errors
/// Those of the subject.
pub async fn softmax(
    subject: &impl RowSubject,
    kinds: &[SoftmaxKind],
    storage: Storage,
) -> Result<Vec<RowCheck>, Error> {
    let of_millions: &[_] = if kinds.first() == Some(&SoftmaxKind::Sparsemax) { &[] } else { &OF_MILLIONS };
    let shapes = [&SHAPES[..], of_millions].concat();
    check_all(subject, storage, &shapes, kinds.len(), |number, shape, scale, smoothing| {
        let axis = axis_of(shape);
        let softmax = Softmax::of(kinds[number], axis).scaled(scale)?;
        // A mask and a sink come with the last scale.
        let more = smoothing == 1.0 && has_all_beside(kinds[number], shape);
        let softmax = if more { softmax.causal(7, axis.size() / 2)? } else { softmax };
        let sinks = more && softmax.kind() != SoftmaxKind::Sparsemax;
        Ok(if sinks { softmax.with_sink(0.5)? } else { softmax }.into())
    })
    .await
}

/// The same of gumbel_softmax: softmax with noise, and hardmax, its hard form, whose results are those of [`Softmax::seen`] to the bit.
///
/// # Errors
/// Those of the subject.
pub async fn gumbel_softmax(subject: &impl RowSubject, storage: Storage) -> Result<Vec<RowCheck>, Error> {
    check_all(subject, storage, &WITH_NOISE, NOISY.len(), |number, shape, scale, _| {
        Ok(Softmax::of(NOISY[number], axis_of(shape)).scaled(scale)?.with_gumbel_noise(SEED_OF_CHECKS).into())
    })
    .await
}

/// The same of cross-entropy with one of the targets or both: with and without label smoothing, with labels that are ignored and such as
/// no element has.
///
/// # Errors
/// Those of the subject.
pub async fn cross_entropy(
    subject: &impl RowSubject,
    targets: &[Targets],
    storage: Storage,
) -> Result<Vec<RowCheck>, Error> {
    let shapes = [&SHAPES[..], &OF_MILLIONS].concat();
    check_all(subject, storage, &shapes, targets.len(), |number, shape, scale, smoothing| {
        Ok(CrossEntropy::of(targets[number], axis_of(shape)).scaled(scale)?.smoothed(smoothing)?.into())
    })
    .await
}

/// Judges results of softmax, its logarithm, logsumexp, hardmax or sparsemax that were computed elsewhere: `got` for the whole tensor `x`, as
/// [`softmax`] judges those of an adapter.
///
/// ```
/// use wgpu_activations::{Axis, Softmax, Storage, verify};
/// let x = [2.0_f32, 0.0];
/// let part = 1.0 / (1.0 + (-2.0_f64).exp());
/// let y = [part, 1.0 - part].map(|y| y as f32); // computed elsewhere
/// let check = verify::judge_softmax(Softmax::new(Axis::last(2)), Storage::F32, &x, &y)?;
/// assert!(check.pass, "{check}");
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotDivisible`] for a tensor without such an axis; [`Error::LengthMismatch`] unless there are as many results as there should be.
pub fn judge_softmax(softmax: Softmax, storage: Storage, x: &[f32], got: &[f32]) -> Result<RowCheck, Error> {
    judge_forward(softmax.into(), storage, x, None, got)
}

/// The same of losses with labels: `got` for the rows of the whole tensor `x`.
///
/// # Errors
/// [`Error::NotDivisible`] for a tensor without such an axis; [`Error::LengthMismatch`] unless there are as many labels and results as rows.
pub fn judge_cross_entropy(
    loss: CrossEntropy,
    storage: Storage,
    x: &[f32],
    labels: &[u32],
    got: &[f32],
) -> Result<RowCheck, Error> {
    judge_forward(loss.into(), storage, x, Some(labels), got)
}

fn judge_forward(
    function: RowFunction,
    storage: Storage,
    x: &[f32],
    labels: Option<&[u32]>,
    got: &[f32],
) -> Result<RowCheck, Error> {
    let (axis, elements) = (function.axis(), x.len() as u64);
    axis.check("x", elements)?;
    let shape = [elements.checked_div(axis.period()).unwrap_or(0), axis.size(), axis.inner()];
    let backend = Backend::Gpu { rounds_quotients: false };
    let tensor = Tensor { function, storage, shape, backend, beside: None };
    let results = if tensor.is_of_rows(Direction::Forward) { tensor.rows() } else { elements };
    Error::check_length("got", results, got.len() as u64)?;
    if let Some(labels) = labels {
        Error::check_length("labels", tensor.rows(), labels.len() as u64)?;
    }
    let targets = labels.map(RowTargets::Labels);
    Ok(tensor.judge(Direction::Forward, got, |row| tensor.forward(&tensor.row(x, row), row, targets)))
}

async fn check_all(
    subject: &impl RowSubject,
    storage: Storage,
    shapes: &[[u64; 3]],
    functions: usize,
    function: impl Fn(usize, [u64; 3], f32, f32) -> Result<RowFunction, Error>,
) -> Result<Vec<RowCheck>, Error> {
    let backend = Backend::of(&subject.adapter(), None);
    let mut checks = Vec::new();
    for shape in shapes.iter().copied().filter(|shape| fits(*shape, storage)) {
        let (functions, scales) =
            if shape[1] >= LONGEST_ODD { (functions.min(1), 1) } else { (functions, 3) };
        for number in 0..functions {
            for (scale, smoothing) in SCALES.into_iter().take(scales) {
                let function = function(number, shape, scale, smoothing)?;
                let beside = Beside::of(function, shape, scale);
                let tensor = Tensor { function, storage, shape, backend, beside };
                tensor.check(subject, &mut checks).await?;
            }
        }
    }
    Ok(checks)
}

fn axis_of([_, size, inner]: [u64; 3]) -> Axis {
    Axis::new(size, inner)
}

fn has_all_beside(kind: SoftmaxKind, shape: [u64; 3]) -> bool {
    kind == SoftmaxKind::Softmax || WITH_ALL_BESIDE.contains(&shape)
}

/// In 16 bits, one shape of rows that begin within words is enough. They are summed as f32 is, so that one of millions says nothing new.
fn fits([_, size, inner]: [u64; 3], storage: Storage) -> bool {
    storage == Storage::F32 || ((size * inner).is_multiple_of(2) && size != LONGEST) || size == 65
}

struct Tensor {
    function: RowFunction,
    storage: Storage,
    shape: [u64; 3],
    backend: Backend,
    beside: Option<Beside>,
}

/// A bias and sinks, which some rows share.
struct Beside {
    bias: Vec<f32>,
    broadcast: Broadcast,
    sinks: Option<(Vec<f32>, Channels)>,
}

impl Beside {
    /// Not of hardmax, which decides near ties by rounded sums. With the scale that nothing else comes with, but of rows long and short, along
    /// the last axis and another.
    fn of(function: RowFunction, shape: [u64; 3], scale: f32) -> Option<Self> {
        let [outer, size, inner] = shape;
        let RowKind::Softmax(kind) = function.kind() else { return None };
        let wanted = kind != SoftmaxKind::Hardmax && scale == SCALES[1].0 && has_all_beside(kind, shape);
        if !wanted || ![[40, 65, 1], [40, 66, 1], [6, 32001, 1], [3, 65, 64]].contains(&shape) {
            return None;
        }
        let whole = size != 66;
        let broadcast = if whole { Broadcast::ELEMENTS } else { Broadcast::COLUMNS };
        let rows = outer * inner;
        let bias = (0..if whole { rows } else { 1 }).flat_map(|row| bias(row, size)).collect();
        let channels = Channels::new(rows / 2, 1);
        let has_sinks = kind != SoftmaxKind::Sparsemax;
        Some(Self { bias, broadcast, sinks: has_sinks.then(|| (sinks(rows / 2), channels)) })
    }
}

/// A result as it should be, and the error that is one ULP there.
struct Expected {
    exact: f64,
    ulp: f64,
    /// What an adapter may flush.
    flushed: f64,
}

/// What rows of a tensor are compared with, if with anything.
enum Compared {
    Nothing,
    Labels(Vec<u32>),
    Probabilities(Vec<f32>),
}

impl Compared {
    fn targets(&self) -> Option<RowTargets<'_>> {
        match self {
            Self::Nothing => None,
            Self::Labels(labels) => Some(RowTargets::Labels(labels)),
            Self::Probabilities(p) => Some(RowTargets::Probabilities(p)),
        }
    }
}

impl Tensor {
    async fn check(&self, subject: &impl RowSubject, checks: &mut Vec<RowCheck>) -> Result<(), Error> {
        // A row of a single element a word, whose first one cannot stand for the largest, takes the most rounds of loops.
        let kind = if self.shape[1] == LONGEST_ODD { 2 } else { 0 };
        let x = self.tensor(|row| row_of_inputs(row + kind, self.shape[1]));
        let compared = self.compared();
        let target = compared.targets();
        let reduces = self.function.kind().reduces();
        let beside = self.beside.as_ref();
        let bias = beside.map(|it| (it.bias.as_slice(), it.broadcast));
        let sinks =
            beside.and_then(|it| it.sinks.as_ref()).map(|(sinks, channels)| (sinks.as_slice(), *channels));
        let inputs = RowInputs { first: &x, target, dy: &[], bias, sinks };
        let y = self.compute(subject, Direction::Forward, inputs).await?;
        checks.push(self.judge(Direction::Forward, &y, |row| self.forward(&self.row(&x, row), row, target)));

        let dy =
            if reduces { self.row_gradients() } else { self.tensor(|row| gradients(row, self.shape[1])) };
        let inputs = RowInputs { dy: &dy, ..inputs };
        let dx = self.compute(subject, Direction::Backward, inputs).await?;
        checks.push(self.judge(Direction::Backward, &dx, |row| {
            let dy = if reduces { vec![f64::from(dy[row as usize])] } else { self.row(&dy, row) };
            self.backward(&self.row(&x, row), row, target, &dy)
        }));
        if let (RowFunction::Softmax(softmax), true) = (self.function, self.has_sinks() && !reduces) {
            let by_sinks = Direction::BackwardParameter(0);
            let d = self.compute(subject, by_sinks, inputs).await?;
            checks.push(self.judge(by_sinks, &d, |row| {
                let (x, dy) = (self.row(&x, row), self.row(&dy, row));
                let exact = |elements: RowElements<'_>| softmax.exact_backward_by_sink(elements, &dy);
                self.gradients(by_sinks, vec![self.with_beside(softmax, &x, row, exact)], &dy)
            }));
        }
        if let (RowFunction::Softmax(softmax), false) = (self.function, reduces) {
            // The derivative of the results as they came out: exact ones are no numbers of the storage.
            let inputs = RowInputs { first: &y, ..inputs };
            let dx = self.compute(subject, Direction::BackwardFromOutput, inputs).await?;
            checks.push(self.judge(Direction::BackwardFromOutput, &dx, |row| {
                let dy = self.row(&dy, row);
                self.gradients(
                    Direction::BackwardFromOutput,
                    softmax.exact_backward(&self.row(&y, row), &dy),
                    &dy,
                )
            }));
        }
        Ok(())
    }

    async fn compute(
        &self,
        subject: &impl RowSubject,
        direction: Direction,
        inputs: RowInputs<'_>,
    ) -> Result<Vec<f32>, Error> {
        let function = self.function;
        let results = match self.storage {
            Storage::F32 => subject.compute_rows::<f32>(function, direction, inputs).await?,
            Storage::F16 => subject.compute_rows::<half::f16>(function, direction, inputs).await?,
            Storage::Bf16 => subject.compute_rows::<half::bf16>(function, direction, inputs).await?,
        };
        let expected = if self.is_of_rows(direction) { self.rows() as usize } else { self.elements() };
        check_complete(&results, expected)?;
        Ok(results)
    }

    fn is_of_rows(&self, direction: Direction) -> bool {
        is_of_rows(self.function.kind(), direction)
    }

    fn has_sinks(&self) -> bool {
        let own = matches!(self.function, RowFunction::Softmax(softmax) if softmax.sink().is_some());
        own || self.beside.as_ref().is_some_and(|beside| beside.sinks.is_some())
    }

    fn elements(&self) -> usize {
        self.shape.iter().product::<u64>() as usize
    }

    fn rows(&self) -> u64 {
        self.shape[0] * self.shape[2]
    }

    /// The place of an element of a row.
    fn place(&self, row: u64, element: u64) -> usize {
        self.function.axis().place(row, element) as usize
    }

    fn tensor(&self, of_row: impl Fn(u64) -> Vec<f32>) -> Vec<f32> {
        let mut values = vec![0.0; self.elements()];
        for row in 0..self.rows() {
            for (element, value) in (0..).zip(of_row(row)) {
                values[self.place(row, element)] = rounded(self.storage, value);
            }
        }
        values
    }

    fn compared(&self) -> Compared {
        match self.function {
            RowFunction::Softmax(_) => Compared::Nothing,
            RowFunction::CrossEntropy(loss) if loss.targets() == Targets::Labels => Compared::Labels(
                (0..self.rows()).map(|row| label(row, self.shape[1], loss.ignored())).collect(),
            ),
            RowFunction::CrossEntropy(_) => {
                Compared::Probabilities(self.tensor(|row| probabilities(row, self.shape[1])))
            }
        }
    }

    /// What arrives at each row's result.
    fn row_gradients(&self) -> Vec<f32> {
        (0..self.rows()).map(|row| gradients(row, 2)[1]).collect()
    }

    /// The elements of a row of a tensor.
    fn row(&self, tensor: &[f32], row: u64) -> Vec<f64> {
        (0..self.shape[1]).map(|element| tensor[self.place(row, element)].into()).collect()
    }

    /// Calls `of` with what a row is compared with.
    fn with_target<R>(
        &self,
        target: Option<RowTargets<'_>>,
        row: u64,
        of: impl Fn(RowTarget<'_>) -> R,
    ) -> Option<R> {
        match target? {
            RowTargets::Labels(labels) => Some(of(RowTarget::Label(labels[row as usize]))),
            RowTargets::Probabilities(p) => Some(of(RowTarget::Probabilities(&self.row(p, row)))),
        }
    }

    /// Calls `of` with a row and what goes with it.
    fn with_beside<R>(&self, softmax: Softmax, x: &[f64], row: u64, of: impl Fn(RowElements<'_>) -> R) -> R {
        let x = softmax.seen(row, x.to_vec());
        let Some(beside) = &self.beside else { return of((&x).into()) };
        let values = &beside.bias;
        let place = |element| if values.len() == x.len() { element } else { self.place(row, element as u64) };
        let bias: Vec<f64> = (0..x.len()).map(|element| values[place(element)].into()).collect();
        let sink = beside.sinks.as_ref().map(|(sinks, _)| sinks[row as usize % sinks.len()].into());
        of(RowElements { x: &x, bias: &bias, sink })
    }

    fn forward(&self, x: &[f64], row: u64, target: Option<RowTargets<'_>>) -> Vec<Expected> {
        let format = self.format(Direction::Forward);
        let (exact, sizes) = match self.function {
            RowFunction::Softmax(softmax) => self.with_beside(softmax, x, row, |elements| {
                (softmax.exact(elements), softmax.exact_sizes(elements))
            }),
            RowFunction::CrossEntropy(loss) => {
                let exact = self.with_target(target, row, |target| loss.exact(x, target)).unwrap_or(f64::NAN);
                (vec![exact], vec![exact])
            }
        };
        let flushed = if self.is_logarithm() {
            // Of exponentials that are flushed, what their sum adds to the largest one's 1.
            format.flushed().max(Format::of(Storage::F32).flushed() * self.shape[1] as f64)
        } else {
            format.flushed()
        };
        let expected = |(exact, size): (f64, f64)| Expected { exact, ulp: format.ulp(size), flushed };
        exact.into_iter().zip(sizes).map(expected).collect()
    }

    /// Whether it is the logarithm of a sum, which may be all there is of a result.
    fn is_logarithm(&self) -> bool {
        match self.function {
            RowFunction::Softmax(softmax) => {
                matches!(softmax.kind(), SoftmaxKind::LogSoftmax | SoftmaxKind::LogSumExp)
            }
            RowFunction::CrossEntropy(_) => true,
        }
    }

    fn backward(&self, x: &[f64], row: u64, target: Option<RowTargets<'_>>, dy: &[f64]) -> Vec<Expected> {
        let exact = match self.function {
            RowFunction::Softmax(softmax) => {
                self.with_beside(softmax, x, row, |elements| softmax.exact_backward_from_input(elements, dy))
            }
            RowFunction::CrossEntropy(loss) => self
                .with_target(target, row, |target| loss.exact_backward(x, target, dy[0]))
                .unwrap_or_default(),
        };
        self.gradients(Direction::Backward, exact, dy)
    }

    fn gradients(&self, direction: Direction, exact: Vec<RowGradient>, dy: &[f64]) -> Vec<Expected> {
        let format = self.format(direction);
        let scale = f64::from(self.function.scale()).abs();
        let largest = dy.iter().fold(1.0, |largest: f64, dy| largest.max(dy.abs()));
        // Of y that is flushed, and of products with it.
        let flushed = format.flushed() * scale.max(1.0) * largest * (1.0 + self.shape[1] as f64);
        exact.into_iter().map(|it| Expected { exact: it.value, ulp: format.ulp(it.size), flushed }).collect()
    }

    fn stored(&self, direction: Direction) -> Storage {
        stored(self.function.kind(), direction, self.storage)
    }

    fn format(&self, direction: Direction) -> Format {
        self.backend.format(self.stored(direction))
    }

    fn judge(
        &self,
        direction: Direction,
        got: &[f32],
        expected: impl Fn(u64) -> Vec<Expected> + Send + Sync,
    ) -> RowCheck {
        let stored = self.stored(direction);
        let mut check = RowCheck {
            function: self.function.name().to_owned(),
            direction: name_of(direction).to_owned(),
            storage: self.storage,
            shape: self.shape,
            scale: self.function.scale(),
            smoothing: match self.function {
                RowFunction::CrossEntropy(loss) => loss.smoothing(),
                RowFunction::Softmax(_) => 0.0,
            },
            biased: self.beside.is_some(),
            results: 0,
            max_ulp: 0.0,
            budget: budget(self.backend, direction, stored),
            worst: [0; 2],
            worst_got: 0.0,
            worst_exact: 0.0,
            pass: true,
        };
        let of_rows = self.is_of_rows(direction);
        let expected: Vec<_> = (0..self.rows()).into_par_iter().map(expected).collect();
        for (row, expected) in (0..).zip(expected) {
            for (element, expected) in (0..).zip(expected) {
                let place = if of_rows { row as usize } else { self.place(row, element) };
                check.add([row, element], got[place], stored, &expected);
            }
        }
        // Nothing compared is nothing proved.
        check.pass = check.results > 0 && check.max_ulp <= check.budget;
        check
    }
}

impl RowCheck {
    fn add(&mut self, place: [u64; 2], got: f32, stored: Storage, expected: &Expected) {
        self.results += 1;
        let exact = expected.exact;
        let error = Format::of(stored).absolute_error(got, exact);
        let ulp = if error <= expected.flushed { 0.0 } else { error / expected.ulp };
        if ulp > self.max_ulp || ulp.is_nan() {
            self.max_ulp = if ulp.is_nan() { f64::INFINITY } else { ulp };
            (self.worst, self.worst_got, self.worst_exact) = (place, got, exact);
        }
    }
}

/// Of any element; of the one that outweighs all others, where there is one, or beside it; ignored; or of none.
fn label(row: u64, size: u64, ignored: u32) -> u32 {
    let any = (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % size;
    let label = match row % 11 {
        4 | 7 => size / 2,
        5 => size - 1,
        9 => return ignored,
        10 => size,
        _ => any,
    };
    u32::try_from(label).unwrap_or(ignored)
}

/// Of all elements, of a few, or of one.
fn probabilities(row: u64, size: u64) -> Vec<f32> {
    let mut random = Random::new(row + 2000);
    let of = |element: u64| match row % 4 {
        1 if element.is_multiple_of(7) => 1.0 / (size.div_ceil(7)) as f32,
        1 => 0.0,
        2 => f32::from(u8::from(element == size / 2)),
        _ => 2.0 * random.unit() / size as f32,
    };
    (0..size).map(of).collect()
}

/// Kinds of rows, in turns; in f32, some hold what is not finite.
fn row_of_inputs(row: u64, size: u64) -> Vec<f32> {
    let mut random = Random::new(row + 1);
    let mut normal = || 8.0 * random.unit() - 4.0;
    let of = |element: u64| {
        let part = element as f32 / size as f32;
        match row % 16 {
            2 => 1e4 * normal(),
            3 => 1.25,
            // One outweighs all others: what is beside 1 has 2^-23 and less.
            4 if element == size / 2 => 40.0 + normal(),
            5 if element.is_multiple_of(2) => 30.3,
            5 => -30.7,
            6 => 3.0 * part,
            // Results down to the subnormal ones.
            7 => -110.0 * part,
            8 if element.is_multiple_of(3) => f32::NEG_INFINITY,
            9 => f32::NEG_INFINITY,
            10 => 3e38 * (2.0 * part - 1.0),
            11 if element == size / 3 => f32::INFINITY,
            12 if element == size / 3 => f32::NAN,
            13 => 1e-30 * normal(),
            // Differences that are rounded, on both sides of 252 steps of ln 2.
            14 => 131.0 + 11.0 * normal(),
            15 => -217.0 + 10.75 * normal(),
            _ => normal(),
        }
    };
    (0..size).map(of).collect()
}

/// Of everyday sizes, large ones, small ones, a mask of some, and of all.
fn bias(row: u64, size: u64) -> Vec<f32> {
    let mut random = Random::new(row + 3000);
    let mut normal = || 4.0 * random.unit() - 2.0;
    let of = |element: u64| match row % 6 {
        1 => 100.0 * normal(),
        2 if element.is_multiple_of(3) => f32::NEG_INFINITY,
        2 => 0.0,
        3 => 1e-6 * normal(),
        4 if size > 1 && row.is_multiple_of(4) => f32::NEG_INFINITY,
        _ => normal(),
    };
    (0..size).map(of).collect()
}

/// Of rows: one that is none, one that outweighs, and others.
fn sinks(count: u64) -> Vec<f32> {
    let mut random = Random::new(4000);
    let of = |row: u64| match row % 5 {
        1 => f32::NEG_INFINITY,
        2 => 300.0,
        _ => 8.0 * random.unit() - 4.0,
    };
    (0..count).map(of).collect()
}

fn gradients(row: u64, size: u64) -> Vec<f32> {
    let mut random = Random::new(row + 1000);
    let mut gradient = || 4.0 * random.unit() - 2.0;
    let of = |element: u64| match row % 5 {
        // All but one of the terms cancel in the largest results.
        2 => 1.0,
        3 if element == 0 => 1.0,
        3 => 0.0,
        4 => 100.0 * gradient(),
        _ => gradient(),
    };
    (0..size).map(of).collect()
}
