//! Functions of rows, as the library dispatches them over a tensor, and what their loops make of an element's cost.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use wgpu_activations::plan::{Buffer, Dispatch, Limits, Planner, Span, UNIFORM};
use wgpu_activations::{
    Axis, CrossEntropy, Direction, Error, RowFunction, Softmax, SoftmaxKind, Storage, Target, Targets,
};

use super::machine::{Busy, Code};

/// Tensors that functions of rows are counted over, along the last dimension: how many rows, and the elements of each. Scores of
/// attention, and a language model's logits.
pub static SHAPES: [[u64; 2]; 2] = [[4096, 1024], [32, 151_936]];

/// A function of rows in one direction, over one of [`SHAPES`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Along {
    pub(super) function: RowFunction,
    pub(super) direction: Direction,
    pub(super) shape: [u64; 2],
}

/// What the loops of a function of rows cost together.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RowsCounted {
    /// Bytes of all operands, over the elements.
    pub bytes: u64,
    /// An element's cost.
    pub cost: f64,
    /// What of it lies in the loops over elements; the rest is a row's own, over its elements.
    pub in_passes: f64,
}

/// One dispatch, and how often an invocation goes through its loops.
#[derive(Debug)]
pub(super) struct Dispatched {
    pub(super) wgsl: String,
    /// What of it runs for most rows: what is counted.
    pub(super) as_a_rule: String,
    bytes: u64,
    rounds: Rounds,
    /// Elements of the tensor for each invocation.
    elements: f64,
}

#[derive(Debug, Clone, Copy)]
struct Rounds {
    /// Words of its row that an invocation takes, in each pass.
    words: f64,
    /// Of which so many are summed before what the sum lost is kept.
    part: f64,
    /// In how many steps what invocations found becomes one.
    levels: f64,
    /// Elements in a word.
    elements: f64,
    /// How often sums are taken anew, of what searches by them.
    searches: f64,
}

/// How often sparsemax is counted to sum a row. It does so until its threshold is found: most rows take 4 to 8 rounds.
pub const SEARCHES: u32 = 6;

