//! What can be wrong with a formula.

use crate::storage::Storage;

/// What is wrong with a formula, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormulaError {
    /// The text is not a formula.
    #[error("cannot read {text:?}: expected {expected} at character {at}, {before}", before = place(text, *at))]
    Syntax {
        /// The text.
        text: String,
        /// How many characters are right.
        at: usize,
        /// What could stand there.
        expected: String,
    },

    /// No function has this name.
    #[error("no function is called {name:?} (character {at}); the nearest name is {nearest:?}")]
    UnknownFunction {
        /// What was called.
        name: String,
        /// How many characters of the text are before it.
        at: usize,
        /// The name with the smallest edit distance.
        nearest: String,
    },

    /// What has this name is no function of single elements, or is written in another way.
    #[error("no function in a formula is called {name:?} (character {at}): {instead}")]
    NoFunction {
        /// What was called.
        name: String,
        /// How many characters of the text are before it.
        at: usize,
        /// What has this name, and what stands in a formula for it.
        instead: String,
    },

    /// A function has another number of arguments.
    #[error("{function}{} takes {expected}, but was given {actual}", character(*at))]
    Arguments {
        /// The function.
        function: String,
        /// What it takes, in words.
        expected: String,
        /// How many were given.
        actual: usize,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// A function, or the formula itself, has no parameter of this name.
    #[error("{of}{} has no parameter {name:?}{}", character(*at), of_known(known))]
    UnknownParameter {
        /// The function, or `the formula`.
        of: String,
        /// What was given a value.
        name: String,
        /// Those that it has.
        known: Vec<String>,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// A function's parameter has to be a number or a name of the `with` clause: the host derives values from it.
    #[error(
        "{function}{}: {parameter} must be a number or a name of the with clause, since values are derived from it before the kernel runs",
        character(*at)
    )]
    Parameter {
        /// The function.
        function: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// A name is not one: a letter, then letters, digits and underscores, 64 at most, and no function's name.
    #[error(
        "{name:?}{} cannot be a name of yours: one takes a letter, then letters, digits or underscores, at most 64, and must not be a function's name or a word of the language",
        character(*at)
    )]
    Name {
        /// The name.
        name: String,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// A function in WGSL lacks one of its parts.
    #[error(
        "the WGSL of {name:?} has no `{missing}...`: it takes the function, and each of its derivatives times what arrives"
    )]
    Wgsl {
        /// The function.
        name: String,
        /// How the part that is missing begins.
        missing: String,
    },

    /// Two things have one name.
    #[error("{name:?}{} is the name of two things: rename one of them", character(*at))]
    NameTwice {
        /// The name.
        name: String,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// An operand is written with different brackets.
    #[error(
        "{name:?}{} is written in two ways: an operand has an element each (x), one for each channel (x[c]), or one value (x[])",
        character(*at)
    )]
    TwoViews {
        /// The operand.
        name: String,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// The result has no name of its own.
    #[error(
        "{name:?} is an operand here: name the result, as in `out = ...`, or write `{name} = ...` to compute in place"
    )]
    ResultIsOperand {
        /// The name that the result would have.
        name: String,
    },

    /// A formula has at most one result that is summed, its last one.
    #[error(
        "{name:?} is a sum, of which a formula has one, as its last result: move it there, or to a formula of its own"
    )]
    SumBeside {
        /// The summed result.
        name: String,
    },

    /// A sum needs an operand that says how many terms there are.
    #[error("{name:?} is a sum of nothing: no operand of the formula has an element each")]
    SumOfNothing {
        /// The summed result.
        name: String,
    },

    /// A formula has no operand, or result, of this name.
    #[error("the formula has no operand {name:?}; it has {known:?}")]
    UnknownOperand {
        /// What was asked for.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },

    /// An operand has been given no range, or what is drawn no seed.
    #[error("{name:?} is not bound: give it {}", if name == "seed" { "a seed, by which dropout draws" } else { "a range" })]
    Unbound {
        /// The operand.
        name: String,
    },

    /// An operand was bound as another kind.
    #[error("{name:?} was bound to {given}, but the formula needs {needed}")]
    OtherKind {
        /// The operand.
        name: String,
        /// What was given.
        given: &'static str,
        /// What the formula says that it is.
        needed: &'static str,
    },

    /// Operands of one letter are bound with different channels.
    #[error(
        "{name:?} is bound with {}, but {other:?}, which has the same letter, with {}: one letter is one way to see the tensor",
        of_channels(*actual),
        of_channels(*expected)
    )]
    OtherChannels {
        /// The operand.
        name: String,
        /// How many channels it has, and of how many neighbouring elements each.
        actual: [u64; 2],
        /// The first one with the same letter.
        other: String,
        /// The same of that one.
        expected: [u64; 2],
    },

    /// A device computes with one 16-bit type at a time.
    #[error(
        "{name:?} is {storage}, but another operand is {other}: beside f32, there may be one 16-bit type in a formula"
    )]
    TwoStorages {
        /// The operand.
        name: String,
        /// Its storage.
        storage: Storage,
        /// That of another one.
        other: Storage,
    },

    /// What elements share, and sums, are f32.
    #[error("{name:?} is shared by elements, or a sum of them: it is f32, whatever the storage of elements")]
    NotAnElement {
        /// The operand.
        name: String,
    },

    /// A number, or what was computed of numbers, is not finite in f32.
    #[error("{}{value} is not a finite f32", whose(of, *at))]
    NotFinite {
        /// What it would be.
        value: f32,
        /// What would be that: a parameter by its name, or a part of the text as it is written. Empty for a number without either.
        of: String,
        /// How many characters of the text are before that part.
        at: Option<usize>,
    },

    /// An exponent that is neither a whole number nor half of one, or larger than 64.
    #[error(
        "x^{value}{}: an exponent must be a multiple of 1/2 from -64 to 64. Of positive x, exp({value} * log(x)) is that power, with an error of about |{value} * log(x)| + 1 ULP",
        character(*at)
    )]
    Exponent {
        /// The exponent.
        value: f32,
        /// How many characters of the text are before it, if it is of a text.
        at: Option<usize>,
    },

    /// A formula is larger than formulas may be.
    #[error("the formula has {} {what}: there may be {limit}", of_too_many(*actual))]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there are, where they have been counted to their end.
        actual: Option<usize>,
        /// How many there may be.
        limit: usize,
    },

    /// A function has no derivative of the kind that is needed.
    #[error("{function} has no derivative by {by}, so the formula has none by {operand:?}")]
    NoDerivative {
        /// The function.
        function: &'static str,
        /// By what.
        by: String,
        /// The operand whose gradient was asked for.
        operand: String,
    },
}

