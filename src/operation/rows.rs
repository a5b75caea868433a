//! Functions of rows: what there are, and what the shell of rows calls for each.

use std::fmt;

use crate::operation::cross_entropy::{CrossEntropy, Targets};
use crate::operation::port::Port;
use crate::operation::softmax::{Causal, Softmax, SoftmaxKind};
use crate::operation::{Axis, Direction};

/// What a step computes along rows, with the values of its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum RowFunction {
    /// softmax, its logarithm, or logsumexp.
    Softmax(Softmax),
    /// A loss for each row.
    CrossEntropy(CrossEntropy),
}

/// A function of rows, as people know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedRowFunction {
    /// As the command line and PyTorch's functions have it.
    pub name: &'static str,
    /// Of z = scale * x.
    pub formula: &'static str,
    /// The gradient by element k, of what arrives.
    pub derivative: &'static str,
    /// Where its definition is.
    pub source: &'static str,
}

impl RowFunction {
    /// All that there are by a name of their own.
    pub const NAMED: &[NamedRowFunction] = &[
        NamedRowFunction {
            name: "softmax",
            formula: "exp(z[k]) / sum(exp(z[j]))",
            derivative: "scale * y[k] * (dy[k] - sum(y[j] * dy[j]))",
            source: "torch.nn.Softmax",
        },
        NamedRowFunction {
            name: "softmin",
            formula: "exp(-z[k]) / sum(exp(-z[j]))",
            derivative: "-scale * y[k] * (dy[k] - sum(y[j] * dy[j]))",
            source: "torch.nn.Softmin",
        },
        NamedRowFunction {
            name: "gumbel_softmax",
            formula: "softmax of scale * (x + g), where g[k] = -log(-log(u)) is drawn for each element",
            derivative: "scale * y[k] * (dy[k] - sum(y[j] * dy[j]))",
            source: "torch.nn.functional.gumbel_softmax",
        },
        NamedRowFunction {
            name: "log_softmax",
            formula: "z[k] - log(sum(exp(z[j])))",
            derivative: "scale * (dy[k] - exp(y[k]) * sum(dy[j]))",
            source: "torch.nn.LogSoftmax",
        },
        NamedRowFunction {
            name: "hardmax",
            formula: "1 at the first of the largest z[k], else 0",
            derivative: "0",
            source: "ONNX Hardmax",
        },
        NamedRowFunction {
            name: "sparsemax",
            formula: "max(z[k] - t, 0), where t makes the sum 1",
            derivative: "scale * (dy[k] - mean(dy[j] where y[j] > 0)) where y[k] > 0, else 0",
            source: "Martins and Astudillo 2016, tfa.activations.sparsemax",
        },
        NamedRowFunction {
            name: "logsumexp",
            formula: "log(sum(exp(z[j]))), one for a row",
            derivative: "scale * dy * exp(z[k]) / sum(exp(z[j]))",
            source: "torch.logsumexp",
        },
        NamedRowFunction {
            name: "cross_entropy",
            formula: "sum(t[j] * (log(sum(exp(z[i]))) - z[j])), one for a row; t is 1 at the label, or probabilities, smoothed",
            derivative: "scale * dy * (exp(z[k]) / sum(exp(z[j])) * sum(t[j]) - t[k])",
            source: "torch.nn.CrossEntropyLoss",
        },
    ];

    /// Which function, its parameters apart.
    pub(crate) const fn kind(self) -> RowKind {
        match self {
            Self::Softmax(softmax) => RowKind::Softmax(softmax.kind()),
            Self::CrossEntropy(cross_entropy) => RowKind::CrossEntropy(cross_entropy.targets()),
        }
    }

    /// What it goes along.
    #[must_use]
    pub const fn axis(self) -> Axis {
        match self {
            Self::Softmax(softmax) => softmax.axis(),
            Self::CrossEntropy(cross_entropy) => cross_entropy.axis(),
        }
    }

    /// What elements are multiplied by.
    #[must_use]
    pub const fn scale(self) -> f32 {
        match self {
            Self::Softmax(softmax) => softmax.scale(),
            Self::CrossEntropy(cross_entropy) => cross_entropy.scale(),
        }
    }