impl Along {
    /// Those that are counted over a shape, by name and direction.
    pub(super) fn all(shape: [u64; 2]) -> Result<Vec<(&'static str, &'static str, Self)>, Error> {
        const FROM_OUTPUT: (&str, Direction) = ("backward_from_output", Direction::BackwardFromOutput);
        const USUAL: [(&str, Direction); 2] =
            [("forward", Direction::Forward), ("backward", Direction::Backward)];
        const OF_PROBABILITIES: [(&str, Direction); 2] =
            [("probabilities_forward", Direction::Forward), ("probabilities_backward", Direction::Backward)];
        const CAUSAL: [(&str, Direction); 2] =
            [("causal_forward", Direction::Forward), ("causal_backward", Direction::Backward)];
        let [rows, size] = shape;
        let axis = Axis::last(size);
        let softmax = Softmax::new(axis);
        let with_output = [&USUAL[..], &[FROM_OUTPUT]].concat();
        let functions: [(RowFunction, &[(&'static str, Direction)]); 9] = [
            (softmax.into(), &with_output),
            // From the output, noise is none of its business.
            (softmax.with_gumbel_noise(0).into(), &USUAL),
            // A shape's rows are its queries: the mask takes the same instructions for any number.
            (softmax.causal(rows, 0)?.into(), &CAUSAL),
            (Softmax::log(axis).into(), &with_output),
            (Softmax::logsumexp(axis).into(), &USUAL),
            // Its gradients are 0.
            (Softmax::hardmax(axis).into(), &USUAL[..1]),
            (Softmax::sparsemax(axis).into(), &with_output),
            (CrossEntropy::new(axis).into(), &USUAL),
            (CrossEntropy::with_probabilities(axis).into(), &OF_PROBABILITIES),
        ];
        let of = |(function, directions): (RowFunction, &[(&'static str, Direction)])| {
            let along = |(name, direction): &(&'static str, Direction)| {
                (function_name(function), *name, Self { function, direction: *direction, shape })
            };
            directions.iter().map(along).collect::<Vec<_>>()
        };
        Ok(functions.into_iter().flat_map(of).collect())
    }

    /// The dispatch over buffers of their own, in such a device's text.
    pub(super) fn dispatched(&self, storage: Storage, target: Target) -> Result<Dispatched> {
        let [rows, size] = self.shape;
        let elements = rows * size;
        let whole = |number| Buffer { number, bytes: elements * storage.bytes() };
        let of_rows = |number| Buffer { number, bytes: rows * Storage::F32.bytes() };
        let (compared, reduces) = match self.function {
            RowFunction::Softmax(softmax) => (None, softmax.kind() == SoftmaxKind::LogSumExp),
            RowFunction::CrossEntropy(loss) if loss.targets() == Targets::Labels => (Some(of_rows(1)), true),
            RowFunction::CrossEntropy(_) => (Some(whole(1)), true),
            _ => bail!("a function of rows that this does not know"),
        };
        let is_forward = self.direction == Direction::Forward;
        let x = whole(0);
        let dy = if reduces { of_rows(2) } else { whole(2) };
        let output = if reduces && is_forward { of_rows(3) } else { whole(3) };
        let mut inputs = vec![Span::all(&x)];
        inputs.extend(compared.as_ref().map(Span::all));
        inputs.extend((!is_forward).then(|| Span::all(&dy)));
        let planner = Planner::new(Limits::default(), target);
        let step = planner.rows(self.function, self.direction, storage, &inputs, Span::all(&output))?;
        let mut dispatches = step.dispatches();
        let dispatch = dispatches.next().context("nothing is dispatched")?;
        ensure!(dispatches.next().is_none(), "{rows} rows of {size} are more than one dispatch");
        let bytes: u64 = dispatch.bindings().map(|binding| binding.size).sum();
        let wgsl = dispatch.wgsl();
        // Where a row's first element may take the place of its largest, it will do, and that is not sought.
        let as_a_rule = wgsl.replace("workgroupUniformLoad(&seeks) == 0u", "true");
        let invocations = constant(&wgsl, "WORKGROUP")?;
        let lanes = invocations / field(&dispatch, "group_columns")?;
        let rounds = Rounds {
            words: field(&dispatch, "rows")?.div_ceil(lanes) as f64,
            part: constant(&wgsl, "PART")? as f64,
            levels: f64::from(u64::BITS - (lanes - 1).leading_zeros()),
            elements: constant(&wgsl, "ELEMENTS")? as f64,
            searches: if constant(&wgsl, "ROUNDS")? > 1 { SEARCHES.into() } else { 1.0 },
        };
        let groups: u64 = dispatch.workgroups().into_iter().map(u64::from).product();
        let elements_each = elements as f64 / (groups * invocations) as f64;
        Ok(Dispatched { wgsl, as_a_rule, bytes: bytes / elements, rounds, elements: elements_each })
    }
}

impl Dispatched {
    /// What the loops of its machine code cost an element.
    pub(super) fn counted(&self, code: &Code) -> Result<RowsCounted> {
        let Self { rounds, .. } = self;
        let (mut busy, mut in_passes) = (code.own, Busy::default());
        for one in &code.loops {
            // What takes sums in rounds has its passes and trees in a loop, of one round even, if the driver leaves it.
            let in_rounds = one.loads && one.shares;
            let (within, times) =
                if in_rounds { (&one.loops[..], rounds.searches) } else { (std::slice::from_ref(one), 1.0) };
            busy = if in_rounds { busy.and(one.own, times) } else { busy };
            for one in within {
                let all = rounds.all(one)?;
                busy = busy.and(all, times);
                in_passes = if one.loads { in_passes.and(all, times) } else { in_passes };
            }
        }
        ensure!(in_passes.cycles() > 0.0, "no loop reads a buffer");
        let of_element = |busy: Busy| busy.cycles() / self.elements;
        Ok(RowsCounted { bytes: self.bytes, cost: of_element(busy), in_passes: of_element(in_passes) })
    }
}

impl Rounds {
    /// A loop of the entry point in all of its rounds: a pass over words, which reads buffers; a tree in the workgroup's memory; or the
    /// elements of a word.
    fn all(&self, code: &Code) -> Result<Busy> {
        ensure!(!(code.loads && code.shares), "a loop that reads buffers and the workgroup's memory");
        let rounds = match (code.loads, code.shares) {
            (true, _) if code.loops.iter().any(|inner| inner.loads) => (self.words / self.part).ceil(),
            (true, _) => self.words,
            (_, true) => self.levels,
            _ => self.elements,
        };
        let mut busy = Busy::default().and(code.own, rounds);
        for inner in &code.loops {
            busy = if inner.loads {
                // All words, part by part.
                busy.and(self.all(inner)?, 1.0)
            } else {
                ensure!(!inner.shares && inner.loops.is_empty(), "a loop that is none of the library's");
                busy.and(inner.own, rounds * self.elements)
            };
        }
        Ok(busy)
    }
}

/// What is counted of probabilities, the direction says.
fn function_name(function: RowFunction) -> &'static str {
    match function {
        RowFunction::CrossEntropy(_) => "cross_entropy",
        _ => function.name(),
    }
}

/// A number of the uniform.
fn field(dispatch: &Dispatch<'_, '_, Buffer>, name: &str) -> Result<u64> {
    let field = UNIFORM.iter().find(|field| field.name == name);
    let field = field.with_context(|| format!("the uniform has no {name}"))?;
    let bytes = dispatch.uniform().get(field.offset..field.offset + field.bytes).unwrap_or_default();
    Ok(u32::from_le_bytes(bytes.try_into()?).into())
}

/// A constant of the shader.
fn constant(wgsl: &str, name: &str) -> Result<u64> {
    let begin = format!("const {name}: u32 = ");
    let value = wgsl.lines().find_map(|line| line.strip_prefix(&begin)?.split('u').next());
    Ok(value.with_context(|| format!("the shader has no {name}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn softmax(shape: [u64; 2], storage: Storage) -> Dispatched {
        let (.., along) = Along::all(shape).unwrap().swap_remove(0);
        along.dispatched(storage, Target::GPU).unwrap()
    }

    /// 4096 rows of 256 words, 16 invocations each; and 32 rows of 37984, 256 each.
    #[test]
    fn rounds_are_those_of_the_dispatch() {
        let short = softmax(SHAPES[0], Storage::F32);
        let Rounds { words, part, levels, elements, .. } = short.rounds;
        assert_eq!((words, part, levels, elements), (16.0, 4.0, 4.0, 4.0));
        assert_eq!((short.elements, short.bytes), (64.0, 8));
        let long = softmax(SHAPES[1], Storage::F32);
        assert_eq!((long.rounds.words, long.rounds.levels, long.elements), (149.0, 8.0, 593.5));
        assert_eq!(softmax(SHAPES[0], Storage::F16).rounds.elements, 8.0);
        assert_eq!(short.wgsl, long.wgsl.replace("WORKGROUP: u32 = 256u", "WORKGROUP: u32 = 64u"));
    }

    /// Loops run as often as they do: a word's 4 elements in 16 words are 64 elements, which are all that an invocation has.
    #[test]
    fn loops_count_with_their_rounds() {
        let assembly = "v_mov_b32 v0, v1
BB1:
v_mov_b32 v0, v1
BB2:
buffer_load_dwordx4 v0
v_mov_b32 v0, v1
s_cbranch_scc0 BB2
s_branch BB1
BB3:
ds_read_b128 v0
v_mov_b32 v0, v1
s_branch BB3
BB4:
v_mov_b32 v0, v1
s_branch BB4
";
        let counted = softmax(SHAPES[0], Storage::F32).counted(&Code::read(assembly, 32).unwrap()).unwrap();
        // 2 cycles: once, in 4 parts, in 16 words, in 4 levels, for 4 elements.
        assert_eq!(counted.in_passes, 2.0 * (4.0 + 16.0) / 64.0);
        assert_eq!(counted.cost, 2.0 * (1.0 + 4.0 + 16.0 + 4.0 + 4.0) / 64.0);
    }

    /// Passes and trees in a loop of their own count as often as that one.
    #[test]
    fn what_searches_sums_several_times() {
        let assembly = "v_mov_b32 v0, v1
BB1:
v_mov_b32 v0, v1
BB2:
buffer_load_dwordx4 v0
v_mov_b32 v0, v1
s_branch BB2
BB3:
ds_read_b128 v0
v_mov_b32 v0, v1
s_branch BB3
s_branch BB1
";
        let code = Code::read(assembly, 32).unwrap();
        let sparsemax = Softmax::sparsemax(Axis::last(SHAPES[0][1])).into();
        let along = Along { function: sparsemax, direction: Direction::Forward, shape: SHAPES[0] };
        let counted = along.dispatched(Storage::F32, Target::GPU).unwrap().counted(&code).unwrap();
        assert_eq!(counted.in_passes, f64::from(SEARCHES) * 2.0 * 16.0 / 64.0);
        // What lies before the loops is done once.
        let cost = |times: f64| 2.0 * (1.0 + times * (1.0 + 16.0 + 4.0)) / 64.0;
        assert_eq!(counted.cost, cost(SEARCHES.into()));
        assert_eq!(softmax(SHAPES[0], Storage::F32).counted(&code).unwrap().cost, cost(1.0));
    }

    #[test]
    fn another_machine_code_is_refused() {
        let dispatched = softmax(SHAPES[0], Storage::F32);
        for assembly in
            ["v_mov_b32 v0, v1", "v_mov_b32 v0\nBB1:\nbuffer_load_dword v0\nds_read_b32 v0\ns_branch BB1"]
        {
            assert!(dispatched.counted(&Code::read(assembly, 32).unwrap()).is_err(), "{assembly}");
        }
    }
}
