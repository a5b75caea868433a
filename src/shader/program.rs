//! Programs: an operation, a shell and a storage put together, with the glue between them generated.

use std::fmt::Write;
use std::ops::Range;

use crate::formula::drawn;
use crate::operand::{Grain, Origin, Pitch};
use crate::operation::{
    Adaptor, Additions, Arguments, Operation, Order, Port, RowBody, RowElement, RowIndex, SharedOperand,
    Signature, Sinks, What,
};
use crate::shader::layout::Layout;
use crate::shader::library::{files_of, math, needs};
use crate::shader::shell::{Division, Matrix, RowWord, Shell};
use crate::shader::spec::{ONLY_DRAW, Spec};
use crate::shader::target::Target;
use crate::storage::{Storage, Width};
use crate::table::row::Row;

const JOB: &str = include_str!("../../shaders/shells/job.wgsl");

/// The files of math that add a bias, and noise.
pub(super) const OF_BIAS: &str = "scaled_sum";
pub(super) const OF_NOISE: &str = "gumbel";

/// Of a function of rows, the words whose terms are added before what their sum loses is kept.
const PART: u32 = 4;

/// A word's first input with noise.
const NOISY: &str = "noisy";

/// The number of the first element of the word `at`, counted from the dispatch's first.
const FIRST: &str = "at * ELEMENTS";

/// All that a composed shader depends on; parameter values and numbers of channels are not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Program {
    pub(crate) spec: Spec<Grain>,
    pub(crate) shell: Shell,
    pub(crate) width: Width,
    pub(crate) layout: Layout,
}

/// One storage binding of a shader: an array of these elements.
pub(crate) struct Slot {
    pub(crate) writes: bool,
    element: &'static str,
    pub(crate) element_bytes: u64,
}

/// An operand, and the variables that it is loaded into or stored from.
struct Variables {
    operand: usize,
    names: Vec<&'static str>,
}

impl Program {
    /// For the segment of these elements.
    pub(crate) fn new(spec: &Spec, shell: Shell, width: Width, elements: Range<u64>, layout: Layout) -> Self {
        Self { spec: spec.of_segment(elements, width), shell, width, layout }
    }

    /// The workgroup memory of the shell, in f32: what every invocation has summed; of rows its largest element, or how often that occurs,
    /// with a bias also what that has lost, and of each sum what it has lost, too.
    pub(crate) fn workgroup_bytes(&self) -> u64 {
        let sums = || self.spec.operation.signature().rows.map_or(0, |rows| rows.terms.len() as u64);
        let low = || has_low_parts(self.spec.operation);
        let per_word = self.spec.storage.per_word(self.width);
        let floats = match self.shell {
            Shell::Elementwise { .. } => 0,
            Shell::Sum(_) => per_word,
            // Of elements that are of one row, one for all.
            Shell::Rows { word, .. } => {
                (1 + u64::from(low()) + 2 * sums()) * if word.is_within() { 1 } else { per_word }
            }
        };
        // Rows have one more, for the whole workgroup.
        let one = u64::from(matches!(self.shell, Shell::Rows { .. }));
        (floats * u64::from(self.shell.workgroup()) + one) * Storage::F32.bytes()
    }

    pub(crate) fn label(&self) -> String {
        let Self { spec: Spec { operation, storage, origin, accumulate, .. }, shell, width, .. } = self;
        let shell = if matches!(shell, Shell::Sum(_)) { " sum" } else { "" };
        let origin = match origin {
            Origin::Values => String::new(),
            Origin::Learned(grains) => {
                let grains: Vec<String> = grains.iter().map(|grain| format!("{grain:?}")).collect();
                format!(" learned {}", grains.join(" "))
            }
            Origin::Drawn(()) => " drawn".to_owned(),
        };
        let accumulate = if *accumulate { " accumulate" } else { "" };
        let name = operation.name();
        format!("wgpu-activations {name}{origin}{shell}{accumulate} {storage} {width:?}")
    }

    /// The whole shader, with the entry point `main`.
    pub(crate) fn source(&self, target: Target) -> String {
        Composer::new(self).source(target)
    }

    /// The storage bindings, in order, from binding 1 on.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        let composer = Composer::new(self);
        let (floats, atomics, of_rows) = (composer.floats(), composer.atomics(), composer.row_slots());
        let (layout, width) = (self.layout, self.width);
        let slots: Vec<_> = layout.accesses().enumerate().collect();
        slots.into_iter().map(move |(slot, access)| {
            let of_row = of_rows.iter().find(|(other, _)| *other == slot);
            let (element, element_bytes) = match of_row {
                Some((_, element)) => (element.wgsl(), RowElement::BYTES),
                None if floats.contains(&slot) => ("f32", Storage::F32.bytes()),
                None if atomics.contains(&slot) => ("atomic<u32>", Storage::word_bytes(width)),
                None => ("Word", Storage::word_bytes(width)),
            };
            Slot { writes: access.writes(), element, element_bytes }
        })
    }
}

/// Writes the text of a program.
struct Composer<'a> {
    program: &'a Program,
    signature: Signature,
    /// Operands, numbered as they were planned.
    inputs: Vec<Variables>,
    outputs: Vec<Variables>,
    /// Those with a number for each row, what is written last; after all with a number for each element.
    rows: Vec<RowVariable>,
    /// The operands that elements share, after all others.
    shared: Range<usize>,
}

/// An operand with a number for each row, and the variable that it is loaded into or stored from.
struct RowVariable {
    operand: usize,
    name: &'static str,
    element: RowElement,
    by: RowIndex,
}

impl<'a> Composer<'a> {
    fn new(program: &'a Program) -> Self {
        let signature = program.spec.operation.signature();
        let mut next = 0;
        let mut operands = |ports: &[Port]| -> Vec<Variables> {
            ports.iter().flat_map(|port| variables(port, &program.layout, &mut next)).collect()
        };
        let (inputs, outputs) = (operands(&signature.inputs), operands(&signature.outputs));
        let of_rows = signature.inputs.iter().chain(&signature.outputs).filter_map(row_variable);
        let rows: Vec<_> =
            (next..).zip(of_rows).map(|(operand, row)| RowVariable { operand, ..row }).collect();
        next += rows.len();
        let count = match program.spec.origin {
            Origin::Learned(_) => signature.arguments.shared().len(),
            _ => 0,
        };
        Self { program, signature, inputs, outputs, rows, shared: next..next + count }
    }