    /// The label whose rows do not count, of a function that has labels.
    pub(crate) const fn ignored(self) -> u32 {
        match self {
            Self::Softmax(_) => 0,
            Self::CrossEntropy(cross_entropy) => cross_entropy.ignored(),
        }
    }

    /// What takes part beside, or in place of, all elements, without what lies in memory.
    pub(crate) const fn additions(self) -> Additions {
        match self {
            Self::Softmax(softmax) => Additions {
                bias: false,
                causal: softmax.causal_mask().is_some(),
                sinks: if softmax.sink().is_some() { Sinks::One } else { Sinks::None },
                noise: softmax.seed().is_some(),
            },
            Self::CrossEntropy(_) => Additions::NONE,
        }
    }

    /// Which elements of each row take part.
    pub(crate) const fn causal(self) -> Option<Causal> {
        match self {
            Self::Softmax(softmax) => softmax.causal_mask(),
            Self::CrossEntropy(_) => None,
        }
    }

    /// What noise is drawn by.
    pub(crate) const fn seed(self) -> Option<u64> {
        match self {
            Self::Softmax(softmax) => softmax.seed(),
            Self::CrossEntropy(_) => None,
        }
    }

    /// As people know it, noise and all: `gumbel_softmax`, and of its hard form `hard gumbel_softmax`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Softmax(softmax) => match (softmax.kind(), softmax.seed()) {
                (SoftmaxKind::Softmax, Some(_)) => "gumbel_softmax",
                (SoftmaxKind::Hardmax, Some(_)) => "hard gumbel_softmax",
                (kind, _) => kind.name(),
            },
            Self::CrossEntropy(_) => self.kind().name(),
        }
    }

    /// The values of [`RowKind::arguments`], but for those that follow from the size.
    pub(crate) fn arguments(self) -> Vec<f32> {
        match self {
            Self::Softmax(softmax) => softmax.arguments(),
            Self::CrossEntropy(cross_entropy) => cross_entropy.arguments(),
        }
    }
}

impl From<Softmax> for RowFunction {
    fn from(softmax: Softmax) -> Self {
        Self::Softmax(softmax)
    }
}

impl From<CrossEntropy> for RowFunction {
    fn from(cross_entropy: CrossEntropy) -> Self {
        Self::CrossEntropy(cross_entropy)
    }
}

/// What a function of rows has beside its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Additions {
    /// What is added to elements.
    pub(crate) bias: bool,
    /// A mask by the numbers of row and element.
    pub(crate) causal: bool,
    pub(crate) sinks: Sinks,
    /// What is drawn for elements, and added to them before all else.
    pub(crate) noise: bool,
}

/// One more element of each row, without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sinks {
    None,
    /// The same for all rows.
    One,
    /// From memory.
    Rows,
}

impl Additions {
    pub(crate) const NONE: Self = Self { bias: false, causal: false, sinks: Sinks::None, noise: false };

    #[cfg(test)]
    pub(crate) const ALL: Self = Self { bias: true, causal: true, sinks: Sinks::Rows, noise: true };

    /// Those that matter: of a result that is given, nothing more needs to be known.
    pub(crate) fn of(self, direction: Direction) -> Self {
        if direction == Direction::BackwardFromOutput { Self::NONE } else { self }
    }

    /// What is read for it.
    pub(crate) fn inputs(self) -> Vec<Port> {
        let bias = self.bias.then_some(Port::BIAS);
        bias.into_iter().chain((self.sinks == Sinks::Rows).then_some(Port::SINKS)).collect()
    }
}

/// Which function of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RowKind {
    Softmax(SoftmaxKind),
    CrossEntropy(Targets),
}

