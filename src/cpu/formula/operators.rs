//! Loops over the columns of nodes that are no functions of the table.

use super::super::gated::settled;
use super::super::loops::{NodeLoop, Point, run};
use super::super::math::times;
use super::super::scalar::Coefficients;
use crate::formula::node::{Binary, Comparison};

/// A loop for each variant, in which it is a constant: which of them, `$of` with N inputs each.
macro_rules! loops {
    ($(#[$doc:meta])* $name:ident, $type:ident [$($variant:ident)*], $of:ident, $inputs:literal) => {
        $(#[$doc])*
        pub(super) fn $name(which: $type) -> NodeLoop<$inputs> {
            match which {
                $($type::$variant => {
                    struct Constant;

                    impl Point<f64, $inputs, 1> for Constant {
                        #[inline(always)]
                        fn at(inputs: [f64; $inputs], _: Coefficients) -> [f64; 1] {
                            [$of($type::$variant, inputs)]
                        }
                    }

                    run::<f64, Constant, (), $inputs, 1>
                })*
            }
        }
    };
}

loops!(
    /// Of a and b.
    binary, Binary [Add Subtract Multiply Divide Minimum Maximum Chain Over], combined, 2
);

loops!(
    /// Of a and b, which are compared, and what is chosen from.
    choose, Comparison [Less LessOrEqual Greater GreaterOrEqual Equal NotEqual], chosen, 4
);

/// What is 0 in f32 lets nothing through, as a gate that is shut.
#[inline(always)]
fn combined(binary: Binary, [a, b]: [f64; 2]) -> f64 {
    match binary {
        Binary::Chain => times(settled(b), a),
        _ => binary.of(a, b),
    }
}

#[inline(always)]
fn chosen(comparison: Comparison, [a, b, then, otherwise]: [f64; 4]) -> f64 {
    let chosen = if comparison.holds(a, b) { then } else { otherwise };
    if a.is_nan() || b.is_nan() { f64::NAN } else { chosen }
}

/// -a
pub(super) const NEGATE: NodeLoop<1> = {
    struct Negate;

    impl Point<f64, 1, 1> for Negate {
        #[inline(always)]
        fn at([a]: [f64; 1], _: Coefficients) -> [f64; 1] {
            [-a]
        }
    }

    run::<f64, Negate, (), 1, 1>
};