    /// The bindings that hold f32 whatever the storage: sums, and learned parameters.
    fn floats(&self) -> Vec<usize> {
        let sum = self.sum().map(|sum| sum.operand);
        sum.into_iter().chain(self.shared.clone()).map(|operand| self.program.layout.slot(operand)).collect()
    }

    /// The result that is summed: the last one.
    fn sum(&self) -> Option<&Variables> {
        self.outputs.last().filter(|_| matches!(self.program.shell, Shell::Sum(_)))
    }

    /// The results with an element each.
    fn elementwise(&self) -> &[Variables] {
        &self.outputs[..self.outputs.len() - usize::from(self.sum().is_some())]
    }

    /// The bindings of results that begin within words: two invocations write into one of those.
    fn atomics(&self) -> Vec<usize> {
        self.odd(&self.outputs).map(|operand| self.program.layout.slot(operand)).collect()
    }

    /// Of these, the operands that begin within words, or whose rows do.
    fn odd(&self, variables: &[Variables]) -> impl Iterator<Item = usize> {
        let operands = variables.iter().map(|it| it.operand);
        operands.filter(|operand| self.program.layout.pitch(*operand).is_odd())
    }

    /// The bindings that hold a number for each row.
    fn row_slots(&self) -> Vec<(usize, RowElement)> {
        self.rows.iter().map(|row| (self.program.layout.slot(row.operand), row.element)).collect()
    }

    fn source(&self, target: Target) -> String {
        let Program { spec, shell, width, .. } = self.program;
        let mut text = String::from(spec.storage.directive(target.halves)) + JOB + "\n";
        text += target.division.job();
        let _ = writeln!(text, "\nconst WORKGROUP: u32 = {}u;", shell.workgroup());
        let of_shell = needs(shell.source()).chain(self.needs_of_rows());
        let of_shell = of_shell.filter_map(|name| math(name, spec.precision()));
        let sources: Vec<_> = self.signature.sources.iter().copied().chain(of_shell).collect();
        text += &files_of(&sources, spec.precision()).join("\n");
        text.extend(spec.storage.sources(*width, target.halves, self.program.layout.has_floats()));
        text += "\n";
        text += &self.adaptors();
        text += &self.signature.definition;
        text += &self.bindings();
        text += &self.halves();
        text += &match shell {
            Shell::Elementwise { .. } => self.order(target.division) + &self.apply(),
            Shell::Sum(matrix) => matrix.place() + &self.compute() + &self.store_sum(*matrix),
            Shell::Rows { word, held, .. } => self.rows(*word, target.division) + &self.words_of_rows(*held),
        };
        text += shell.source();
        text
    }

    /// What the function calls by names of its own, the arguments filled in: those of the uniform, or private variables, for what
    /// varies from element to element cannot come as a parameter. (One each: of an array, naga's HLSL is not what glslang reads.)
    fn adaptors(&self) -> String {
        let count = self.signature.arguments.count();
        if self.signature.adaptors.is_empty() {
            return String::new();
        }
        let mut text = String::new();
        let arguments: Vec<String> = match self.program.spec.origin {
            Origin::Values => arguments_in("job.arguments", count).collect(),
            _ => (0..count).map(private_argument).collect(),
        };
        if self.program.spec.origin != Origin::Values {
            for argument in &arguments {
                let _ = writeln!(text, "var<private> {argument}: f32;");
            }
            text += "\n";
        }
        text + &adaptors_text(&self.signature.adaptors, &arguments)
    }

    fn bindings(&self) -> String {
        let declare = |(slot, Slot { writes, element, .. }): (usize, Slot)| {
            let access = if writes { "read_write" } else { "read" };
            let binding = slot + 1;
            format!("@group(0) @binding({binding}) var<storage, {access}> slot_{slot}: array<{element}>;\n")
        };
        self.program.slots().enumerate().map(declare).collect::<String>() + "\n"
    }

    /// What reads and writes single elements, where some begin within words. An element's half of a word is nobody else's, and a xor leaves
    /// the other one alone, whoever writes that at the same time.
    fn halves(&self) -> String {
        let mut text = String::new();
        for operand in self.odd(&self.inputs).chain(self.odd(&self.outputs)) {
            let (component, slot) = (component(operand), self.program.layout.slot(operand));
            let word = self.loaded(operand, format!("slot_{slot}[place / 2u]"));
            let place = match self.program.layout.pitch(operand) {
                Pitch::OddPairs(_) => format!("element + job.offsets{component}"),
                _ => format!(
                    "element + (job.row_first + element) / job.row_words * job.gaps{component} + job.offsets{component}"
                ),
            };
            let _ = write!(
                text,
                "fn place_{operand}(element: u32) -> u32 {{
    return {place};
}}

fn half_{operand}(place: u32) -> u32 {{
    return ({word} >> (place % 2u * 16u)) & 0xffffu;
}}

"
            );
        }
        for operand in self.odd(&self.outputs) {
            let slot = self.program.layout.slot(operand);
            let _ = write!(
                text,
                "fn store_half_{operand}(element: u32, half: u32) {{
    let place = place_{operand}(element);
    atomicXor(&slot_{slot}[place / 2u], (half_{operand}(place) ^ half) << (place % 2u * 16u));
}}