/// What the shell of rows calls, as WGSL of the names that composition defines: [`RowKind::arguments`], the row's `top` and `length`, and, in
/// terms and results, the variables of all inputs, `rank` (what the largest is sought of), `low` (what that has lost, beside the largest's),
/// `is_largest`, `origin` (from which exponents are counted), and `term` (the first that is summed, in all that comes after it).
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowBody {
    /// Whether sums are relative to the largest element.
    pub(crate) seeks_top: bool,
    /// Whether any element that is not far below the largest may take its place: results are quotients of terms.
    pub(crate) tries: bool,
    /// Whether equal elements are ordered by their numbers, the first one above.
    pub(crate) by_number: bool,
    /// How often sums are taken, and what the next threshold is of these.
    pub(crate) rounds: u32,
    pub(crate) threshold: &'static str,
    /// What is summed, up to three times.
    pub(crate) terms: &'static [&'static str],
    /// Two numbers that all results of a row are of, and what exponents have besides in those: computed once, of its `sums`, what the first has
    /// `lost` by rounding, its `threshold`, and `ties`, how often the largest element occurs, if sums leave it out.
    pub(crate) joint: &'static str,
    /// Of those, in `joint`, of which element `index` is, and of `sunk_term`, that of the row's sink.
    pub(crate) result: &'static str,
}

/// What an element adds to its row's sum of exponentials.
const TERM: &str = "math_exp_difference(rank, origin, size, low, rate, step, rest)";

impl RowBody {
    const fn of_top(terms: &'static [&'static str], joint: &'static str, result: &'static str) -> Self {
        let (seeks_top, tries, by_number) = (true, false, false);
        Self { seeks_top, tries, by_number, rounds: 1, threshold: "0.0", terms, joint, result }
    }

    const fn of_quotients(terms: &'static [&'static str], joint: &'static str, result: &'static str) -> Self {
        Self { tries: true, ..Self::of_top(terms, joint, result) }
    }

    const fn of_output(terms: &'static [&'static str], joint: &'static str, result: &'static str) -> Self {
        Self { seeks_top: false, ..Self::of_top(terms, joint, result) }
    }

    const fn in_rounds(terms: &'static [&'static str], joint: &'static str, result: &'static str) -> Self {
        let threshold = "row_sparsemax_threshold(sums.x, sums.y)";
        Self { rounds: 36, threshold, ..Self::of_top(terms, joint, result) }
    }

    /// Whether the largest element is known before anything is summed. Sums leave it out then: it is counted instead.
    pub(crate) const fn leaves_out(&self) -> bool {
        self.seeks_top && !self.tries
    }

    /// Whether terms are exponentials, counted from an origin.
    pub(crate) fn has_origin(&self) -> bool {
        self.terms.contains(&TERM)
    }
}