impl FormulaError {
    /// What is nowhere in a text, or not yet told where.
    pub(crate) fn not_finite(value: f32, of: &str) -> Self {
        Self::NotFinite { value, of: of.to_owned(), at: None }
    }

    /// A name that is none, likewise.
    pub(crate) fn name(name: &str) -> Self {
        Self::Name { name: name.to_owned(), at: None }
    }

    /// A name of two things, likewise.
    pub(crate) fn name_twice(name: &str) -> Self {
        Self::NameTwice { name: name.to_owned(), at: None }
    }

    /// The place, of errors that do not always have one: whoever has the text tells it.
    pub(crate) fn place(&mut self) -> Option<&mut Option<usize>> {
        match self {
            Self::Arguments { at, .. }
            | Self::UnknownParameter { at, .. }
            | Self::Parameter { at, .. }
            | Self::Name { at, .. }
            | Self::NameTwice { at, .. }
            | Self::TwoViews { at, .. }
            | Self::NotFinite { at, .. }
            | Self::Exponent { at, .. } => Some(at),
            _ => None,
        }
    }
}

fn whose(of: &str, at: Option<usize>) -> String {
    if of.is_empty() { String::new() } else { format!("{of}{}: ", character(at)) }
}

/// The place of what was named just before.
fn character(at: Option<usize>) -> String {
    at.map_or_else(String::new, |at| format!(" (character {at})"))
}

fn of_known(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; its parameters are {known:?}") }
}

fn of_channels([channels, inner]: [u64; 2]) -> String {
    format!("{channels} channels of {inner} neighbouring elements")
}

fn of_too_many(actual: Option<usize>) -> String {
    actual.map_or_else(|| "too many".to_owned(), |actual| actual.to_string())
}

/// What stands at a place of a text, for an error.
fn place(text: &str, at: usize) -> String {
    let rest: String = text.chars().skip(at).take(12).collect();
    if rest.is_empty() { "where it ends".to_owned() } else { format!("before {rest:?}") }
}