"
            );
        }
        text
    }

    /// Which words an invocation takes; where they share what neighbouring channels have, that is loaded.
    fn order(&self, division: Division) -> String {
        let mut text = division.constant();
        let Some(view) = self.column_view() else { return text + &division.order() };
        let channels = view_of(view);
        let shared = || self.shared_of(view);
        for (_, SharedOperand { variable, .. }) in shared() {
            let _ = writeln!(text, "var<private> column_{variable}: Values;");
        }
        let _ = write!(
            text,
            "
fn begin(group: u32, lane: u32) -> u32 {{
    let invocation = group * WORKGROUP + lane;
    let row = invocation / job.columns;
    let column = invocation - row * job.columns;
    let place = {channels}.x + column * ELEMENTS;
    let first_{view} = place - select(0u, {channels}.w, place >= {channels}.w);
    for (var element = 0u; element < ELEMENTS; element++) {{
"
        );
        for (operand, SharedOperand { variable, .. }) in shared() {
            let value = self.place(operand, &format!("first_{view} + element"));
            let _ = writeln!(
                text,
                "        column_{variable} = with_element(column_{variable}, element, {value});"
            );
        }
        text + "    }
    return row * (WORDS * job.columns) + column;
}

fn stride() -> u32 {
    return job.columns;
}

"
    }

    /// The way to see the tensor by whose columns invocations take words, and which loads what those share before all else.
    fn column_view(&self) -> Option<usize> {
        let Origin::Learned(views) = self.program.spec.origin else { return None };
        let columns = matches!(self.program.shell, Shell::Elementwise { columns: true });
        views.iter().position(|grain| grain == Grain::Neighbours).filter(|_| columns)
    }

    /// What elements share in this way.
    fn shared_of(&self, view: usize) -> impl Iterator<Item = (usize, SharedOperand)> {
        self.shared
            .clone()
            .zip(self.signature.arguments.shared())
            .filter(move |(_, shared)| shared.view == view)
    }

    /// What the elementwise shell does with a word.
    fn apply(&self) -> String {
        let mut text = String::from("fn apply(at: u32) {\n");
        text += &self.row_place(self.inputs.iter().chain(&self.outputs));
        text.extend(self.inputs.iter().map(|operand| self.load(operand, "")));
        text += &self.results();
        text + &self.store_results() + "}\n\n"
    }

    /// Stores the results' variables; accumulating, with what was there.
    fn store_results(&self) -> String {
        let mut text = String::new();
        for operand in self.elementwise() {
            if self.program.spec.accumulate {
                text += &self.load(operand, "old_");
            }
            text += &self.store(operand);
        }
        text
    }

    /// The terms of a word, for the sum shell; results with an element each are stored on the way.
    fn compute(&self) -> String {
        let mut text = String::from("fn compute(at: u32) -> Values {\n");
        text += &self.row_place(self.inputs.iter().chain(self.elementwise()));
        text.extend(self.inputs.iter().map(|operand| self.load(operand, "")));
        text += &self.results();
        text += &self.store_results();
        let sum = self.sum().map_or("", |sum| sum.names[0]);
        text + &format!("    return {sum};\n}}\n\n")
    }

    /// What the shell of rows calls.
    fn rows(&self, word: RowWord, division: Division) -> String {
        let Some(body) = self.signature.rows else {
            return String::new();
        };
        let RowBody { seeks_top, tries, by_number, rounds, threshold, terms, joint, result } = body;
        let reduces = self.outputs.is_empty();
        let Additions { bias, causal, sinks, .. } = self.additions();
        let low_parts = has_low_parts(self.program.spec.operation);
        let sums = terms.len();
        let mut text = String::new();
        for (name, value) in [
            ("WITHIN", word.is_within()),
            ("SEEKS_TOP", seeks_top),
            ("LEAVES_OUT", body.leaves_out()),
            ("TRIES", tries),
            ("REDUCES", reduces),
            ("SINKS", sinks != Sinks::None),
            ("LOW_PARTS", low_parts),
            ("IN_A_ROW", division.in_a_row),
        ] {
            let _ = writeln!(text, "const {name}: bool = {value};");
        }
        let _ = writeln!(text, "const TRIED: f32 = {};", tried(self.program.spec.precision()));
        let elements = self.program.spec.storage.per_word(self.program.width);
        let (at_once, sought) = (division.at_once(elements), division.sought_at_once(elements));
        let _ = writeln!(text, "const PART: u32 = {PART}u;");
        let _ = writeln!(text, "const AT_ONCE: u32 = {at_once}u;\nconst SOUGHT_AT_ONCE: u32 = {sought}u;");
        let columns = if word.is_within() { "1u" } else { "ELEMENTS" };
        let _ = writeln!(text, "const COLUMNS: u32 = {columns};\nconst SHARES: u32 = {}u;", word.shares());
        let room = |has: bool| if has { "WORKGROUP" } else { "1u" };
        let _ = writeln!(text, "const SUMS: u32 = {sums}u;\nconst SECONDS: u32 = {};", room(sums > 1));
        let _ =
            writeln!(text, "const THIRDS: u32 = {};\nconst LOWS: u32 = {};", room(sums > 2), room(low_parts));
        let _ = writeln!(text, "const ROUNDS: u32 = {rounds}u;\n");
        text += &shared(word.is_within());
        text += &self.row_inputs();
        text += &self.ranked(seeks_top, by_number, causal);
        text += &self.largest(body.has_origin());
        text += &self.sink(sinks, bias, &body);
        let names = self.row_names("largest", body.has_origin());
        let [first, second, third] = [0, 1, 2].map(|term| terms.get(term).copied().unwrap_or("0.0"));
        let head = "fn terms(inputs: Inputs, element: u32, place: Place, largest: Largest, threshold: f32) -> vec3<f32>";
        let _ = writeln!(
            text,
            "{head} {{\n{names}    let term = {first};\n    return vec3<f32>(term, {second}, {third});\n}}\n"
        );
        let head = "fn next_threshold(sums: vec3<f32>) -> f32";
        let _ = writeln!(text, "{head} {{\n    return {threshold};\n}}\n");
        let head =
            "fn joint_of(top: f32, threshold: f32, ties: f32, sums: vec3<f32>, lost: f32) -> vec3<f32>";
        let arguments = self.argument_names();
        let _ = writeln!(text, "{head} {{\n{arguments}    return {joint};\n}}\n");
        let names = self.row_names("column.largest", body.has_origin());
        let head = "fn result(inputs: Inputs, element: u32, place: Place, column: Column) -> f32";
        let own = [("term", first), ("sunk_term", "sink_term(place.number, column.largest)")];
        let own = own.into_iter().filter(|(name, _)| mentions(result, name));
        let own = own.map(|(name, value)| format!("    let {name} = {value};\n"));
        let of_column = self.column_names() + &own.collect::<String>();
        let _ = writeln!(text, "{head} {{\n{names}{of_column}    return {result};\n}}\n");
        let label = self.rows.iter().find(|row| row.element == RowElement::U32);
        let chosen = label.map_or_else(|| "0u".to_owned(), |label| self.place(label.operand, "number"));
        let _ = write!(text, "fn chosen(number: u32) -> u32 {{\n    return {chosen};\n}}\n\n");
        text += "fn store(at: u32, result: Values) {\n";
        text += &if reduces { self.store_row() } else { self.store_results() };
        text + "}\n\n"
    }

    /// How an invocation goes through the words of its column: those that it holds, one after the other, or those that it reads anew. What is
    /// tried without the largest element seeks that as an exception: then it is read for, which takes less text.
    fn words_of_rows(&self, held: u32) -> String {
        let seeks = self.signature.rows.is_some_and(|body| body.leaves_out());
        let [words, top] = match held {
            0 => [include_str!("../../shaders/shells/rows_again.wgsl").to_owned(), READ_TOP.to_owned()],
            _ if seeks => [held_words(held), held_top(held)],
            _ => [held_words(held), READ_TOP.to_owned()],
        };
        format!("{words}\n{top}\n")
    }

    /// What the largest is sought of: x, or -x for a negative scale; with a bias what was loaded.
    fn ranked(&self, seeks_top: bool, by_number: bool, causal: bool) -> String {
        let ranked = match self.inputs.first() {
            _ if self.additions().bias => "rank_of(inputs.ranks, element)".to_owned(),
            Some(input) if seeks_top => {
                let x = format!("element_of(inputs.{}, element)", input.names[0]);
                format!("vec2<f32>(job.arguments[0].y * {x}, 0.0)")
            }
            _ => NO_RANK.to_owned(),
        };
        let ranked = if by_number { format!("vec2<f32>({ranked}.x, -f32(place.index))") } else { ranked };
        let masked = format!("vec2<f32>({MINUS_INFINITY}, 0.0)");
        let ranked = if causal { format!("select({masked}, {ranked}, {SEES})") } else { ranked };
        let head = "fn ranked(inputs: Inputs, element: u32, place: Place) -> vec2<f32>";
        format!("{head} {{\n    return {ranked};\n}}\n\n")
    }

    /// The largest element of a row, and what its exponentials have in common, if it has such.
    fn largest(&self, has_origin: bool) -> String {
        let arguments = self.argument_names();
        let [member, value] = if has_origin {
            ["    origin: MathOrigin,\n", ", math_origin(rank.x, low, rate, step, rest)"]
        } else {
            [""; 2]
        };
        format!(
            "struct Largest {{
    rank: vec2<f32>,
{member}}}

fn largest_of(rank: vec2<f32>, low: f32) -> Largest {{
{arguments}    return Largest(rank{value});
}}

"
        )
    }

    /// The element that has no result, and its term.
    fn sink(&self, sinks: Sinks, bias: bool, body: &RowBody) -> String {
        let RowBody { by_number, terms, .. } = *body;
        let number = self.rows.iter().find(|row| row.by == RowIndex::Sink);
        let x = number.map_or_else(
            || "job.arguments[0].z".to_owned(),
            |sinks| self.place(sinks.operand, &channel_of(2, "number")),
        );
        let rank = match sinks {
            Sinks::None => NO_RANK.to_owned(),
            _ if bias && !by_number => format!("math_scaled_sum({x}, job.arguments[0].y, 0.0, job.zero)"),
            // After all elements.
            _ if by_number => format!("vec2<f32>(job.arguments[0].y * {x}, -3.4028234663852886e38)"),
            _ => format!("vec2<f32>(job.arguments[0].y * {x}, 0.0)"),
        };
        let term = if sinks == Sinks::None { "0.0" } else { terms[0] };
        let (names, arguments) = (rank_names("largest", body.has_origin()), self.argument_names());
        format!(
            "fn sink(number: u32) -> vec2<f32> {{
    return {rank};
}}

fn sink_term(number: u32, largest: Largest) -> f32 {{
    let ranks = sink(number);
{names}{arguments}    return {term};
}}

"
        )
    }

    /// What is loaded of a word, with its type.
    fn input_members(&self) -> Vec<(&'static str, &'static str)> {
        let values = self.inputs.iter().flat_map(|input| &input.names).map(|name| (*name, "Values"));
        values.chain(self.additions().bias.then_some(("ranks", "Ranks"))).collect()
    }

    /// What loads a word.
    fn row_inputs(&self) -> String {
        let inputs = self.input_members();
        let members: String = inputs.iter().map(|(name, kind)| format!("    {name}: {kind},\n")).collect();
        let mut loads: String = self.inputs.iter().map(|operand| self.load(operand, "")).collect();
        let x = inputs.first().map_or("", |it| it.0);
        let noise = self.additions().noise;
        loads += &if noise { add_noise(x, &self.program.spec.draw_numbers()) } else { String::new() };
        let x = if noise { NOISY } else { x };
        if let Some(bias) = self.rows.iter().find(|row| row.by == RowIndex::Bias) {
            let [outer, run] = [0, 1].map(|view| channel_of(view, "place.number"));
            let at = format!("{outer} * job.bias.x + {run} * job.bias.y + place.index * job.bias.z");
            let value = self.place(bias.operand, &at);
            let _ = write!(
                loads,
                "    var ranks = Ranks();
    for (var element = 0u; element < ELEMENTS; element++) {{
        let place = place_of(row, column, element);
        let rank = math_scaled_sum(element_of({x}, element), job.arguments[0].y, {value}, job.zero);
        ranks = with_rank(ranks, element, rank);
    }}
"
            );
        }
        let head = "fn load(at: u32, row: u32, column: u32) -> Inputs";
        let others = inputs.iter().skip(1).map(|it| it.0);
        let names = std::iter::once(x).chain(others).collect::<Vec<_>>().join(", ");
        format!("struct Inputs {{\n{members}}}\n\n{head} {{\n{loads}    return Inputs({names});\n}}\n\n")
    }

    /// The files of math that these call.
    fn needs_of_rows(&self) -> impl Iterator<Item = &'static str> {
        let Additions { bias, noise, .. } = self.additions();
        bias.then_some(OF_BIAS).into_iter().chain(noise.then_some(OF_NOISE))
    }

    /// What a function of rows has beside its elements.
    fn additions(&self) -> Additions {
        match self.program.spec.operation.what {
            What::Rows(_, additions) => additions,
            _ => Additions::NONE,
        }
    }

    /// What terms and results may be of, beside the largest element.
    fn row_names(&self, largest: &str, has_origin: bool) -> String {
        let inputs = self.inputs.iter().flat_map(|input| &input.names);
        let inputs = inputs.map(|name| format!("    let {name} = element_of(inputs.{name}, element);\n"));
        let ranked =
            "    let ranks = ranked(inputs, element, place);\n".to_owned() + &rank_names(largest, has_origin);
        inputs.chain([ranked]).collect::<String>() + &self.argument_names()
    }

    /// What is the same for all elements.
    fn argument_names(&self) -> String {
        let names = match self.program.spec.operation.what {
            What::Rows(kind, _) => kind.arguments(),
            _ => &[],
        };
        let arguments = names.iter().zip(arguments_in("job.arguments", names.len()));
        arguments.map(|(name, argument)| format!("    let {name} = {argument};\n")).collect()
    }

    /// What results may be of besides.
    fn column_names(&self) -> String {
        let inputs = self.rows.iter().filter(|row| row.name != RESULT && row.by == RowIndex::Row);
        let inputs = inputs
            .map(|row| format!("    let {} = {};\n", row.name, self.place(row.operand, "place.number")));
        let names = [("joint", "column.joint"), ("index", "place.index"), ("length", "length()")];
        let names = names.map(|(name, value)| format!("    let {name} = {value};\n"));
        inputs.chain(names).collect()
    }

    /// Stores the only result of a row; accumulating, with what was there.
    fn store_row(&self) -> String {
        let output = self.rows.iter().find(|row| row.name == RESULT);
        let place = output.map(|output| self.place(output.operand, "at")).unwrap_or_default();
        let old = if self.program.spec.accumulate { format!("{place} + ") } else { String::new() };
        format!("    {place} = {old}element_of({RESULT}, 0u);\n")
    }

    /// Where a word lies in an operand of rows with room between them, if there is one.
    fn row_place<'b>(&self, mut operands: impl Iterator<Item = &'b Variables>) -> String {
        if operands.any(|it| self.program.layout.pitch(it.operand) == Pitch::Rows) {
            "    let row = at / job.row_words;\n".to_owned()
        } else {
            String::new()
        }
    }

    /// The function through which the sum shell gives its results back. Beside results with an element each, sums go to scratch.
    fn store_sum(&self, matrix: Matrix) -> String {
        let (count, sum) =
            if matrix.total { ("1u", "total(sum)") } else { ("ELEMENTS", "element_of(sum, element)") };
        let accumulates = self.program.spec.accumulate && self.elementwise().is_empty();
        let store = self.sum().map(|to| {
            let place = self.place(to.operand, "at");
            let old = if accumulates { format!("{place} + ") } else { String::new() };
            format!("        {place} = {old}{sum};\n")
        });
        let store = store.unwrap_or_default();
        format!(
            "fn store_sum(block: u32, column: u32, sum: Values) {{
    for (var element = 0u; element < {count}; element++) {{
        let at = block * job.stride + (job.first_column + column * {count} + element) % job.stride;
{store}    }}
}}

