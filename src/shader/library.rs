//! The library: files of functions, each with those that it needs.

use crate::formula::{Composed, Formula};
use crate::table::Kind;

/// The files of `shaders/math/`, by name. A file says in a `// needs:` line which others it calls.
pub(crate) static MATH: &[(&str, &str)] = &[
    ("beyond", include_str!("../../shaders/math/beyond.wgsl")),
    ("divide", include_str!("../../shaders/math/divide.wgsl")),
    ("erf", include_str!("../../shaders/math/erf.wgsl")),
    ("exp", include_str!("../../shaders/math/exp.wgsl")),
    ("expm1_minus_x", include_str!("../../shaders/math/expm1_minus_x.wgsl")),
    ("factors", include_str!("../../shaders/math/factors.wgsl")),
    ("fence", include_str!("../../shaders/math/fence.wgsl")),
    ("line", include_str!("../../shaders/math/line.wgsl")),
    ("log", include_str!("../../shaders/math/log.wgsl")),
    ("log1p_exp", include_str!("../../shaders/math/log1p_exp.wgsl")),
    ("logistic", include_str!("../../shaders/math/logistic.wgsl")),
    ("nan", include_str!("../../shaders/math/nan.wgsl")),
    ("over_positive", include_str!("../../shaders/math/over_positive.wgsl")),
    ("philox", include_str!("../../shaders/math/philox.wgsl")),
    ("power", include_str!("../../shaders/math/power.wgsl")),
    ("product", include_str!("../../shaders/math/product.wgsl")),
    ("scale_exp", include_str!("../../shaders/math/scale_exp.wgsl")),
    ("sin", include_str!("../../shaders/math/sin.wgsl")),
    ("sine", include_str!("../../shaders/math/sine.wgsl")),
    ("split", include_str!("../../shaders/math/split.wgsl")),
    ("sqrt", include_str!("../../shaders/math/sqrt.wgsl")),
    ("sum_error", include_str!("../../shaders/math/sum_error.wgsl")),
    ("tanh", include_str!("../../shaders/math/tanh.wgsl")),
    ("tanh_slope", include_str!("../../shaders/math/tanh_slope.wgsl")),
    ("versine", include_str!("../../shaders/math/versine.wgsl")),
];

/// The WGSL library of several activations: their functions, `act_NAME` and `act_NAME_backward` and so on, and the math that they
/// need, each file once. Paste it before your own shader (a matrix multiplication's epilogue, a fragment shader).
#[must_use]
pub fn library(kinds: &[Kind]) -> String {
    library_of(&kinds.iter().map(|kind| kind.row().wgsl).collect::<Vec<_>>())
}

impl Formula {
    /// The WGSL of one element, with all that it calls: `formula(operand_0, operand_1, ..., value_0, ...)`, for your own shaders. Operands are
    /// numbered in the order of [`Formula::operands`]; those with an element each come first, then those that are shared, then values:
    /// what parameters are, and what is derived from them.
    #[must_use]
    pub fn wgsl(&self) -> String {
        let composed = Composed::of(self);
        library_of(&composed.sources) + &composed.function
    }
}

/// Files with those that they need, each once.
pub(crate) fn library_of(sources: &[&'static str]) -> String {
    let mut files: Vec<&'static str> = Vec::new();
    for source in sources {
        add_with_needs(source, &mut files);
    }
    files.join("\n") + "\n"
}

/// Adds a file after those that it needs, unless it is there.
pub(crate) fn add_with_needs(source: &'static str, files: &mut Vec<&'static str>) {
    if files.contains(&source) {
        return;
    }
    for (_, needed) in needs(source).filter_map(|name| MATH.iter().find(|(math, _)| *math == name)) {
        add_with_needs(needed, files);
    }
    files.push(source);
}

/// The names in a file's `// needs:` line.
pub(crate) fn needs(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.strip_prefix("// needs:")).flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::operation::gate::GateArguments;
    use crate::operation::{Gate, GateKind};

    fn files(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/shaders/{folder}", env!("CARGO_MANIFEST_DIR"));
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_str().unwrap().strip_suffix(".wgsl").unwrap().to_owned()).collect()
    }

    fn gates() -> Vec<GateKind> {
        Gate::NAMED.iter().map(|named| named.gate.kind()).collect()
    }

    #[test]
    fn gates_have_the_functions_of_their_rows() {
        for gate in gates() {
            let row = gate.row();
            let parameters: String = match row.arguments {
                GateArguments::OfActivation => String::new(),
                GateArguments::Own(names) => names.iter().map(|name| format!(", {name}: f32")).collect(),
            };
            let forward = format!("fn gate_{}(value: f32, gate: f32{parameters}) -> f32 {{", row.name);
            let backward = format!(
                "fn gate_{}_backward(value: f32, gate: f32, dy: f32{parameters}) -> vec2<f32> {{",
                row.name
            );
            assert!(row.wgsl.contains(&forward) && row.wgsl.contains(&backward), "{}", row.name);
        }
    }

    #[test]
    fn the_folders_hold_what_the_lists_name_and_nothing_else() {
        let rows: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
        assert_eq!(files("activations"), rows);
        let rows: BTreeSet<String> = gates().iter().map(|gate| gate.row().name.to_owned()).collect();
        assert_eq!(files("gates"), rows);
        let math: BTreeSet<String> = MATH.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files("math"), math);
    }

    #[test]
    fn every_need_is_a_file_and_every_file_is_needed() {
        let activations = Kind::ALL.iter().map(|kind| kind.row().wgsl);
        let gates = gates().into_iter().map(|gate| gate.row().wgsl);
        let sources = activations.chain(gates).chain(MATH.iter().map(|(_, source)| *source));
        let needed: BTreeSet<&str> = sources.flat_map(needs).collect();
        let math: BTreeSet<&str> = MATH.iter().map(|(name, _)| *name).collect();
        assert_eq!(needed, math);
    }

    #[test]
    fn a_library_holds_each_file_once_after_what_it_needs() {
        let text = library(Kind::ALL);
        let activations = Kind::ALL.iter().map(|kind| kind.row().wgsl);
        let needed: BTreeSet<&str> =
            activations.chain(MATH.iter().map(|(_, source)| *source)).flat_map(needs).collect();
        for (name, source) in MATH {
            assert_eq!(text.matches(source).count(), usize::from(needed.contains(name)), "{name}");
        }
        for kind in Kind::ALL {
            assert_eq!(text.matches(kind.row().wgsl).count(), 1, "{kind}");
        }
        assert_eq!(library(&[Kind::Relu, Kind::Relu]), library(&[Kind::Relu]));
    }
}
