//! Programs: a function, a shell and a storage put together, with the glue between them generated.

use std::fmt::Write;

use super::{Direction, Division, Matrix, Shell, add_with_needs, component};
use crate::activation::Kind;
use crate::gate::{GateKind, Order};
use crate::plan::{Layout, Pitch, Width};
use crate::storage::Storage;

/// What is computed for each element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Activation(Kind, Direction),
    /// y of value and gate.
    GateForward(GateKind),
    /// d_value and d_gate of value, gate and dy.
    GateBackward(GateKind),
}

/// Operands as a function sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    One(&'static str),
    /// Two operands, or one that holds both.
    Pair([&'static str; 2]),
}

const PAIR: Role = Role::Pair(["value", "gate"]);

/// The number of an element of the word `at`, counted from the dispatch's first.
const INDEX: &str = "at * ELEMENTS + element";

impl Function {
    fn inputs(self) -> Vec<Role> {
        match self {
            Self::Activation(_, direction) => direction.inputs().iter().map(|name| Role::One(name)).collect(),
            Self::GateForward(_) => vec![PAIR],
            Self::GateBackward(_) => vec![PAIR, Role::One("dy")],
        }
    }

    fn outputs(self) -> Vec<Role> {
        match self {
            Self::Activation(..) => vec![Role::One("result")],
            Self::GateForward(_) => vec![Role::One("y")],
            Self::GateBackward(_) => vec![Role::Pair(["d_value", "d_gate"])],
        }
    }

    /// Operands in ranges of their own: whether each is written.
    pub(crate) fn written(self) -> Vec<bool> {
        let count = |roles: Vec<Role>| -> usize {
            roles.into_iter().map(|role| if matches!(role, Role::Pair(_)) { 2 } else { 1 }).sum()
        };
        let (inputs, outputs) = (count(self.inputs()), count(self.outputs()));
        (0..inputs + outputs).map(|operand| operand >= inputs).collect()
    }

    /// As labels have it.
    fn name(self) -> String {
        match self {
            Self::Activation(kind, direction) => format!("{kind} {}", direction.name(kind)),
            Self::GateForward(gate) => format!("{gate} forward"),
            Self::GateBackward(gate) => format!("{gate} backward"),
        }
    }

    /// The library that it needs: files of `shaders/`, each once.
    fn sources(self) -> Vec<&'static str> {
        let mut files = Vec::new();
        let (kind, gate) = match self {
            Self::Activation(kind, _) => (kind, None),
            Self::GateForward(gate) | Self::GateBackward(gate) => (gate.activation(), Some(gate)),
        };
        add_with_needs(kind.row().wgsl, &mut files);
        if let Some(gate) = gate {
            add_with_needs(gate.row().wgsl, &mut files);
        }
        files
    }

    /// The WGSL function: its name, and how many arguments it takes after the inputs.
    fn target(self) -> (String, usize) {
        match self {
            Self::Activation(kind, direction) => (direction.function(kind), kind.arguments()),
            Self::GateForward(gate) => (format!("gate_{}", gate.row().name), gate.row().parameters.len()),
            Self::GateBackward(gate) => {
                (format!("gate_{}_backward", gate.row().name), gate.row().parameters.len())
            }
        }
    }

    /// What a gate of any activation calls: that one, its parameters filled in.
    fn adaptors(self) -> String {
        let (Self::GateForward(GateKind::Product(kind)) | Self::GateBackward(GateKind::Product(kind))) = self
        else {
            return String::new();
        };
        let adaptor = |name: &str, head: &str, inputs: &[&str], direction: Direction| {
            let inputs = inputs.iter().map(|input| (*input).to_owned());
            let call = call_activation(kind, direction, inputs, "job.arguments");
            format!("fn {name}({head}) -> f32 {{\n    return {call};\n}}\n\n")
        };
        adaptor("activation", "x: f32", &["x"], Direction::Forward)
            + &adaptor("activation_backward", "x: f32, dy: f32", &["x", "dy"], Direction::Backward)
    }
}

/// An activation's call, with all that the host passes it in an array of vec4.
pub(crate) fn call_activation(
    kind: Kind,
    direction: Direction,
    inputs: impl Iterator<Item = String>,
    arguments: &str,
) -> String {
    call(&direction.function(kind), inputs, arguments_in(arguments, kind.arguments()))
}