"
        )
    }

    /// From the inputs' variables to the outputs': the function, called for each element. In a loop, not written out for each:
    /// SwiftShader takes minutes to compile eight copies of a function that splits its parameters.
    fn results(&self) -> String {
        let Signature { inputs, outputs, function, components, arguments, adaptors, .. } = &self.signature;
        let outputs: Vec<&str> = outputs.iter().flat_map(|port| port.variables().iter().copied()).collect();
        let mut text = String::new();
        for output in &outputs {
            let _ = writeln!(text, "    var {output} = Values();");
        }
        let origin = self.program.spec.origin;
        text += &self.load_shared(false);
        let drawn_numbers = self.program.spec.draw_numbers();
        text += &draws(&drawn_numbers);
        text += "    for (var element = 0u; element < ELEMENTS; element++) {\n";
        text.extend(self.load_shared(true).lines().map(|line| format!("    {line}\n")));
        text += &drawn_for_each(&drawn_numbers);
        let mut taken: Vec<String> = match (origin, arguments) {
            (_, Arguments::Formula(_)) => {
                let shared = arguments.shared().into_iter().map(|shared| shared.variable.to_owned());
                let values = arguments_in("job.arguments", arguments.count());
                shared.chain(values).chain(drawn_numbers.iter().copied().map(drawn)).collect()
            }
            (Origin::Learned(_), Arguments::Row(row)) => {
                let derived = (0..row.derived.len()).map(|index| format!("derived[{index}]"));
                parameters_of(row).chain(derived).collect()
            }
            (Origin::Drawn(()), Arguments::Row(row)) => {
                text += &drawn_slope(row);
                // Between two equal bounds, the mean is that, and one word is enough.
                ["slope", "slope", "slope", "0.0"].map(str::to_owned).to_vec()
            }
            _ => arguments_in("job.arguments", arguments.count()).collect(),
        };
        if !adaptors.is_empty() {
            if origin != Origin::Values {
                for (index, argument) in taken.iter().enumerate() {
                    let _ = writeln!(text, "        {} = {argument};", private_argument(index));
                }
            }
            taken.clear();
        }
        let inputs = inputs.iter().flat_map(|port| port.variables());
        let inputs = inputs.map(|name| format!("element_of({name}, element)"));
        let _ = writeln!(text, "        let computed = {};", call(function, inputs, taken.into_iter()));
        for (output, component) in outputs.into_iter().zip(*components) {
            let _ =
                writeln!(text, "        {output} = with_element({output}, element, computed{component});");
        }
        text + "    }\n"
    }

    /// Loads what elements share, of each way to see the tensor: element by element, or once for a word.
    fn load_shared(&self, by_element: bool) -> String {
        let Origin::Learned(views) = self.program.spec.origin else { return String::new() };
        let mut text = String::new();
        for (view, grain) in views.iter().enumerate() {
            let of_view: Vec<_> = self.shared_of(view).collect();
            if of_view.is_empty() {
                continue;
            }
            let varies = matches!(grain, Grain::Element | Grain::Neighbours);
            if varies && !by_element && self.column_view() != Some(view) {
                text += &self.first_channel(view, grain, &of_view);
            }
            if varies == by_element {
                text += &self.channel(view, grain, &of_view);
            }
        }
        text
    }

    /// The channel of a word's first element, from which its other elements' follow without a division. Of neighbours, where each operand has
    /// its value: compilers load the next ones together with it.
    ///
    /// Rejected: products with a reciprocal that the host gives, whose upper half WGSL takes four multiplications for. A bias before relu
    /// cost 16 on RDNA 2 and 18 on RDNA 3, where dividing costs 18.5 and 19; a quotient and a remainder for each element cost 74 and 86, where
    /// counting on from the first one costs 47.
    fn first_channel(&self, view: usize, grain: Grain, of_view: &[(usize, SharedOperand)]) -> String {
        let channels = view_of(view);
        if grain == Grain::Element {
            return format!(
                "    let from_{view} = {channels}.y + {FIRST};
    var left_{view} = {channels}.z - from_{view} % {channels}.z + 1u;
    var channel_{view} = ({channels}.x + from_{view} / {channels}.z) % {channels}.w;
"
            );
        }
        let mut text = format!("    let first_{view} = ({channels}.x + {FIRST}) % {channels}.w;\n");
        for (operand, shared) in of_view {
            let place = self.index(*operand, &format!("first_{view}"));
            let _ = writeln!(text, "    let first_{} = {place};", shared.variable);
        }
        text
    }

    /// Loads what is shared in this way: an element's, a word's, or the only one.
    fn channel(&self, view: usize, grain: Grain, of_view: &[(usize, SharedOperand)]) -> String {
        let channels = view_of(view);
        let mut text = match grain {
            Grain::All => format!("    let channel_{view} = 0u;\n"),
            Grain::Word => format!("    let channel_{view} = {};\n", channel_of(view, "at")),
            Grain::Row { columns } => {
                let columns = view_of(columns);
                format!("    let channel_{view} = {channels}.x + ({columns}.x + {FIRST}) / {columns}.w;\n")
            }
            Grain::Neighbours => String::new(),
            Grain::Element => format!(
                "        left_{view} -= 1u;
        if left_{view} == 0u {{
            left_{view} = {channels}.z;
            channel_{view} = select(channel_{view} + 1u, 0u, channel_{view} + 1u == {channels}.w);
        }}
"
            ),
        };
        for (operand, shared) in of_view {
            let variable = shared.variable;
            let value = match grain {
                Grain::Neighbours if self.column_view() == Some(view) => {
                    format!("element_of(column_{variable}, element)")
                }
                Grain::Neighbours => {
                    format!("slot_{}[first_{variable} + element]", self.program.layout.slot(*operand))
                }
                _ => self.place(*operand, &format!("channel_{view}")),
            };
            let _ = writeln!(text, "    let {variable} = {value};");
        }
        if let Arguments::Row(row) = self.signature.arguments {
            if !row.derived.is_empty() {
                let parameters: Vec<String> = parameters_of(&row).collect();
                let _ =
                    writeln!(text, "    let derived = act_{}_derive({});", row.name, parameters.join(", "));
            }
        }
        text
    }

    /// Loads an operand into its variables, whose names get a prefix.
    fn load(&self, variables: &Variables, prefix: &str) -> String {
        let Variables { operand, names } = variables;
        let pair = || {
            let words = self.pair_words().iter();
            words.map(|at| self.word(*operand, at)).collect::<Vec<_>>().join(", ")
        };
        if self.program.layout.pitch(*operand) == Pitch::Floats {
            return format!("    let {prefix}{} = unpack_floats({});\n", names[0], pair());
        }
        match names[..] {
            [first, second] => {
                let words = pair();
                format!(
                    "    let {prefix}pairs = unpack_pairs({words});\n    let {prefix}{first} = {prefix}pairs.first;\n    let {prefix}{second} = {prefix}pairs.second;\n"
                )
            }
            _ => format!("    let {prefix}{} = unpack({});\n", names[0], self.word(*operand, "at")),
        }
    }

    /// An operand's word, put together of its elements where those lie in two words.
    fn word(&self, operand: usize, at: &str) -> String {
        let half = |element: &str| format!("half_{operand}(place_{operand}({element}))");
        match (self.program.layout.pitch(operand), self.program.width) {
            (Pitch::OddRows, Width::Single) => half(at),
            (Pitch::OddRows | Pitch::OddPairs(_), _) => {
                let [first, second] = elements_of(at);
                format!("{} | ({} << 16u)", half(&first), half(&second))
            }
            _ => self.loaded(operand, self.word_place(operand, at)),
        }
    }

    /// What lies at a place of an operand's binding.
    fn loaded(&self, operand: usize, place: String) -> String {
        let atomic = self.atomics().contains(&self.program.layout.slot(operand));
        if atomic { format!("atomicLoad(&{place})") } else { place }
    }

    /// Stores an operand's variables; accumulating, with what was loaded of it before.
    fn store(&self, variables: &Variables) -> String {
        let Variables { operand, names } = variables;
        let values = |name: &str| {
            if self.program.spec.accumulate { format!("old_{name} + {name}") } else { name.to_owned() }
        };
        let pitch = self.program.layout.pitch(*operand);
        if let [first, second] = names[..] {
            let pairs = format!("    let results = Pairs({}, {});\n", values(first), values(second));
            return pairs + &self.store_two_words(*operand, "pack_pairs", "results");
        }
        let values = values(names[0]);
        match (pitch, self.program.width) {
            (Pitch::Floats, _) => self.store_two_words(*operand, "pack_floats", &values),
            (Pitch::OddRows, Width::Single) => {
                format!("    store_half_{operand}(at, pack_beside(0u, {values}));\n")
            }
            (_, Width::Single) => {
                let old = self.word(*operand, "at");
                self.store_word(*operand, "at", &format!("pack_beside({old}, {values})"))
            }
            _ => self.store_word(*operand, "at", &format!("pack({values})")),
        }
    }

    /// Stores what takes twice as much room as other operands: in two words for each of theirs.
    fn store_two_words(&self, operand: usize, pack: &str, values: &str) -> String {
        let packs: &[&str] = if self.program.width == Width::Single { &[""] } else { &["_low", "_high"] };
        let words = self.pair_words().iter().zip(packs);
        words.map(|(at, part)| self.store_word(operand, at, &format!("{pack}{part}({values})"))).collect()
    }

    /// Stores a word, or its elements where those lie in two words.
    fn store_word(&self, operand: usize, at: &str, word: &str) -> String {
        let layout = self.program.layout;
        if layout.pitch(operand).is_odd() {
            let [first, second] = elements_of(at);
            return format!(
                "    {{
        let word = {word};
        store_half_{operand}({first}, word & 0xffffu);
        store_half_{operand}({second}, word >> 16u);
    }}
"
            );
        }
        let place = self.word_place(operand, at);
        if self.atomics().contains(&layout.slot(operand)) {
            format!("    atomicStore(&{place}, {word});\n")
        } else {
            format!("    {place} = {word};\n")
        }
    }

    fn word_place(&self, operand: usize, at: &str) -> String {
        match self.program.layout.pitch(operand) {
            Pitch::Rows => self.place(operand, &format!("{at} + row * job.gaps{}", component(operand))),
            _ => self.place(operand, at),
        }
    }

    /// The words that a word's pairs lie in.
    fn pair_words(&self) -> &'static [&'static str] {
        match self.program.width {
            Width::Single => &["at"],
            _ => &["2u * at", "2u * at + 1u"],
        }
    }

    /// Where an operand's word lies: `slot_1[at + job.offsets[0].y]`.
    fn place(&self, operand: usize, at: &str) -> String {
        format!("slot_{}[{}]", self.program.layout.slot(operand), self.index(operand, at))
    }

    /// The number that it has there.
    fn index(&self, operand: usize, at: &str) -> String {
        format!("{at} + job.offsets{}", component(operand))
    }
}

