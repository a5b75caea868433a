//! Formulas: each result against the oracle, within a bound that is worked out for its own operands.
//!
//! The bound is the first-order sum, over the nodes, of each node's own error (on a device a function's budget, half an ULP of a sum or
//! a product, 2.5 of a quotient; on the CPU what its functions promise in f64) times how much the result depends on it. What exceeds it is a defect of the library or of the driver. What
//! cancels within it is not, and is reported as it is: so one sees that `log(1 + exp(x))` is not `softplus(x)`.

use rayon::prelude::*;

use crate::error::Error;
use crate::formula::node::{Binary, Call, Id, Named, Node, Part};
use crate::formula::{Composed, Formula, View, exact_call};
use crate::operand::Channels;
use crate::storage::{Storage, Storages};
use crate::table::Bound;
use crate::verify::backend::Backend;
use crate::verify::inputs::{Random, of_bits, rounded};
use crate::verify::subject::{FormulaOperand, FormulaSubject, Sharing, check_complete};
use crate::verify::ulp::{Format, SMALLEST_NORMAL};

/// How many elements a formula is checked over.
pub const FORMULA_INPUTS: usize = 1 << 16;

/// Of so many channels each letter's operands are.
const CHANNELS: usize = 8;

/// How many other elements are tried in the place of one whose term cannot be judged.
const TRIES: usize = 16;

/// What dropout draws by.
const SEED_OF_CHECKS: u64 = 0x5eed_0000_0009;

/// Errors of errors.
const SECOND_ORDER: f64 = 1.1;

/// One result of a formula, over many operands.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FormulaCheck {
    /// The formula.
    pub formula: String,
    /// Which result: `y`, `dbias[c]`.
    pub result: String,
    /// How the elements lay in memory.
    pub storage: Storage,
    /// How many results were held to a bound.
    pub judged: u64,
    /// How many were not: an intermediate value is beyond f32, or outside what a function's budget speaks of.
    pub not_judged: u64,
    /// The largest error in ULP of the exact result, and the operands there, by name.
    pub max_ulp: f64,
    /// The operands of that, in the order of the formula.
    pub worst: Vec<(String, f32)>,
    /// What came out there.
    pub worst_got: f32,
    /// What should have.
    pub worst_exact: f64,
    /// The largest error as a part of the bound for its own operands: more than 1 fails.
    pub max_of_bound: f64,
    /// Whether all that was judged is within its bound, and something was.
    pub pass: bool,
}

impl std::fmt::Display for FormulaCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { formula, result, storage, judged, not_judged, max_ulp, max_of_bound, .. } = self;
        if *judged == 0 {
            return write!(
                f,
                "{result} of {formula} in {storage}: none of {not_judged} results could be judged"
            );
        }
        write!(
            f,
            "{result} of {formula} in {storage}: {max_ulp:.3} ULP at most, {max_of_bound:.3} of its bound"
        )?;
        write!(f, "; {judged} results judged, {not_judged} not; worst: {:?}, ", self.worst)?;
        write!(f, "{:e} for {:e}", self.worst_got, self.worst_exact)
    }
}

/// Checks a formula's results on an adapter, or on the CPU, over so many elements; in 16 bits and with one operand, over all 65536 numbers.
///
/// ```no_run
/// use wgpu_activations::{Formula, Gpu, Storage, verify};
/// let layer: Formula = "gelu_erf(x + bias[c]) * gate".parse()?;
/// let gpu = Gpu::new_blocking()?;
/// for check in pollster::block_on(verify::formula(&gpu, &layer, Storage::F32, verify::FORMULA_INPUTS))? {
///     assert!(check.pass, "{check}");
/// }
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
///
/// # Errors
/// Those of the subject; as [`Spec::formula`](crate::Spec::formula); [`Error::TooManyInputs`] for more elements than 2^24.
pub async fn formula(
    subject: &impl FormulaSubject,
    formula: &Formula,
    storages: impl Into<Storages>,
    inputs: usize,
) -> Result<Vec<FormulaCheck>, Error> {
    let allowed = 1 << 24;
    if inputs > allowed {
        return Err(Error::TooManyInputs { wanted: inputs as u64, allowed: allowed as u64 });
    }
    let storages = storages.into();
    Composed::of(formula).check_storages(&storages)?;
    let mut tensors = Tensors::new(formula, &storages, inputs);
    let backend = Backend::of(&subject.adapter(), None);
    let exact = tensors.evaluate_all(backend);
    let seed = formula.nodes.draws().then_some(SEED_OF_CHECKS);
    let got = subject.compute_formula(formula, &tensors.bound(), seed).await?;
    Error::check_length("the results of the subject", formula.outputs.len() as u64, got.len() as u64)?;
    (0..got.len()).map(|index| tensors.check(index, &got[index], &exact, backend)).collect()
}

