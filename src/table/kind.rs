//! Which function: names, properties, parsing.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::operation::{Direction, Gate};
use crate::table::row::{Parameter, Row};
use crate::table::rows::{ROWS, for_each_activation, row_doc};

macro_rules! kinds {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) {
            aliases: [$($alias:literal),*],
            source: $source:literal,
            $($field:ident: $value:expr),* $(,)?
        }
    )*) => {
        /// Which function, its parameters apart. The rows of the table, in its order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(
                $(#[doc = $doc])+
                #[doc = row_doc!($source [$($alias)*] $($field: $value,)*)]
                $variant,
            )*
        }

        impl Kind {
            /// Every activation, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    };
}

for_each_activation!(kinds);

impl Kind {
    /// All that is known of it.
    pub(crate) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The identifier: in the table, on the command line, in WGSL (with the prefix `act_`).
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Further names that [`Activation`](crate::Activation) is parsed from: those of PyTorch and ONNX.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        self.row().aliases
    }

    /// The parameters, in the order that [`Kind::with`] takes them.
    #[must_use]
    pub fn parameters(self) -> &'static [Parameter] {
        self.row().parameters
    }

    /// f(x) as text: plain arithmetic with `^`, `? :`, functions such as `exp`, and names explained after a final `where`.
    #[must_use]
    pub fn formula(self) -> &'static str {
        self.row().formula
    }

    /// f'(x), kinks included, as text in the language of [`Kind::formula`].
    #[must_use]
    pub fn derivative(self) -> &'static str {
        self.row().derivative
    }

    /// f''(x), in the language of [`Kind::formula`]; "0" where the function is straight between its kinks.
    #[must_use]
    pub fn second_derivative(self) -> &'static str {
        self.row().second_derivative
    }

    /// ∂²f/∂x∂w(x) for each learnable parameter w, in the order of [`Kind::learnable`].
    pub fn mixed_derivatives(self) -> impl ExactSizeIterator<Item = &'static str> {
        self.row().learnable.iter().map(|learnable| learnable.mixed_derivative)
    }

    /// The directions of second derivatives: [`Direction::Second`], and for each learnable parameter [`Direction::SecondParameter`].
    pub fn second_directions(self) -> impl Iterator<Item = Direction> + use<> {
        let by_parameters = (0..self.learnable().len()).map(Direction::SecondParameter);
        std::iter::once(Direction::Second).chain(by_parameters)
    }

    /// The derivative at the kinks, in words; empty where there are none.
    #[must_use]
    pub fn at_kinks(self) -> &'static str {
        self.row().at_kinks
    }

    /// Where the definition comes from: a paper, or what PyTorch, ONNX or another library calls it.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.row().source
    }

    /// When a backward from the output exists: `None` for never, else "always" or a condition on the parameters.
    #[must_use]
    pub fn from_output_when(self) -> Option<&'static str> {
        self.row().from_output.as_ref().map(|from_output| from_output.when)
    }

    /// The parameters that a network can learn, in the order of their numbers: each one's name, and ∂f/∂w(x) as text.
    pub fn learnable(self) -> impl ExactSizeIterator<Item = (&'static str, &'static str)> {
        self.row().learnable.iter().map(|learnable| (learnable.parameter, learnable.derivative))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names that stand for several functions, with the real ones.
const AMBIGUOUS: &[(&str, &[&str])] = &[
    ("gelu", &["gelu_erf", "gelu_tanh"]),
    ("geglu", &["geglu_erf", "geglu_tanh"]),
    // PyTorch writes Hardsigmoid, with a slope of 1/6; ONNX writes HardSigmoid, with 0.2.
    ("HardSigmoid", &["hardsigmoid", "hardsigmoid(slope=0.2)"]),
];

/// Functions that stand among frameworks' activations and take whole rows, without `_`.
const OF_ROWS: &[&str] =
    &["softmax", "softmax2d", "softmin", "logsoftmax", "gumbelsoftmax", "sparsemax", "hardmax", "maxout"];

impl Kind {
    /// The one of this name or alias: as parsing, but that it looks for no nearest name, which takes much longer.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name || kind.aliases().contains(&name))
    }
}

impl FromStr for Kind {
    type Err = Error;

    /// The name, or an alias of PyTorch's or ONNX's.
    fn from_str(name: &str) -> Result<Self, Error> {
        if let Some(kind) = Self::named(name) {
            return Ok(kind);
        }
        if name.trim().is_empty() {
            let expected = "an activation's name, such as relu or leaky_relu(negative_slope=0.2)";
            return Err(Error::Parse { text: name.to_owned(), expected });
        }
        if let Some(gate) = Gate::NAMED.iter().find(|gate| gate.name.eq_ignore_ascii_case(name)) {
            return Err(Error::TakesPairs { gate: gate.name });
        }
        if OF_ROWS.contains(&name.replace('_', "").to_lowercase().as_str()) {
            return Err(Error::TakesRows { name: name.to_owned() });
        }
        if let Some((_, candidates)) =
            AMBIGUOUS.iter().find(|(ambiguous, _)| ambiguous.eq_ignore_ascii_case(name))
        {
            return Err(Error::AmbiguousActivation { name: name.to_owned(), candidates });
        }
        let names = Self::ALL
            .iter()
            .flat_map(|kind| std::iter::once(kind.name()).chain(kind.aliases().iter().copied()));
        Err(Error::UnknownActivation { name: name.to_owned(), nearest: nearest_name(name, names) })
    }
}

/// Of these names the one with the smallest edit distance.
pub(crate) fn nearest_name<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let name = name.to_lowercase();
    let distance = |candidate: &&str| edit_distance(&name, &candidate.to_lowercase());
    names.min_by_key(distance).unwrap_or_default()
}

/// Levenshtein's distance, for the nearest name.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