impl Matrix {
    /// Where the word of a row and a column is.
    fn place(self) -> String {
        let place = if self.runs {
            "(row / job.run) * (job.columns * job.run) + column * job.run + row % job.run"
        } else {
            "row * job.columns + column"
        };
        format!("fn place(row: u32, column: u32) -> u32 {{\n    return {place};\n}}\n\n")
    }
}

/// Whether this WGSL names that variable, and no part of it.
fn mentions(wgsl: &str, variable: &str) -> bool {
    wgsl.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').any(|word| word == variable)
}

/// Whether what rows order by is a pair: a sum with a bias and what that has lost, or an element and its number.
fn has_low_parts(operation: Operation) -> bool {
    let is_biased = matches!(operation.what, What::Rows(_, Additions { bias: true, .. }));
    is_biased || operation.signature().rows.is_some_and(|rows| rows.by_number)
}

/// The parts of a rank, and the largest's.
fn rank_names(largest: &str, has_origin: bool) -> String {
    let origin = if has_origin { format!("    let origin = {largest}.origin;\n") } else { String::new() };
    format!(
        "    let rank = ranks.x;
    let top = {largest}.rank.x;
    let low = select(0.0, ranks.y - {largest}.rank.y, LOW_PARTS);
    let is_largest = is_tie(ranks, {largest}.rank);
{origin}"
    )
}