impl FormulaCheck {
    fn add(
        &mut self,
        judged: Judged,
        got: f32,
        storage: Storage,
        operands: impl FnOnce() -> Vec<(String, f32)>,
    ) {
        let Judged { exact, bound, flushed, known } = judged;
        if !known {
            self.not_judged += 1;
            return;
        }
        self.judged += 1;
        let error = match (exact.is_nan(), got.is_nan()) {
            (true, true) => 0.0,
            (false, false) => (f64::from(got) - exact).abs(),
            _ => f64::INFINITY,
        };
        let of_bound = if error == 0.0 { 0.0 } else { error / bound };
        self.max_of_bound = self.max_of_bound.max(if of_bound.is_nan() { f64::INFINITY } else { of_bound });
        let format = Format::of(storage);
        let ulp = if error <= flushed.max(format.smallest()) { 0.0 } else { error / format.ulp(exact) };
        if ulp > self.max_ulp {
            self.max_ulp = ulp;
            (self.worst, self.worst_got, self.worst_exact) = (operands(), got, exact);
        }
    }
}

/// Operands of a formula: of each, one value for an element or a channel.
struct Tensors<'a> {
    formula: &'a Formula,
    storages: &'a Storages,
    elements: usize,
    values: Vec<Vec<f32>>,
}

impl<'a> Tensors<'a> {
    fn new(formula: &'a Formula, storages: &'a Storages, inputs: usize) -> Self {
        let own: Vec<&str> = formula.elementwise_operands().collect();
        let summed = formula.outputs.iter().any(|output| output.named.view != View::Element);
        let narrow = own.first().map(|name| storages.of(name)).filter(|storage| *storage != Storage::F32);
        let all = narrow.filter(|_| own.len() == 1 && !summed);
        let elements = if all.is_some() { 1 << 16 } else { inputs.next_multiple_of(CHANNELS) };
        let mut random = Random::new(3);
        let mut element = |storage: Storage| {
            let number = if summed { usual(&mut random) } else { number(&mut random) };
            rounded(storage, number)
        };
        let values = formula.nodes.operands.iter().map(|operand| {
            let storage = storages.of(&operand.name);
            match (operand.view, all) {
                (View::Element, Some(storage)) => (0..=u16::MAX).map(|bits| of_bits(storage, bits)).collect(),
                (View::Element, None) => (0..elements).map(|_| element(storage)).collect(),
                // What a layer learns is of its own size: not near 0, not large.
                (View::Channel(_), _) => (0..CHANNELS).map(|index| 0.25 + 0.2371 * index as f32).collect(),
                (View::Single, _) => vec![1.2371],
            }
        });
        let values = values.collect();
        Self { formula, storages, elements, values }
    }

    /// Exact results of all elements. Those whose terms would leave nothing of a sum have given way to others.
    fn evaluate_all(&mut self, backend: Backend) -> Vec<Vec<Judged>> {
        let elements = (0..self.elements).into_par_iter();
        let mut exact: Vec<Vec<Judged>> = elements.map(|element| self.evaluate(element, backend)).collect();
        (0..CHANNELS).for_each(|channel| self.replace_terms(channel, &mut exact, backend));
        exact
    }

    fn evaluate(&self, element: usize, backend: Backend) -> Vec<Judged> {
        evaluate(self.formula, backend, &self.at(element), element as u64)
    }