/// A function's call: `act_leaky_relu_backward(x.y, dy.y, job.arguments[0].x)`.
fn call(
    function: &str,
    inputs: impl Iterator<Item = String>,
    arguments: impl Iterator<Item = String>,
) -> String {
    format!("{function}({})", inputs.chain(arguments).collect::<Vec<_>>().join(", "))
}

fn uniform_arguments(count: usize) -> impl Iterator<Item = String> {
    arguments_in("job.arguments", count)
}

fn arguments_in(array: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |index| format!("{array}{}", component(index)))
}

/// Where an activation's parameters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Arguments {
    /// From the uniform: one value each for all elements.
    Uniform,
    /// The learnable ones from buffers, by the channel of each element.
    Learned(Grain),
    /// rrelu's slope in training, drawn for each element.
    Drawn,
}

/// What is of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Grain {
    All,
    Word,
    Element,
}

/// All that a composed shader depends on; parameter values are not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Program {
    pub(crate) function: Function,
    pub(crate) arguments: Arguments,
    pub(crate) shell: Shell,
    pub(crate) storage: Storage,
    pub(crate) width: Width,
    pub(crate) layout: Layout,
    /// Whether results are added to what the output holds.
    pub(crate) accumulate: bool,
}

/// One storage binding of a shader: an array of these elements.
pub(crate) struct Slot {
    pub(crate) writes: bool,
    element: &'static str,
    pub(crate) element_bytes: u64,
}

/// An operand, and the variables that it is loaded into or stored from.
struct Operand {
    index: usize,
    variables: Vec<&'static str>,
}

impl Program {
    pub(crate) fn label(&self) -> String {
        let Self { function, storage, width, .. } = self;
        let shell = if matches!(self.shell, Shell::Sum(_)) { " sum" } else { "" };
        let arguments = match self.arguments {
            Arguments::Uniform => String::new(),
            Arguments::Learned(grain) => format!(" learned {grain:?}"),
            Arguments::Drawn => " drawn".to_owned(),
        };
        let accumulate = if self.accumulate { " accumulate" } else { "" };
        format!("wgpu-activations {}{arguments}{shell}{accumulate} {storage} {width:?}", function.name())
    }

    /// The whole shader, with the entry point `main`.
    pub(crate) fn source(&self, division: Division) -> String {
        let mut text = String::from(super::JOB);
        let _ = writeln!(text, "\nconst WORKGROUP: u32 = {}u;", Shell::WORKGROUP);
        text += &division.constants();
        text += &self.function.sources().join("\n");
        text.extend(self.storage.sources(self.width));
        text += "\n";
        text += &self.function.adaptors();
        text += &self.bindings();
        text += &match self.shell {
            Shell::Elementwise => self.apply(),
            Shell::Sum(matrix) => matrix.place() + &self.compute() + &self.store_sum(matrix),
        };
        text += self.shell.source();
        text
    }

    /// The storage bindings, in order, from binding 1 on.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        let sum = matches!(self.shell, Shell::Sum(_)).then(|| self.result_operand());
        let floats: Vec<usize> =
            sum.into_iter().chain(self.learned_operands()).map(|operand| self.layout.slot(operand)).collect();
        self.layout.accesses().enumerate().map(move |(slot, access)| {
            let (element, element_bytes) = if floats.contains(&slot) {
                ("f32", Storage::F32.bytes())
            } else {
                ("Word", Storage::word_bytes(self.width))
            };
            Slot { writes: access.writes(), element, element_bytes }
        })
    }

    fn bindings(&self) -> String {
        let declare = |(slot, Slot { writes, element, .. }): (usize, Slot)| {
            let access = if writes { "read_write" } else { "read" };
            let binding = slot + 1;
            format!("@group(0) @binding({binding}) var<storage, {access}> slot_{slot}: array<{element}>;\n")
        };
        self.slots().enumerate().map(declare).collect::<String>() + "\n"
    }

    /// What the elementwise shell does with a word.
    fn apply(&self) -> String {
        let (inputs, outputs) = self.operands();
        let mut text = String::from("fn apply(at: u32) {\n");
        if inputs.iter().chain(&outputs).any(|operand| self.layout.pitch(operand.index) == Pitch::Rows) {
            text += "    let row_at = at + (at / job.row_words) * job.row_words;\n";
        }
        text.extend(inputs.iter().map(|operand| self.load(operand, "")));
        text += &self.results();
        for operand in &outputs {
            if self.accumulate {
                text += &self.load(operand, "old_");
            }
            text += &self.store(operand);
        }
        text + "}\n\n"
    }

    /// The terms of a word, for the sum shell.
    fn compute(&self) -> String {
        let (inputs, _) = self.operands();
        let mut text = String::from("fn compute(at: u32) -> Values {\n");
        text.extend(inputs.iter().map(|operand| self.load(operand, "")));
        text += &self.results();
        text + "    return result;\n}\n\n"
    }

    /// The function through which the sum shell gives its results back.
    fn store_sum(&self, matrix: Matrix) -> String {
        let (count, sum) =
            if matrix.total { ("1u", "total(sum)") } else { ("ELEMENTS", "element_of(sum, element)") };
        let place = self.place(self.result_operand(), "at");
        let old = if self.accumulate { format!("{place} + ") } else { String::new() };
        format!(
            "fn store_sum(block: u32, column: u32, sum: Values) {{
    for (var element = 0u; element < {count}; element++) {{
        let at = block * job.stride + (job.first_column + column * {count} + element) % job.stride;
        {place} = {old}{sum};
    }}
}}

