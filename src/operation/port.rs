//! Operands as functions see them.

/// An operand as a function sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// One number an element.
    One {
        /// As errors have it.
        name: &'static str,
        /// As shaders have it.
        variable: &'static str,
    },
    /// A value and a gate: two operands, or one that holds both.
    Pair {
        /// Of the two, and of both in one, as errors have it.
        names: [&'static str; 3],
        variables: [&'static str; 2],
    },
    /// A number for each row, or for some that share one, whatever the storage.
    Row {
        /// As errors have it.
        name: &'static str,
        /// As shaders have it.
        variable: &'static str,
        element: RowElement,
        by: RowIndex,
    },
}

/// Which of its numbers a row's element has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowIndex {
    /// The row's own.
    Row,
    /// As the bias goes over the tensor.
    Bias,
    /// As rows share sinks.
    Sink,
}

/// What there is one of for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowElement {
    F32,
    U32,
}

impl RowElement {
    /// In WGSL.
    pub(crate) const fn wgsl(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::U32 => "u32",
        }
    }

    /// Either is a word.
    pub(crate) const BYTES: u64 = 4;
}

impl Port {
    pub(super) const fn one(name: &'static str) -> Self {
        Self::One { name, variable: name }
    }

    pub(super) const INPUTS: Self =
        Self::Pair { names: ["value", "gate", "x"], variables: ["value", "gate"] };
    pub(super) const GRADIENTS: Self =
        Self::Pair { names: ["d_value", "d_gate", "dx"], variables: ["d_value", "d_gate"] };

    /// What is added to elements, and what takes part beside them.
    pub(super) const BIAS: Self =
        Self::Row { name: "the bias", variable: "bias", element: RowElement::F32, by: RowIndex::Bias };
    pub(super) const SINKS: Self =
        Self::Row { name: "the sinks", variable: "sinks", element: RowElement::F32, by: RowIndex::Sink };

    /// What arrives at a row's result.
    pub(super) const fn row(name: &'static str) -> Self {
        Self::Row { name, variable: name, element: RowElement::F32, by: RowIndex::Row }
    }

    /// A row's result.
    pub(super) const fn row_result(name: &'static str) -> Self {
        Self::Row { name, variable: "result", element: RowElement::F32, by: RowIndex::Row }
    }

    /// The number of an element of its row.
    pub(super) const fn label(name: &'static str, variable: &'static str) -> Self {
        Self::Row { name, variable, element: RowElement::U32, by: RowIndex::Row }
    }

    /// As errors have it: of a pair the two, and both in one.
    pub(crate) const fn names(&self) -> [&'static str; 3] {
        match *self {
            Self::One { name, .. } | Self::Row { name, .. } => [name; 3],
            Self::Pair { names, .. } => names,
        }
    }

    /// What there is one of for each row, if it is such an operand.
    pub(crate) const fn of_row(&self) -> Option<RowElement> {
        match *self {
            Self::Row { element, .. } => Some(element),
            _ => None,
        }
    }

    /// Whether it is a value and a gate.
    pub(crate) const fn takes_pairs(&self) -> bool {
        matches!(self, Self::Pair { .. })
    }

    /// Its variables, in the order of a function's arguments or results.
    pub(crate) fn variables(&self) -> &[&'static str] {
        match self {
            Self::One { variable, .. } | Self::Row { variable, .. } => std::slice::from_ref(variable),
            Self::Pair { variables, .. } => variables,
        }
    }
}