/// Of an element of a row that is masked.
const MINUS_INFINITY: &str = "bitcast<f32>(job.zero | 0xff800000u)";

/// Where nothing is sought.
// Not `vec2<f32>()`: beside a zero of `Values`, which in some storages is that type, naga's HLSL defines the same function twice.
const NO_RANK: &str = "vec2<f32>(0.0, 0.0)";

/// Whether an element takes part in a row of a causal mask.
const SEES: &str = "place.index <= (place.number + job.causal.y) % job.causal.x + job.causal.z";

/// The variable of what is written.
const RESULT: &str = "result";

fn row_variable(port: &Port) -> Option<RowVariable> {
    let Port::Row { variable, element, by, .. } = *port else { return None };
    Some(RowVariable { operand: 0, name: variable, element, by })
}

/// The two elements of a word.
fn elements_of(at: &str) -> [String; 2] {
    [format!("2u * ({at})"), format!("2u * ({at}) + 1u")]
}

/// The variables of a port, which is as many operands as it is planned as.
fn variables(port: &Port, layout: &Layout, next: &mut usize) -> Vec<Variables> {
    let names = match port {
        Port::One { variable, .. } => vec![vec![*variable]],
        Port::Pair { variables, .. } => match layout.pitch(*next) {
            Pitch::Pairs(Order::ValueFirst) | Pitch::OddPairs(Order::ValueFirst) => vec![variables.to_vec()],
            Pitch::Pairs(Order::GateFirst) | Pitch::OddPairs(Order::GateFirst) => {
                vec![variables.iter().rev().copied().collect()]
            }
            _ => variables.iter().map(|name| vec![*name]).collect(),
        },
        Port::Row { .. } => Vec::new(),
    };
    let numbered = |names| {
        *next += 1;
        Variables { operand: *next - 1, names }
    };
    names.into_iter().map(numbered).collect()
}