    /// Where an element of this channel has a term that a sum cannot be judged with, as log(x) is for x < 0, it gets the operands of one
    /// that has none. Where no element of the channel is better, all stay as they are.
    fn replace_terms(&mut self, channel: usize, exact: &mut [Vec<Judged>], backend: Backend) {
        let all = (channel..self.elements).step_by(CHANNELS);
        let (kept, replaced): (Vec<usize>, Vec<usize>) =
            all.partition(|element| self.has_finite_terms(&exact[*element]));
        let mut others = kept.iter().copied().cycle();
        for element in replaced {
            // Dropout may keep here what it dropped there: so more than one is tried.
            for other in others.by_ref().take(TRIES) {
                self.copy_element(other, element);
                exact[element] = self.evaluate(element, backend);
                if self.has_finite_terms(&exact[element]) {
                    break;
                }
            }
        }
    }

    fn has_finite_terms(&self, exact: &[Judged]) -> bool {
        let results = self.formula.outputs.iter().zip(exact);
        let mut terms = results.filter(|(output, _)| output.named.view != View::Element);
        terms.all(|(_, term)| term.known && term.exact.is_finite())
    }

    fn copy_element(&mut self, from_element: usize, to_element: usize) {
        for (operand, values) in self.formula.nodes.operands.iter().zip(&mut self.values) {
            if operand.view == View::Element {
                values[to_element] = values[from_element];
            }
        }
    }

    fn place(&self, operand: usize, element: usize) -> usize {
        match self.formula.nodes.operands[operand].view {
            View::Element => element,
            View::Channel(_) => element % CHANNELS,
            View::Single => 0,
        }
    }

    /// The operands of an element.
    fn at(&self, element: usize) -> Vec<f64> {
        let values = self.values.iter().enumerate();
        values.map(|(operand, values)| values[self.place(operand, element)].into()).collect()
    }

    fn named(&self, element: usize) -> Vec<(String, f32)> {
        let named = self.formula.nodes.operands.iter().map(|operand| operand.name.clone());
        named.zip(self.at(element).into_iter().map(|value| value as f32)).collect()
    }

    /// Where the elements of a name lie: what elements share, and sums, are f32.
    fn storage(&self, named: &Named) -> Storage {
        if named.view == View::Element { self.storages.of(&named.name) } else { Storage::F32 }
    }

    /// All that is bound: operands, then results that are none of them.
    fn bound(&self) -> Vec<FormulaOperand> {
        let operands = &self.formula.nodes.operands;
        let results = self.formula.outputs.iter().map(|output| &output.named);
        let apart = results.filter(|named| operands.iter().all(|operand| operand.name != named.name));
        let read = operands.iter().zip(&self.values).map(|(named, values)| (named, values.clone()));
        let written = apart.map(|named| (named, vec![0.0; self.count(named)]));
        let bound = |(named, values): (&Named, Vec<f32>)| FormulaOperand {
            name: named.name.clone(),
            storage: self.storage(named),
            sharing: match named.view {
                View::Element => Sharing::None,
                View::Channel(_) => Sharing::Channels(Channels::new(CHANNELS as u64, 1)),
                View::Single => Sharing::All,
            },
            values,
        };
        read.chain(written).map(bound).collect()
    }

    fn count(&self, named: &Named) -> usize {
        match named.view {
            View::Element => self.elements,
            View::Channel(_) => CHANNELS,
            View::Single => 1,
        }
    }

    /// The results of this number against the exact ones.
    fn check(
        &self,
        index: usize,
        got: &[f32],
        exact: &[Vec<Judged>],
        backend: Backend,
    ) -> Result<FormulaCheck, Error> {
        let named = &self.formula.outputs[index].named;
        check_complete(got, self.count(named))?;
        let storage = self.storage(named);
        let mut check = FormulaCheck {
            formula: self.formula.to_string(),
            result: named.to_string(),
            storage,
            judged: 0,
            not_judged: 0,
            max_ulp: 0.0,
            worst: Vec::new(),
            worst_got: f32::NAN,
            worst_exact: f64::NAN,
            max_of_bound: 0.0,
            pass: false,
        };
        for (place, got) in got.iter().enumerate() {
            if named.view == View::Element {
                check.add(exact[place][index].stored(storage, backend), *got, storage, || self.named(place));
            } else {
                let of = |element: &usize| named.view == View::Single || element % CHANNELS == place;
                let terms = (0..self.elements).filter(of).map(|element| exact[element][index]);
                check.add(Judged::sum(terms, backend), *got, storage, Vec::new);
            }
        }
        check.pass = check.judged > 0 && check.max_of_bound <= 1.0;
        Ok(check)
    }
}

