//! Programs: an operation, a shell and a storage put together, with the glue between them generated.

use std::fmt::Write;
use std::ops::Range;

use crate::operand::{Grain, Origin, Pitch};
use crate::operation::{Adaptor, Arguments, Direction, Order, Port, SharedOperand, Signature};
use crate::shader::layout::Layout;
use crate::shader::library::{files_of, math, needs};
use crate::shader::shell::{Matrix, Shell};
use crate::shader::spec::Spec;
use crate::shader::target::Target;
use crate::storage::{Storage, Width};
use crate::table::row::Row;

const JOB: &str = include_str!("../../shaders/shells/job.wgsl");

/// The number of an element of the word `at`, counted from the dispatch's first.
const INDEX: &str = "at * ELEMENTS + element";

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
    /// For the segment that begins at element `first`.
    pub(crate) fn new(spec: &Spec, shell: Shell, width: Width, first: u64, layout: Layout) -> Self {
        Self { spec: spec.of_segment(first, width), shell, width, layout }
    }

    /// The workgroup memory of the shell, in f32: what every invocation has summed; of rows also its largest element, how often that
    /// occurs, and what the sum has lost.
    pub(crate) fn workgroup_bytes(&self) -> u64 {
        let values = match self.shell {
            Shell::Elementwise => 0,
            Shell::Sum(_) => 1,
            Shell::Rows { .. } => 4,
        };
        values * u64::from(Shell::WORKGROUP) * self.spec.storage.per_word(self.width) * Storage::F32.bytes()
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
        let floats = Composer::new(self).floats();
        let (layout, width) = (self.layout, self.width);
        let slots: Vec<_> = layout.accesses().enumerate().collect();
        slots.into_iter().map(move |(slot, access)| {
            let (element, element_bytes) = if floats.contains(&slot) {
                ("f32", Storage::F32.bytes())
            } else {
                ("Word", Storage::word_bytes(width))
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
    /// The operands that elements share, after all others.
    shared: Range<usize>,
}

impl<'a> Composer<'a> {
    fn new(program: &'a Program) -> Self {
        let signature = program.spec.operation.signature();
        let mut next = 0;
        let mut operands = |ports: &[Port]| -> Vec<Variables> {
            ports.iter().flat_map(|port| variables(port, &program.layout, &mut next)).collect()
        };
        let (inputs, outputs) = (operands(&signature.inputs), operands(&signature.outputs));
        let count = match program.spec.origin {
            Origin::Learned(_) => signature.arguments.shared().len(),
            _ => 0,
        };
        Self { program, signature, inputs, outputs, shared: next..next + count }
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

    fn source(&self, target: Target) -> String {
        let Program { spec, shell, width, .. } = self.program;
        let mut text = String::from(spec.storage.directive(target.halves)) + JOB;
        let _ = writeln!(text, "\nconst WORKGROUP: u32 = {}u;", Shell::WORKGROUP);
        text += &target.division.constants();
        let of_shell = needs(shell.source()).filter_map(|name| math(name, spec.precision()));
        let sources: Vec<_> = self.signature.sources.iter().copied().chain(of_shell).collect();
        text += &files_of(&sources, spec.precision()).join("\n");
        text.extend(spec.storage.sources(*width, target.halves));
        text += "\n";
        text += &self.adaptors();
        text += &self.signature.definition;
        text += &self.bindings();
        text += &match shell {
            Shell::Elementwise => self.apply(),
            Shell::Sum(matrix) => matrix.place() + &self.compute() + &self.store_sum(*matrix),
            Shell::Rows { within } => self.rows(*within),
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
    fn rows(&self, within: bool) -> String {
        let Signature { inputs, function, .. } = &self.signature;
        let seeks_top = self.program.spec.operation.direction == Direction::Forward;
        let names: Vec<&str> = inputs.iter().flat_map(|port| port.variables().iter().copied()).collect();
        let mut text = format!("const WITHIN: bool = {within};\nconst SEEKS_TOP: bool = {seeks_top};\n\n");
        let members: String = names.iter().map(|name| format!("    {name}: Values,\n")).collect();
        let _ = write!(text, "struct Inputs {{\n{members}}}\n\nfn load(at: u32) -> Inputs {{\n");
        text.extend(self.inputs.iter().map(|operand| self.load(operand, "")));
        let _ = write!(text, "    return Inputs({});\n}}\n\n", names.join(", "));
        // What is ranked is x, or -x for a negative scale.
        let (size, sign) = ("job.arguments[0].x", "job.arguments[0].y");
        let elements: Vec<String> = if seeks_top {
            vec!["ranked(inputs, element)".to_owned()]
        } else {
            names.iter().map(|name| format!("element_of(inputs.{name}, element)")).collect()
        };
        let call = |function: &str, more: &[&str]| {
            call(function, elements.iter().cloned(), more.iter().map(|name| (*name).to_owned()))
        };
        let term = format!("{function}_term");
        let (ranked, term, result) = if seeks_top {
            let ranked = format!("{sign} * element_of(inputs.{}, element)", names[0]);
            let result = call(function, &["top", "ties", "sum", size]);
            (ranked, call(&term, &["top", size]), result)
        } else {
            ("0.0".to_owned(), call(&term, &[]), call(function, &["sum", size, sign]))
        };
        for (name, head, value) in [
            ("ranked", "", ranked),
            ("term", ", top: f32", term),
            ("result", ", top: f32, ties: f32, sum: f32", result),
        ] {
            let _ = write!(
                text,
                "fn {name}(inputs: Inputs, element: u32{head}) -> f32 {{\n    return {value};\n}}\n\n"
            );
        }
        text += "fn store(at: u32, result: Values) {\n";
        text + &self.store_results() + "}\n\n"
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
        text += "    for (var element = 0u; element < ELEMENTS; element++) {\n";
        text += &self.load_shared(true);
        let mut taken: Vec<String> = match (origin, arguments) {
            (_, Arguments::Formula(formula)) => {
                let shared = arguments.shared().into_iter().map(|shared| shared.variable.to_owned());
                let values = arguments_in("job.arguments", arguments.count());
                let draws = formula.draws().then_some(["job.seed", "index"]).into_iter().flatten();
                if formula.draws() {
                    text += &element_number();
                }
                shared.chain(values).chain(draws.map(str::to_owned)).collect()
            }
            (Origin::Learned(_), Arguments::Row(row)) => {
                let derived = (0..row.derived.len()).map(|index| format!("derived[{index}]"));
                parameters_of(row).chain(derived).collect()
            }
            (Origin::Drawn(()), Arguments::Row(row)) => {
                text += &draw(row);
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
        let shared = self.signature.arguments.shared();
        let mut text = String::new();
        for (view, grain) in views.iter().enumerate() {
            if !shared.iter().any(|shared| shared.view == view) {
                continue;
            }
            if grain == Grain::Neighbours && !by_element {
                let _ = writeln!(text, "    let first_{view} = {};", channel_of(view, "at * ELEMENTS"));
            }
            if matches!(grain, Grain::Element | Grain::Neighbours) == by_element {
                text += &self.channel(view, grain, &shared);
            }
        }
        text
    }

    /// Loads what is shared in this way: an element's, a word's, or the only one.
    fn channel(&self, view: usize, grain: Grain, shared: &[SharedOperand]) -> String {
        let channel = match grain {
            Grain::All => "0u".to_owned(),
            Grain::Word => channel_of(view, "at"),
            Grain::Neighbours => format!("first_{view} + element"),
            Grain::Element => channel_of(view, INDEX),
        };
        let mut text = format!("    let channel_{view} = {channel};\n");
        for (operand, shared) in self.shared.clone().zip(shared).filter(|(_, shared)| shared.view == view) {
            let place = self.place(operand, &format!("channel_{view}"));
            let _ = writeln!(text, "    let {} = {place};", shared.variable);
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
        if self.program.layout.pitch(*operand) == Pitch::Floats {
            let words = self.pair_places(*operand).join(", ");
            return format!("    let {prefix}{} = unpack_floats({words});\n", names[0]);
        }
        match names[..] {
            [first, second] => {
                let words = self.pair_places(*operand).join(", ");
                format!(
                    "    let {prefix}pairs = unpack_pairs({words});\n    let {prefix}{first} = {prefix}pairs.first;\n    let {prefix}{second} = {prefix}pairs.second;\n"
                )
            }
            _ => format!("    let {prefix}{} = unpack({});\n", names[0], self.word_place(*operand)),
        }
    }

    /// Stores an operand's variables; accumulating, with what was loaded of it before.
    fn store(&self, variables: &Variables) -> String {
        let Variables { operand, names } = variables;
        let values = |name: &str| {
            if self.program.spec.accumulate { format!("old_{name} + {name}") } else { name.to_owned() }
        };
        if self.program.layout.pitch(*operand) == Pitch::Floats {
            return self.store_floats(*operand, &values(names[0]));
        }
        match (&names[..], self.program.width) {
            ([first, second], width) => {
                let places = self.pair_places(*operand);
                let packs: &[&str] = if width == Width::Single {
                    &["pack_pairs"]
                } else {
                    &["pack_pairs_low", "pack_pairs_high"]
                };
                let pairs = format!("    let results = Pairs({}, {});\n", values(first), values(second));
                let stores =
                    places.iter().zip(packs).map(|(place, pack)| format!("    {place} = {pack}(results);\n"));
                pairs + &stores.collect::<String>()
            }
            (names, Width::Single) => {
                let place = self.word_place(*operand);
                format!("    {place} = pack_beside({place}, {});\n", values(names[0]))
            }
            (names, _) => format!("    {} = pack({});\n", self.word_place(*operand), values(names[0])),
        }
    }

    /// Stores f32 beside operands of 16 bits.
    fn store_floats(&self, operand: usize, values: &str) -> String {
        let packs: &[&str] = match self.program.width {
            Width::Single => &["pack_floats"],
            _ => &["pack_floats_low", "pack_floats_high"],
        };
        let stores = self.pair_places(operand).into_iter().zip(packs);
        stores.map(|(place, pack)| format!("    {place} = {pack}({values});\n")).collect()
    }

    fn word_place(&self, operand: usize) -> String {
        match self.program.layout.pitch(operand) {
            Pitch::Rows => self.place(operand, &format!("at + row * job.gaps{}", component(operand))),
            _ => self.place(operand, "at"),
        }
    }

    /// The words that a word's pairs lie in.
    fn pair_places(&self, operand: usize) -> Vec<String> {
        match self.program.width {
            Width::Single => vec![self.place(operand, "at")],
            _ => vec![self.place(operand, "2u * at"), self.place(operand, "2u * at + 1u")],
        }
    }

    /// Where an operand's word lies: `slot_1[at + job.offsets[0].y]`.
    fn place(&self, operand: usize, at: &str) -> String {
        let slot = self.program.layout.slot(operand);
        format!("slot_{slot}[{at} + job.offsets{}]", component(operand))
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

/// The variables of a port, which is as many operands as it is planned as.
fn variables(port: &Port, layout: &Layout, next: &mut usize) -> Vec<Variables> {
    let names = match port {
        Port::One { variable, .. } => vec![vec![*variable]],
        Port::Pair { variables, .. } => match layout.pitch(*next) {
            Pitch::Pairs(Order::ValueFirst) => vec![variables.to_vec()],
            Pitch::Pairs(Order::GateFirst) => vec![variables.iter().rev().copied().collect()],
            _ => variables.iter().map(|name| vec![*name]).collect(),
        },
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

/// The number of an element, by which what is drawn for it is known.
fn element_number() -> String {
    format!(
        "        let low = job.first.x + ({INDEX});
        let index = vec2<u32>(low, job.first.y + select(0u, 1u, low < job.first.x));
"
    )
}

/// Draws the slope of an element.
fn draw(row: &Row) -> String {
    let arguments = arguments_in("job.arguments", 3).collect::<Vec<_>>().join(", ");
    element_number() + &format!("        let slope = act_{}_draw(job.seed, index, {arguments});\n", row.name)
}

/// The channel of an element, or of a word: see `shells/job.wgsl`.
fn channel_of(view: usize, index: &str) -> String {
    let view = format!("job.views[{view}]");
    format!("({view}.x + ({view}.y + {index}) / {view}.z) % {view}.w")
}