/// Functions that fill these arguments in.
pub(crate) fn adaptors_text(adaptors: &[Adaptor], arguments: &[String]) -> String {
    let mut text = String::new();
    for Adaptor { name, inputs, function } in adaptors {
        let head: Vec<String> = inputs.iter().map(|input| format!("{input}: f32")).collect();
        let inputs = inputs.iter().map(|input| (*input).to_owned());
        let call = call(function, inputs, arguments.iter().cloned());
        let head = head.join(", ");
        let _ = write!(text, "fn {name}({head}) -> f32 {{\n    return {call};\n}}\n\n");
    }
    text
}

/// A function's call: `act_leaky_relu_backward(x.y, dy.y, job.arguments[0].x)`.
pub(crate) fn call(
    function: &str,
    inputs: impl Iterator<Item = String>,
    arguments: impl Iterator<Item = String>,
) -> String {
    format!("{function}({})", inputs.chain(arguments).collect::<Vec<_>>().join(", "))
}

/// What the host passes in an array of vec4.
pub(crate) fn arguments_in(array: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |index| format!("{array}{}", component(index)))
}

/// The place of a number in an array of vec4.
fn component(index: usize) -> String {
    format!("[{}].{}", index / 4, ["x", "y", "z", "w"][index % 4])
}

/// The parameters, learned or not, of the channel that was loaded.
fn parameters_of(row: &Row) -> impl Iterator<Item = String> {
    row.parameters.iter().enumerate().map(move |(index, parameter)| {
        let learned = row.learnable.iter().any(|learnable| learnable.parameter == parameter.name);
        if learned { parameter.name.to_owned() } else { format!("job.arguments{}", component(index)) }
    })
}