/// Mostly of a network's size, some of any exponent up to 2^±20, few that are special.
fn number(random: &mut Random) -> f32 {
    const SPECIAL: [f32; 8] = [0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.5];
    match random.next() % 64 {
        0 => SPECIAL[random.next() as usize % SPECIAL.len()],
        1..8 => {
            let bits = random.next();
            f32::from_bits((bits & 0x807f_ffff) | ((107 + random.next() % 41) << 23))
        }
        _ => usual(random),
    }
}

fn usual(random: &mut Random) -> f32 {
    (random.unit() - 0.5) * 12.0
}

/// An exact result, and how far a computed one may be from it.
#[derive(Debug, Clone, Copy)]
struct Judged {
    exact: f64,
    bound: f64,
    /// The part of it that a driver may lose which takes subnormal numbers for 0.
    flushed: f64,
    /// Whether the bound says anything.
    known: bool,
}

impl Judged {
    /// Rounded to a storage type.
    fn stored(self, storage: Storage, backend: Backend) -> Self {
        let format = Format::of(storage);
        let rounded = backend.storing(storage, self.exact);
        // What may round to infinity is not judged.
        let known = self.known && (self.exact.is_nan() || self.exact.abs() + self.bound <= format.largest());
        Self { bound: self.bound + rounded, known, ..self }
    }

    /// Of all terms of a sum.
    fn sum(terms: impl Iterator<Item = Self>, backend: Backend) -> Self {
        let (mut sum, mut size, mut count) =
            (Self { exact: 0.0, bound: 0.0, flushed: 0.0, known: true }, 0.0, 0);
        for term in terms {
            sum.exact += term.exact;
            sum.bound += term.bound;
            sum.flushed += term.flushed;
            // Where no term of it is better, NaN has to arrive.
            sum.known &= term.known;
            size += term.exact.abs();
            count += 1;
        }
        Self { bound: sum.bound + backend.summing(count, size, sum.exact), ..sum }
    }
}

/// A node's value and errors.
struct Local {
    value: f64,
    /// What it adds itself.
    own: f64,
    /// What a driver adds that takes subnormal numbers for 0.
    flushed: f64,
    /// All that there is, with what it was computed of: for choices and secants.
    all: f64,
    /// How much it depends on each of the nodes that it names.
    partials: Vec<(Id, f64)>,
    /// Itself as a sum.
    sum: Sum,
    /// Itself as a product.
    product: Product,
}

/// A node as a sum of others that are none: sums of sums count as one sum. WGSL lets a compiler add its terms in any order, and Mesa's
/// makes b + (x + 1/2) of (b + x) + 1/2.
#[derive(Debug, Clone, Copy)]
struct Sum {
    terms: u32,
    /// That of all terms' magnitudes: no order has a sum on the way that is larger.
    size: f64,
}

impl Sum {
    fn of(node: Node, value: f64, locals: &[Local]) -> Self {
        let sum = |id: Id| locals[usize::from(id)].sum;
        match node {
            Node::Negate(a) => sum(a),
            Node::Binary(Binary::Add | Binary::Subtract, a, b) => {
                Self { terms: sum(a).terms + sum(b).terms, size: sum(a).size + sum(b).size }
            }
            _ => Self { terms: 1, size: value.abs() },
        }
    }

    /// The rounding of all sums on the way to this one, in the worst order.
    fn on_the_way(self) -> f64 {
        f64::from(self.terms.saturating_sub(2)) * 0.5 * Format::F32.ulp(self.size)
    }

    /// What the worst order adds to what the terms that are sums have counted.
    fn regrouped(self, node: Node, locals: &[Local]) -> f64 {
        let counted: f64 =
            node.children().into_iter().map(|id| locals[usize::from(id)].sum.on_the_way()).sum();
        (self.on_the_way() - counted).max(0.0)
    }
}

