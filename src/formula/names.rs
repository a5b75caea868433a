//! Names in formulas: which are functions', and which may be an operand's.

use crate::error::FormulaError;
use crate::formula::node::Binary;
use crate::table::Kind;
use crate::table::row::Row;

/// The longest name of an operand.
pub(crate) const MAX_NAME: usize = 64;

/// Words that are no names.
pub(crate) const RESERVED: [&str; 4] = ["where", "with", "pi", "inf"];

/// Functions that are not rows of the table.
pub(crate) const OWN: &[(&str, Binary)] =
    &[("min", Binary::Minimum), ("max", Binary::Maximum), ("chain", Binary::Chain), ("over", Binary::Over)];

/// Functions by which something is drawn for each element.
pub(crate) const DRAWN: [&str; 2] = ["dropout", "keep"];

/// The logistic sigmoid, as the table's own formulas write it. A function only where it is called: an operand may have this name.
pub(crate) const SIGMOID: &str = "s";

/// What a function's name asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Value,
    Slope,
    ByParameter(u8),
    Second,
    Mixed(u8),
}

impl Wanted {
    /// Whether a row has a function for it: one for a second derivative of 0 is in no file.
    fn is_of(self, row: &Row) -> bool {
        match self {
            Self::Second => row.second.is_some(),
            Self::Mixed(index) => row.second_by(Some(index.into())).1.is_some(),
            Self::Value | Self::Slope | Self::ByParameter(_) => true,
        }
    }
}

/// A letter, then letters, digits and underscores, and no function's name: what is a name here is one in the text of a formula.
pub(crate) fn check_name(name: &str) -> Result<(), FormulaError> {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on = characters.all(|next| next.is_ascii_alphanumeric() || next == '_');
    let reserved = RESERVED.contains(&name);
    if begins && goes_on && !reserved && name.len() <= MAX_NAME && !is_function(name) {
        Ok(())
    } else {
        Err(FormulaError::name(name))
    }
}

/// The names of the language's own functions, but for `s`.
pub(crate) fn own_names() -> impl Iterator<Item = &'static str> {
    OWN.iter().map(|(name, _)| *name).chain(DRAWN)
}

/// Whether a name is that of a function, or of a derivative of one: of the table, or of the language.
fn is_function(name: &str) -> bool {
    let row = |name: &str| Kind::ALL.iter().map(|kind| kind.row()).find(|row| row.name == name);
    own_names().any(|own| own == name) || Kind::named(name).is_some() || derivative(name, row).is_some()
}

/// `silu_backward`, `swish_backward_beta`, `silu_second`, `swish_second_beta` of the row of such a name.
pub(crate) fn derivative(
    name: &str,
    row: impl Fn(&str) -> Option<&'static Row>,
) -> Option<(&'static Row, Wanted)> {
    let derivative = |suffix: &str, by_x: Wanted, by_parameter: fn(u8) -> Wanted| {
        let (function, parameter) = name.rsplit_once(suffix)?;
        let row = row(function)?;
        match parameter.strip_prefix('_') {
            None => parameter.is_empty().then_some((row, by_x)),
            Some(parameter) => Some((row, by_parameter(learnable(row, parameter)?))),
        }
    };
    let second =
        || derivative("_second", Wanted::Second, Wanted::Mixed).filter(|(row, wanted)| wanted.is_of(row));
    derivative("_backward", Wanted::Slope, Wanted::ByParameter).or_else(second)
}

pub(crate) fn learnable(row: &Row, parameter: &str) -> Option<u8> {
    let index = row.learnable.iter().position(|learnable| learnable.parameter == parameter)?;
    u8::try_from(index).ok()
}