/// Where an element's argument waits for an adaptor.
fn private_argument(index: usize) -> String {
    format!("argument_{index}")
}

/// Draws for the elements of a word, before the loop over them.
fn draws(numbers: &[u32]) -> String {
    let mut text = String::new();
    if !numbers.is_empty() {
        let _ = writeln!(text, "    let number = math_number(job.first, {FIRST});");
    }
    for draw in numbers {
        let _ = writeln!(text, "    let draws_{draw} = math_draws(job.seed, number, {draw}u, ELEMENTS);");
    }
    text
}

/// What was drawn for one of them, in the loop.
fn drawn_for_each(numbers: &[u32]) -> String {
    let drawn = |draw: &u32| {
        let name = drawn(*draw);
        format!("        let {name} = math_drawn(draws_{draw}, number, element, ELEMENTS);\n")
    };
    numbers.iter().map(drawn).collect()
}

/// What the invocations of a workgroup tell each other of a word: one value for all of its elements, or one for each.
fn shared(within: bool) -> String {
    let (alias, shared, values) =
        if within { ("f32", "element_of(values, 0u)", "spread(one)") } else { ("Values", "values", "one") };
    format!(
        "alias Shared = {alias};

fn shared_of(values: Values) -> Shared {{
    return {shared};
}}

fn values_of(one: Shared) -> Values {{
    return {values};
}}

"
    )
}

const READ_TOP: &str = include_str!("../../shaders/shells/rows_top.wgsl");

/// The largest element of the words that an invocation holds.
fn held_top(held: u32) -> String {
    let higher = |k| format!("    top = higher_of(top, held.word_{k}, part, {k}u);\n");
    let words: String = (0..held).map(higher).collect();
    format!(
        "fn top_of(held: Held, part: Part) -> Ranks {{\n    var top = lowest();\n{words}    return top;\n}}\n"
    )
}

/// What else an invocation does with each of them.
fn held_words(held: u32) -> String {
    let each = |line: &dyn Fn(u32) -> String| (0..held).map(line).collect::<String>();
    let members = each(&|k| format!("    word_{k}: Inputs,\n"));
    let words = each(&|k| format!("        held_word(part, {k}u),\n"));
    let added = each(&|k| {
        let word = format!("    add_word(&some, held.word_{k}, part, {k}u, largest, threshold);\n");
        let ends_part = (k + 1).is_multiple_of(PART) || k + 1 == held;
        word + if ends_part { "    sums = add(sums, some);\n    some = Sums();\n" } else { "" }
    });
    let stored = each(&|k| format!("    store_word(held.word_{k}, part, {k}u, columns);\n"));
    format!(
        "{}struct Held {{
{members}}}

fn hold(part: Part) -> Held {{
    return Held(
{words}    );
}}

fn add_all(before: Sums, held: Held, part: Part, largest: array<Largest, COLUMNS>, threshold: Values) -> Sums {{
    var sums = before;
    var some = Sums();
{added}    return sums;
}}

fn store_all(held: Held, part: Part, columns: array<Column, COLUMNS>) {{
{stored}}}
",
        include_str!("../../shaders/shells/rows_held.wgsl")
    )
}

/// Up to what sums the first element of a row may take its largest one's place: one less by 69, or in 16 bits by 16, beyond which WGSL lets
/// the builtin exponential be off by more than results can be.
fn tried(precision: Storage) -> &'static str {
    if precision == Storage::F32 { "1e30" } else { "1e7" }
}

/// Adds Gumbel noise to all elements of a word, in f32; of their sums, whatever else there is takes what they are rounded to.
fn add_noise(x: &str, numbers: &[u32]) -> String {
    let (draws, drawn_for_each, drawn) = (draws(numbers), drawn_for_each(numbers), drawn(ONLY_DRAW));
    format!(
        "{draws}    var {NOISY} = {x};
    for (var element = 0u; element < ELEMENTS; element++) {{
{drawn_for_each}        let sum = element_of({x}, element) + math_gumbel({drawn}, job.zero);
        {NOISY} = with_element({NOISY}, element, math_fence(sum, job.zero));
    }}
"
    )
}

/// The slope of an element.
fn drawn_slope(row: &Row) -> String {
    let arguments = arguments_in("job.arguments", 3).collect::<Vec<_>>().join(", ");
    format!("        let slope = act_{}_draw({}, {arguments});\n", row.name, drawn(ONLY_DRAW))
}

/// The channel of an element, or of a word: see `shells/job.wgsl`.
fn channel_of(view: usize, index: &str) -> String {
    let view = view_of(view);
    format!("({view}.x + ({view}.y + {index}) / {view}.z) % {view}.w")
}

fn view_of(view: usize) -> String {
    format!("job.views[{view}]")
}