/// Exact results for one element, each with its bound.
fn evaluate(formula: &Formula, backend: Backend, operands: &[f64], element: u64) -> Vec<Judged> {
    let values = formula.exact_nodes(operands, Some((SEED_OF_CHECKS, element)));
    let mut locals: Vec<Local> = Vec::with_capacity(values.len());
    let mut known = Known { numbers: true, nan: true };
    for (id, node) in formula.nodes.nodes.iter().enumerate() {
        let mut local = local(*node, backend, values[id], &locals, &mut known);
        if backend.regroups() {
            let regrouped = distributed(formula, *node, &locals) + local.sum.regrouped(*node, &locals);
            local.own += regrouped;
            local.all += regrouped;
            let flushed = local.product.flushed(values[id]);
            local.flushed += flushed;
            local.all += flushed;
            known.numbers &= !local.product.may_overflow();
        }
        locals.push(local);
    }
    formula.outputs.iter().map(|output| judged(&locals, output.node, known)).collect()
}

/// What can be said of an element.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Whether all intermediate values are numbers that f32 has, and functions' budgets speak of them.
    numbers: bool,
    /// Whether it is known where a NaN, or an infinity, is stopped by a derivative of 0.
    nan: bool,
}

/// A node as a product of others that are none. Its factors, too, may come in any order: Mesa's makes (dy * -3) * f of (dy * f) * -3, which
/// overflows where dy is near the largest number.
#[derive(Debug, Clone, Copy)]
struct Product {
    factors: u32,
    /// That of all factors above 1, and of all below 1: no order has a product on the way that is further from 1.
    largest: f64,
    smallest: f64,
}

impl Product {
    fn of(node: Node, value: f64, locals: &[Local]) -> Self {
        let product = |id: Id| locals[usize::from(id)].product;
        match node {
            Node::Negate(a) => product(a),
            Node::Binary(Binary::Multiply | Binary::Chain, a, b) => product(a).times(product(b)),
            Node::Binary(Binary::Divide | Binary::Over, a, b) => product(a).times(product(b).inverse()),
            // A factor of 0 is 0 in any order.
            _ => {
                let size = if value == 0.0 || value.is_nan() { 1.0 } else { value.abs() };
                Self { factors: 1, largest: size.max(1.0), smallest: size.min(1.0) }
            }
        }
    }

    fn times(self, other: Self) -> Self {
        Self {
            factors: self.factors + other.factors,
            largest: self.largest * other.largest,
            smallest: self.smallest * other.smallest,
        }
    }

    fn inverse(self) -> Self {
        Self { largest: self.smallest.recip(), smallest: self.largest.recip(), ..self }
    }

    /// Whether some order leaves the numbers of f32.
    fn may_overflow(self) -> bool {
        self.factors > 2 && self.largest > f32::MAX.into()
    }

    /// What is lost where some order leaves the normal numbers, and what is left of them is multiplied again.
    fn flushed(self, value: f64) -> f64 {
        let may_vanish = self.factors > 2 && self.smallest < SMALLEST_NORMAL;
        if may_vanish { value.abs().min(SMALLEST_NORMAL * self.largest) } else { 0.0 }
    }
}

fn judged(locals: &[Local], output: Id, known: Known) -> Judged {
    let exact = locals[usize::from(output)].value;
    let mut depends = vec![0.0; locals.len()];
    depends[usize::from(output)] = 1.0;
    let (mut bound, mut flushed) = (0.0, 0.0);
    for (id, local) in locals.iter().enumerate().take(usize::from(output) + 1).rev() {
        let by: f64 = depends[id];
        if by != 0.0 {
            bound += by.abs() * local.own;
            flushed += by.abs() * local.flushed;
            local.partials.iter().for_each(|(child, partial)| depends[usize::from(*child)] += by * partial);
        }
    }
    let bound = SECOND_ORDER * (bound + flushed);
    // NaN has to arrive; of an infinity on the way nothing is said.
    let nan = exact.is_nan() && locals.iter().all(|local| !local.value.is_infinite());
    let number = known.numbers && bound.is_finite() && exact.is_finite();
    Judged { exact, bound, flushed: SECOND_ORDER * flushed, known: known.nan && (nan || number) }
}