"
        )
    }

    /// Of an activation: what is written, after what is read.
    fn result_operand(&self) -> usize {
        self.function.inputs().len()
    }

    /// The learned parameters, after what is written.
    pub(crate) fn learned_operands(&self) -> std::ops::Range<usize> {
        let first = self.result_operand() + 1;
        let count = match (self.function, self.arguments) {
            (Function::Activation(kind, _), Arguments::Learned(_)) => kind.learnable().len(),
            _ => 0,
        };
        first..first + count
    }

    /// Inputs and outputs, numbered as they were planned.
    fn operands(&self) -> (Vec<Operand>, Vec<Operand>) {
        let mut index = 0;
        let mut of = |roles: Vec<Role>| {
            let mut operands = Vec::new();
            for role in roles {
                let variables = match role {
                    Role::One(name) => vec![vec![name]],
                    Role::Pair(names) => match self.layout.pitch(index) {
                        Pitch::Pairs(Order::ValueFirst) => vec![names.to_vec()],
                        Pitch::Pairs(Order::GateFirst) => vec![names.into_iter().rev().collect()],
                        _ => names.into_iter().map(|name| vec![name]).collect(),
                    },
                };
                for variables in variables {
                    operands.push(Operand { index, variables });
                    index += 1;
                }
            }
            operands
        };
        (of(self.function.inputs()), of(self.function.outputs()))
    }

    /// From the inputs' variables to the outputs': the function, called for each element. In a loop, not written out for each:
    /// SwiftShader takes minutes to compile eight copies of a function that splits its parameters.
    fn results(&self) -> String {
        let outputs: Vec<_> = names(self.function.outputs()).collect();
        let mut text = String::new();
        for output in &outputs {
            let _ = writeln!(text, "    var {output} = Values();");
        }
        if let Arguments::Learned(grain @ (Grain::All | Grain::Word)) = self.arguments {
            text += &self.channel(grain);
        }
        text += "    for (var element = 0u; element < ELEMENTS; element++) {\n";
        if self.arguments == Arguments::Learned(Grain::Element) {
            text += &self.channel(Grain::Element);
        }
        text += &self.draw();
        let inputs = names(self.function.inputs()).map(|name| format!("element_of({name}, element)"));
        let call = call(&self.function.target().0, inputs, self.arguments_of().into_iter());
        let _ = writeln!(text, "        let computed = {call};");
        // A function with two results returns a vector.
        let components = if outputs.len() == 1 { &[""][..] } else { &[".x", ".y"] };
        for (output, component) in outputs.iter().zip(components) {
            let _ =
                writeln!(text, "        {output} = with_element({output}, element, computed{component});");
        }
        text + "    }\n"
    }

    /// Loads the learned parameters of a channel: an element's, a word's, or the only one.
    fn channel(&self, grain: Grain) -> String {
        let Function::Activation(kind, _) = self.function else {
            return String::new();
        };
        let channel = match grain {
            Grain::All => "0u".to_owned(),
            Grain::Word => channel_of("at"),
            Grain::Element => channel_of(INDEX),
        };
        let mut text = format!("    let channel = {channel};\n");
        for (operand, (name, _)) in self.learned_operands().zip(kind.learnable()) {
            let _ = writeln!(text, "    let {name} = {};", self.place(operand, "channel"));
        }
        if !kind.row().derived.is_empty() {
            let parameters: Vec<String> = Self::parameters_of(kind).collect();
            let _ = writeln!(text, "    let derived = act_{kind}_derive({});", parameters.join(", "));
        }
        text
    }

    /// The parameters, learned or not, of the channel that was loaded.
    fn parameters_of(kind: Kind) -> impl Iterator<Item = String> {
        kind.parameters().iter().enumerate().map(move |(index, parameter)| {
            let learned = kind.learnable().any(|(name, _)| name == parameter.name);
            if learned { parameter.name.to_owned() } else { format!("job.arguments{}", component(index)) }
        })
    }

    /// Draws the slope of an element.
    fn draw(&self) -> String {
        if self.arguments != Arguments::Drawn {
            return String::new();
        }
        let arguments: Vec<String> = uniform_arguments(3).collect();
        let arguments = arguments.join(", ");
        format!(
            "        let low = job.first.x + ({INDEX});
        let index = vec2<u32>(low, job.first.y + select(0u, 1u, low < job.first.x));
        let slope = act_rrelu_draw(job.seed, index, {arguments});
"
        )
    }

    /// What the function takes after its inputs.
    fn arguments_of(&self) -> Vec<String> {
        match (self.function, self.arguments) {
            // Between two equal bounds, the mean is that, and one word is enough.
            (_, Arguments::Drawn) => ["slope", "slope", "slope", "0.0"].map(str::to_owned).to_vec(),
            (Function::Activation(kind, _), Arguments::Learned(_)) => {
                let derived = (0..kind.row().derived.len()).map(|index| format!("derived[{index}]"));
                Self::parameters_of(kind).chain(derived).collect()
            }
            _ => uniform_arguments(self.function.target().1).collect(),
        }
    }

    /// Loads an operand into its variables, whose names get a prefix.
    fn load(&self, operand: &Operand, prefix: &str) -> String {
        let Operand { index, variables } = operand;
        match variables[..] {
            [first, second] => {
                let words = self.pair_places(*index).join(", ");
                format!(
                    "    let {prefix}pairs = unpack_pairs({words});\n    let {prefix}{first} = {prefix}pairs.first;\n    let {prefix}{second} = {prefix}pairs.second;\n"
                )
            }
            _ => format!("    let {prefix}{} = unpack({});\n", variables[0], self.word_place(*index)),
        }
    }

    /// Stores an operand's variables; accumulating, with what was loaded of it before.
    fn store(&self, operand: &Operand) -> String {
        let Operand { index, variables } = operand;
        let values =
            |name: &str| if self.accumulate { format!("old_{name} + {name}") } else { name.to_owned() };
        match (&variables[..], self.width) {
            ([first, second], width) => {
                let places = self.pair_places(*index);
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
                let place = self.word_place(*index);
                format!("    {place} = pack_beside({place}, {});\n", values(names[0]))
            }
            (names, _) => format!("    {} = pack({});\n", self.word_place(*index), values(names[0])),
        }
    }

    fn word_place(&self, operand: usize) -> String {
        self.place(operand, if self.layout.pitch(operand) == Pitch::Rows { "row_at" } else { "at" })
    }

    /// The words that a word's pairs lie in.
    fn pair_places(&self, operand: usize) -> Vec<String> {
        match self.width {
            Width::Single => vec![self.place(operand, "at")],
            _ => vec![self.place(operand, "2u * at"), self.place(operand, "2u * at + 1u")],
        }
    }

    /// Where an operand's word lies: `slot_1[at + job.offsets[0].y]`.
    fn place(&self, operand: usize, at: &str) -> String {
        let slot = self.layout.slot(operand);
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

fn channel_of(index: &str) -> String {
    format!("(job.channel + (job.phase + {index}) / job.inner) % job.channels")
}

/// The variables of operands, in the order of a function's arguments.
fn names(roles: Vec<Role>) -> impl Iterator<Item = &'static str> {
    roles.into_iter().flat_map(|role| match role {
        Role::One(name) => vec![name],
        Role::Pair(names) => names.to_vec(),
    })
}