impl RowKind {
    /// All there are.
    #[cfg(any(test, feature = "verify"))]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let softmaxes = SoftmaxKind::ALL.iter().map(|kind| Self::Softmax(*kind));
        softmaxes.chain(Targets::ALL.iter().map(|targets| Self::CrossEntropy(*targets)))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Softmax(kind) => kind.name(),
            Self::CrossEntropy(Targets::Labels) => "cross_entropy",
            Self::CrossEntropy(Targets::Probabilities) => "cross_entropy of probabilities",
        }
    }

    pub(crate) const fn wgsl(self) -> &'static str {
        match self {
            Self::Softmax(SoftmaxKind::Softmax) => include_str!("../../shaders/rows/softmax.wgsl"),
            Self::Softmax(SoftmaxKind::LogSoftmax) => include_str!("../../shaders/rows/log_softmax.wgsl"),
            Self::Softmax(SoftmaxKind::LogSumExp) => include_str!("../../shaders/rows/logsumexp.wgsl"),
            Self::Softmax(SoftmaxKind::Hardmax) => include_str!("../../shaders/rows/hardmax.wgsl"),
            Self::Softmax(SoftmaxKind::Sparsemax) => include_str!("../../shaders/rows/sparsemax.wgsl"),
            Self::CrossEntropy(_) => include_str!("../../shaders/rows/cross_entropy.wgsl"),
        }
    }

    /// Whether a row has one result, not one for each element.
    pub(crate) const fn reduces(self) -> bool {
        matches!(self, Self::Softmax(SoftmaxKind::LogSumExp) | Self::CrossEntropy(_))
    }

    /// What its WGSL functions take from the uniform, by name: the size of the scale and its sign, since the largest of s x is that of x,
    /// or of -x; then the sink, or of a loss what is left of the target, what each element gets of the rest, and that rest; then what
    /// `math_exp_difference` takes of the size.
    pub(crate) const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Softmax(_) => &["size", "sign", "sunk", "rate", "step", "rest"],
            Self::CrossEntropy(_) => &["size", "sign", "keep", "share", "smoothing", "rate", "step", "rest"],
        }
    }

    /// What is read beside logits, or beside results where they take the logits' place: what a row is compared with, and what arrives.
    pub(crate) fn inputs(self, direction: Direction) -> Vec<Port> {
        let first = if direction == Direction::BackwardFromOutput { "y" } else { "x" };
        let target = match self {
            Self::Softmax(_) => None,
            Self::CrossEntropy(Targets::Labels) => Some(Port::label("labels", "label")),
            Self::CrossEntropy(Targets::Probabilities) => {
                Some(Port::One { name: "probabilities", variable: "p" })
            }
        };
        let dy = if self.reduces() { Port::row("dy") } else { Port::one("dy") };
        let dy = Some(dy).filter(|_| direction != Direction::Forward);
        [Port::one(first)].into_iter().chain(target).chain(dy).collect()
    }

    pub(crate) fn output(self, direction: Direction) -> Port {
        match (self, direction) {
            (Self::CrossEntropy(_), Direction::Forward) => Port::row_result("loss"),
            (_, Direction::Forward) if self.reduces() => Port::row_result("y"),
            (_, Direction::BackwardParameter(_)) => Port::row_result("the gradient by the sink"),
            _ => Port::One { name: direction.result(), variable: "result" },
        }
    }

    /// What is computed; no other directions than these are ever asked for.
    pub(crate) const fn body(self, direction: Direction) -> RowBody {
        match (self, direction) {
            (Self::Softmax(SoftmaxKind::Softmax), Direction::Forward) => RowBody::of_quotients(
                &[TERM],
                "row_softmax_joint(sums.x, lost, 0.0)",
                "row_softmax(term, joint.x)",
            ),
            (Self::Softmax(SoftmaxKind::Softmax), Direction::BackwardFromOutput) => RowBody::of_output(
                &["row_softmax_backward_from_output_term(y, dy)"],
                "sums",
                "row_softmax_backward_from_output(y, dy, joint.x, size, sign)",
            ),
            // What an element would have that gets nothing itself.
            (Self::Softmax(SoftmaxKind::Softmax), Direction::BackwardParameter(_)) => RowBody::of_quotients(
                &[TERM, "row_softmax_backward_term(term, dy)"],
                "row_softmax_joint(sums.x, lost, sums.y)",
                "row_softmax_backward(sunk_term, 0.0, joint, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::LogSoftmax), Direction::BackwardParameter(_)) => RowBody::of_top(
                &[TERM, "dy"],
                "vec3<f32>(math_terms_inverse(ties, sums.x), sums.y, 0.0)",
                "row_log_softmax_backward(sunk_term, top, 0.0, top, joint.x, joint.y, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::LogSumExp), Direction::BackwardParameter(_)) => RowBody::of_top(
                &[TERM],
                "vec3<f32>(math_terms_inverse(ties, sums.x), 0.0, 0.0)",
                "row_logsumexp_backward(sunk_term, top, dy, joint.x, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::Softmax), _) => RowBody::of_quotients(
                &[TERM, "row_softmax_backward_term(term, dy)"],
                "row_softmax_joint(sums.x, lost, sums.y)",
                "row_softmax_backward(term, dy, joint, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::LogSoftmax), Direction::Forward) => RowBody::of_top(
                &[TERM],
                "vec3<f32>(math_terms_logarithm(ties, sums.x), 0.0, 0.0)",
                "row_log_softmax(rank, top, low, joint.x, size)",
            ),
            (Self::Softmax(SoftmaxKind::LogSoftmax), Direction::BackwardFromOutput) => RowBody::of_output(
                &["dy"],
                "sums",
                "row_log_softmax_backward_from_output(y, dy, joint.x, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::LogSoftmax), _) => RowBody::of_top(
                &[TERM, "dy"],
                "vec3<f32>(math_terms_inverse(ties, sums.x), sums.y, 0.0)",
                "row_log_softmax_backward(term, rank, dy, top, joint.x, joint.y, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::LogSumExp), Direction::Forward) => RowBody::of_top(
                &[TERM],
                "vec3<f32>(row_logsumexp(top, math_terms_logarithm(ties, sums.x), size), 0.0, 0.0)",
                "joint.x",
            ),
            (Self::Softmax(SoftmaxKind::LogSumExp), _) => RowBody::of_top(
                &[TERM],
                "vec3<f32>(math_terms_inverse(ties, sums.x), 0.0, 0.0)",
                "row_logsumexp_backward(term, rank, dy, joint.x, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::Hardmax), Direction::Forward) => RowBody {
                by_number: true,
                ..RowBody::of_top(&["0.0"], "sums", "row_hardmax(is_largest, top, joint.x)")
            },
            (Self::Softmax(SoftmaxKind::Hardmax), _) => RowBody::of_output(&["0.0"], "sums", "0.0"),
            (Self::Softmax(SoftmaxKind::Sparsemax), Direction::Forward) => RowBody::in_rounds(
                &[
                    "row_sparsemax_term(rank, top, size, low, threshold)",
                    "row_sparsemax_part(rank, top, size, low, threshold, 1.0)",
                ],
                "vec3<f32>(threshold, 0.0, 0.0)",
                "row_sparsemax(rank, top, size, low, joint.x)",
            ),
            (Self::Softmax(SoftmaxKind::Sparsemax), Direction::BackwardFromOutput) => RowBody::of_output(
                &["select(0.0, dy, y > 0.0)", "select(0.0, 1.0, y > 0.0)"],
                "vec3<f32>(math_quotient(sums.x, sums.y), 0.0, 0.0)",
                "row_sparsemax_backward(y, dy, joint.x, size, sign)",
            ),
            (Self::Softmax(SoftmaxKind::Sparsemax), _) => RowBody::in_rounds(
                &[
                    "row_sparsemax_term(rank, top, size, low, threshold)",
                    "row_sparsemax_part(rank, top, size, low, threshold, 1.0)",
                    "row_sparsemax_part(rank, top, size, low, threshold, dy)",
                ],
                "vec3<f32>(threshold, math_quotient(sums.z, sums.y), 0.0)",
                "row_sparsemax_backward(row_sparsemax(rank, top, size, low, joint.x), dy, joint.y, size, sign)",
            ),
            (Self::CrossEntropy(Targets::Labels), Direction::Forward) => RowBody::of_top(
                &[TERM, "row_cross_entropy_distance(rank, top, size, share)"],
                "vec3<f32>(math_terms_logarithm(ties, sums.x), sums.y, 0.0)",
                "row_cross_entropy_counted(row_cross_entropy(rank, top, joint.x, joint.y, size, keep), label, length, job.ignored)",
            ),
            (Self::CrossEntropy(Targets::Labels), _) => RowBody::of_top(
                &[TERM],
                "vec3<f32>(math_terms_inverse(ties, sums.x), row_cross_entropy_others(ties, sums.x), 0.0)",
                "row_cross_entropy_counted(row_cross_entropy_backward(term, rank, index == label, dy, joint.x, joint.y, size, sign, keep, share, smoothing), label, length, job.ignored)",
            ),
            (Self::CrossEntropy(Targets::Probabilities), Direction::Forward) => RowBody::of_top(
                &[
                    TERM,
                    "row_cross_entropy_probabilities_term(rank, p, top, size, keep, share)",
                    "row_cross_entropy_weight(p, keep, share)",
                ],
                "vec3<f32>(row_cross_entropy_probabilities(top, math_terms_logarithm(ties, sums.x), sums.y, sums.z), 0.0, 0.0)",
                "joint.x",
            ),
            (Self::CrossEntropy(Targets::Probabilities), _) => RowBody::of_top(
                &[TERM, "row_cross_entropy_weight(p, keep, share)"],
                "vec3<f32>(math_terms_inverse(ties, sums.x), sums.y, 0.0)",
                "row_cross_entropy_probabilities_backward(term, rank, p, dy, joint.x, joint.y, size, sign, keep, share)",
            ),
        }
    }
}

impl fmt::Display for RowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