fn local(node: Node, backend: Backend, value: f64, locals: &[Local], known: &mut Known) -> Local {
    let at = |id: Id| &locals[usize::from(id)];
    if !value.is_nan() && value.abs() > f32::MAX.into() {
        known.numbers = false;
    }
    known.nan &= !is_uncertain(node, backend, &at);
    known.numbers &= !may_divide_by_zero(node, &at);
    let (own, partials) = match node {
        // Nothing but what a driver flushes.
        Node::Number(_) | Node::Operand(_) | Node::Parameter(_) | Node::Keep(..) => (0.0, Vec::new()),
        Node::Negate(a) => (0.0, vec![(a, -1.0)]),
        Node::Binary(binary, a, b) => {
            (backend.operation(binary, value), by_operands(binary, [a, b], value, at))
        }
        Node::Choose(comparison, [a, b, then, otherwise]) => {
            let (left, right) = (at(a), at(b));
            let [then, otherwise] = [then, otherwise].map(|id| (id, at(id).value));
            let holds = comparison.holds(left.value, right.value);
            let (chosen, other) = if holds { (then, otherwise) } else { (otherwise, then) };
            // Closer than errors are: it may be either.
            let (apart, errors) = ((left.value - right.value).abs(), left.all + right.all);
            let own = if errors > 0.0 && apart <= errors { (chosen.1 - other.1).abs() } else { 0.0 };
            (own, vec![(chosen.0, 1.0)])
        }
        Node::Call(call) => {
            let own = budget(&call, backend, value, |id| at(id).value);
            known.numbers &= own.is_some();
            (own.unwrap_or(f64::INFINITY), secants(&call, value, node.children(), &at))
        }
    };
    let own = own + backend.keeping(value);
    let flushed = backend.flushing(value) + flushed_factor(node, backend, value, &at);
    let all =
        own + flushed + partials.iter().map(|(child, partial)| partial.abs() * at(*child).all).sum::<f64>();
    let sum = Sum::of(node, value, locals);
    let product = Product::of(node, value, locals);
    Local { value, own, flushed, all, partials, sum, product }
}

/// What a compiler adds that makes c (a + b) of c a + c b: WGSL lets it regroup, and lavapipe's does.
fn distributed(formula: &Formula, node: Node, locals: &[Local]) -> f64 {
    let product = |id: Id| match formula.nodes.nodes[usize::from(id)] {
        Node::Binary(Binary::Multiply, a, b) => Some([a, b]),
        _ => None,
    };
    let Node::Binary(binary @ (Binary::Add | Binary::Subtract), a, b) = node else { return 0.0 };
    let (Some(one), Some(other)) = (product(a), product(b)) else { return 0.0 };
    let value = |id: Id| locals[usize::from(id)].value;
    let pairs = [0, 1].into_iter().flat_map(|i| [0, 1].map(|j| (i, j)));
    let shared = pairs.filter(|(i, j)| one[*i] == other[*j]);
    let half = |a: f64, b: f64| 0.5 * Format::F32.ulp(binary.of(a, b));
    let errors = shared.map(|(i, j)| value(one[i]).abs() * half(value(one[1 - i]), value(other[1 - j])));
    errors.fold(0.0, f64::max)
}

/// Whether something that is not finite arrives at a factor that may be 0 in f32, or not; or 0 at one that may be infinite.
fn is_uncertain<'a>(node: Node, backend: Backend, at: &impl Fn(Id) -> &'a Local) -> bool {
    let (arriving, factor, error) = match node {
        Node::Binary(Binary::Chain, dy, factor) => (dy, at(factor).value, at(factor).all),
        Node::Binary(Binary::Over, dy, divisor) => {
            let Local { value, all, .. } = at(divisor);
            let factor = value.recip();
            (dy, factor, (value.abs() + all).recip() - factor.abs())
        }
        Node::Call(call) => {
            let Some(dy) = call.part.arriving() else { return false };
            let slope = |by: f64| {
                exact_call(&call, |id| {
                    if id == dy { 1.0 } else { at(id).value + if id == call.x { by } else { 0.0 } }
                })
            };
            let (factor, error) = (slope(0.0), at(call.x).all);
            let moved = [slope(error), slope(-error)].map(|moved| (moved - factor).abs());
            let own = budget(&call, backend, factor, |id| if id == dy { 1.0 } else { at(id).value });
            (dy, factor, moved[0].max(moved[1]) + own.unwrap_or(0.0))
        }
        _ => return false,
    };
    let exact = factor == 0.0 && error == 0.0;
    let stopped =
        !at(arriving).value.is_finite() && !exact && factor.abs() <= error.max(2.0 * SMALLEST_NORMAL);
    // 0 times a derivative that f32 does not have may become anything.
    let beyond = at(arriving).value == 0.0 && factor.abs() > f32::MAX.into();
    stopped || beyond
}

/// How much an operation depends on its operands.
fn by_operands<'a>(
    binary: Binary,
    [a, b]: [Id; 2],
    value: f64,
    at: impl Fn(Id) -> &'a Local,
) -> Vec<(Id, f64)> {
    let (left, right) = (at(a).value, at(b).value);
    match binary {
        Binary::Add => vec![(a, 1.0), (b, 1.0)],
        Binary::Subtract => vec![(a, 1.0), (b, -1.0)],
        Binary::Multiply | Binary::Chain => vec![(a, right), (b, left)],
        Binary::Divide | Binary::Over => vec![(a, 1.0 / right), (b, -value / right)],
        Binary::Minimum => vec![(if left < right { a } else { b }, 1.0)],
        Binary::Maximum => vec![(if left > right { a } else { b }, 1.0)],
    }
}

/// Whether a divisor is 0 for all that its errors say, flushed ones among them.
fn may_divide_by_zero<'a>(node: Node, at: &impl Fn(Id) -> &'a Local) -> bool {
    let Node::Binary(Binary::Divide | Binary::Over, _, divisor) = node else { return false };
    at(divisor).value.abs() <= at(divisor).all
}

/// What is lost of a gradient where a backend takes the derivative for 0, however large that which arrives.
fn flushed_factor<'a>(node: Node, backend: Backend, value: f64, at: &impl Fn(Id) -> &'a Local) -> f64 {
    let arriving = match node {
        Node::Call(Call { part, .. }) => match part.arriving() {
            Some(dy) => at(dy).value.abs(),
            None => return 0.0,
        },
        Node::Binary(Binary::Chain, dy, _) if backend.shuts_factors() => at(dy).value.abs(),
        _ => return 0.0,
    };
    let lost = backend.flushes_below() * arriving;
    if value != 0.0 && value.abs() < lost { lost } else { 0.0 }
}

/// What a function's own bound allows here; None where it says nothing.
fn budget(call: &Call, backend: Backend, value: f64, of: impl Fn(Id) -> f64) -> Option<f64> {
    let parameters: Vec<f32> = call.parameters().iter().map(|id| of(*id) as f32).collect();
    // What is operand or computed may be none that the function takes: snake's alpha may be 0.
    call.row.accept(&parameters).ok()?;
    let (x, budget) = (of(call.x), (call.row.budget)(&parameters));
    let (bound, arriving): (Bound, f64) = match call.part {
        Part::Value => (budget.forward, 1.0),
        Part::Slope(dy) => (budget.backward, of(dy)),
        Part::ByParameter(index, dy) => {
            let learnable = call.row.learnable.get(usize::from(index))?;
            ((learnable.budget)(&parameters), of(dy))
        }
        Part::Second(dy) => ((call.row.second_by(None).1?.budget)(&parameters), of(dy)),
        Part::Mixed(index, dy) => ((call.row.second_by(Some(index.into())).1?.budget)(&parameters), of(dy)),
    };
    let bound = backend.of_node(bound);
    bound.speaks_of(x).then(|| bound.ulp * Format::F32.ulp(value) + bound.floor_at(x) * arriving.abs())
}

/// How much a call depends on its arguments, as far as their errors reach: so a jump within them counts whole.
fn secants<'a>(call: &Call, value: f64, children: Vec<Id>, at: &impl Fn(Id) -> &'a Local) -> Vec<(Id, f64)> {
    let secant = |child: Id| {
        let error = at(child).all;
        let moved = |by: f64| exact_call(call, |id| at(id).value + if id == child { by } else { 0.0 });
        let (below, above) = (moved(-error), moved(error));
        let size = (above - value).abs().max((below - value).abs()) / error;
        if above < below { -size } else { size }
    };
    children.into_iter().filter(|child| at(*child).all > 0.0).map(|child| (child, secant(child))).collect()
}
