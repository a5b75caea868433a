//! The library: files of functions, each with those that it needs.

use crate::formula::{Composed, Formula, legend};
use crate::storage::Storage;
use crate::table::Kind;

/// Files of a folder, by name.
pub(crate) type Files = &'static [(&'static str, &'static str)];

/// The files of `shaders/math/`, by name. A file says in a `// needs:` line which others it calls.
pub(crate) const MATH: Files = &[
    ("bell", include_str!("../../shaders/math/bell.wgsl")),
    ("beyond", include_str!("../../shaders/math/beyond.wgsl")),
    ("clip", include_str!("../../shaders/math/clip.wgsl")),
    ("divide", include_str!("../../shaders/math/divide.wgsl")),
    ("erf", include_str!("../../shaders/math/erf.wgsl")),
    ("exp", include_str!("../../shaders/math/exp.wgsl")),
    ("exp_difference", include_str!("../../shaders/math/exp_difference.wgsl")),
    ("expm1_minus_x", include_str!("../../shaders/math/expm1_minus_x.wgsl")),
    ("factor_logistic", include_str!("../../shaders/math/factor_logistic.wgsl")),
    ("factor_power", include_str!("../../shaders/math/factor_power.wgsl")),
    ("factor_words", include_str!("../../shaders/math/factor_words.wgsl")),
    ("factors", include_str!("../../shaders/math/factors.wgsl")),
    ("fence", include_str!("../../shaders/math/fence.wgsl")),
    ("gelu_erf", include_str!("../../shaders/math/gelu_erf.wgsl")),
    ("gelu_tanh", include_str!("../../shaders/math/gelu_tanh.wgsl")),
    ("gumbel", include_str!("../../shaders/math/gumbel.wgsl")),
    ("half_inverse", include_str!("../../shaders/math/half_inverse.wgsl")),
    ("hardswish", include_str!("../../shaders/math/hardswish.wgsl")),
    ("inverse", include_str!("../../shaders/math/inverse.wgsl")),
    ("line", include_str!("../../shaders/math/line.wgsl")),
    ("line_root", include_str!("../../shaders/math/line_root.wgsl")),
    ("log", include_str!("../../shaders/math/log.wgsl")),
    ("log1mexp", include_str!("../../shaders/math/log1mexp.wgsl")),
    ("log1p_exp", include_str!("../../shaders/math/log1p_exp.wgsl")),
    ("log1p_quotient", include_str!("../../shaders/math/log1p_quotient.wgsl")),
    ("log_parts", include_str!("../../shaders/math/log_parts.wgsl")),
    ("logistic", include_str!("../../shaders/math/logistic.wgsl")),
    ("logistic_slope", include_str!("../../shaders/math/logistic_slope.wgsl")),
    ("mish", include_str!("../../shaders/math/mish.wgsl")),
    ("nan", include_str!("../../shaders/math/nan.wgsl")),
    ("normal", include_str!("../../shaders/math/normal.wgsl")),
    ("over_positive", include_str!("../../shaders/math/over_positive.wgsl")),
    ("over_root_cubed", include_str!("../../shaders/math/over_root_cubed.wgsl")),
    ("over_square", include_str!("../../shaders/math/over_square.wgsl")),
    ("philox", include_str!("../../shaders/math/philox.wgsl")),
    ("own_factor_logistic", include_str!("../../shaders/math/own_factor_logistic.wgsl")),
    ("power", include_str!("../../shaders/math/power.wgsl")),
    ("product", include_str!("../../shaders/math/product.wgsl")),
    ("scale", include_str!("../../shaders/math/scale.wgsl")),
    ("scale_exp", include_str!("../../shaders/math/scale_exp.wgsl")),
    ("scaled_difference", include_str!("../../shaders/math/scaled_difference.wgsl")),
    ("scaled_sum", include_str!("../../shaders/math/scaled_sum.wgsl")),
    ("sin", include_str!("../../shaders/math/sin.wgsl")),
    ("sine", include_str!("../../shaders/math/sine.wgsl")),
    ("slope_high", include_str!("../../shaders/math/slope_high.wgsl")),
    ("snake_alpha", include_str!("../../shaders/math/snake_alpha.wgsl")),
    ("split", include_str!("../../shaders/math/split.wgsl")),
    ("sqrt", include_str!("../../shaders/math/sqrt.wgsl")),
    ("square_slope", include_str!("../../shaders/math/square_slope.wgsl")),
    ("sum_error", include_str!("../../shaders/math/sum_error.wgsl")),
    ("tanh", include_str!("../../shaders/math/tanh.wgsl")),
    ("tanh_slope", include_str!("../../shaders/math/tanh_slope.wgsl")),
    ("terms", include_str!("../../shaders/math/terms.wgsl")),
    ("versine", include_str!("../../shaders/math/versine.wgsl")),
    ("wide_product", include_str!("../../shaders/math/wide_product.wgsl")),
    ("xielu", include_str!("../../shaders/math/xielu.wgsl")),
    ("xielu_slope", include_str!("../../shaders/math/xielu_slope.wgsl")),
];

/// Those of `shaders/math/short/`, which take the place of the file of the same name where all that a kernel reads and writes has 16
/// bits: less accurate and cheaper.
pub(crate) const SHORT: Files = &[
    ("divide", include_str!("../../shaders/math/short/divide.wgsl")),
    ("erf", include_str!("../../shaders/math/short/erf.wgsl")),
    ("exp", include_str!("../../shaders/math/short/exp.wgsl")),
    ("exp_difference", include_str!("../../shaders/math/short/exp_difference.wgsl")),
    ("expm1_minus_x", include_str!("../../shaders/math/short/expm1_minus_x.wgsl")),
    ("factor_logistic", include_str!("../../shaders/math/short/factor_logistic.wgsl")),
    ("factor_power", include_str!("../../shaders/math/short/factor_power.wgsl")),
    ("gelu_erf", include_str!("../../shaders/math/short/gelu_erf.wgsl")),
    ("gelu_tanh", include_str!("../../shaders/math/short/gelu_tanh.wgsl")),
    ("hardswish", include_str!("../../shaders/math/short/hardswish.wgsl")),
    ("inverse", include_str!("../../shaders/math/short/inverse.wgsl")),
    ("line", include_str!("../../shaders/math/short/line.wgsl")),
    ("log", include_str!("../../shaders/math/short/log.wgsl")),
    ("log1mexp", include_str!("../../shaders/math/short/log1mexp.wgsl")),
    ("log1p_exp", include_str!("../../shaders/math/short/log1p_exp.wgsl")),
    ("log1p_quotient", include_str!("../../shaders/math/short/log1p_quotient.wgsl")),
    ("logistic", include_str!("../../shaders/math/short/logistic.wgsl")),
    ("logistic_slope", include_str!("../../shaders/math/short/logistic_slope.wgsl")),
    ("mish", include_str!("../../shaders/math/short/mish.wgsl")),
    ("normal", include_str!("../../shaders/math/short/normal.wgsl")),
    ("normal_tail", include_str!("../../shaders/math/short/normal_tail.wgsl")),
    ("own_factor_logistic", include_str!("../../shaders/math/short/own_factor_logistic.wgsl")),
    ("product", include_str!("../../shaders/math/short/product.wgsl")),
    ("scale_exp", include_str!("../../shaders/math/short/scale_exp.wgsl")),
    ("sin", include_str!("../../shaders/math/short/sin.wgsl")),
    ("sine", include_str!("../../shaders/math/short/sine.wgsl")),
    ("snake_alpha", include_str!("../../shaders/math/short/snake_alpha.wgsl")),
    ("sqrt", include_str!("../../shaders/math/short/sqrt.wgsl")),
    ("tanh", include_str!("../../shaders/math/short/tanh.wgsl")),
    ("tanh_slope", include_str!("../../shaders/math/short/tanh_slope.wgsl")),
    ("versine", include_str!("../../shaders/math/short/versine.wgsl")),
    ("wide_product", include_str!("../../shaders/math/short/wide_product.wgsl")),
    ("xielu", include_str!("../../shaders/math/short/xielu.wgsl")),
];

/// Those of `shaders/math/short/f16/`, which take the place of either in f16: its numbers are far from f32's limits.
pub(crate) const SHORT_F16: Files = &[
    ("factors", include_str!("../../shaders/math/short/f16/factors.wgsl")),
    ("gelu_tanh", include_str!("../../shaders/math/short/f16/gelu_tanh.wgsl")),
    ("log1p_exp", include_str!("../../shaders/math/short/f16/log1p_exp.wgsl")),
    ("logistic", include_str!("../../shaders/math/short/f16/logistic.wgsl")),
    ("mish", include_str!("../../shaders/math/short/f16/mish.wgsl")),
    ("normal_tail", include_str!("../../shaders/math/short/f16/normal_tail.wgsl")),
    ("own_factor_logistic", include_str!("../../shaders/math/short/f16/own_factor_logistic.wgsl")),
    ("scale", include_str!("../../shaders/math/short/f16/scale.wgsl")),
    ("scale_exp", include_str!("../../shaders/math/short/f16/scale_exp.wgsl")),
];

/// The folders of math that a kernel takes its files from, the first that has one of a name. `precision` is what its results are
/// rounded to.
pub(crate) fn math_folders(precision: Storage) -> &'static [(&'static str, Files)] {
    const ALL: &[(&str, Files)] = &[("math/short/f16", SHORT_F16), ("math/short", SHORT), ("math", MATH)];
    match precision {
        Storage::F16 => ALL,
        Storage::Bf16 => ALL.split_at(1).1,
        Storage::F32 => ALL.split_at(2).1,
    }
}

/// The file of this name, for such results.
pub(crate) fn math(name: &str, precision: Storage) -> Option<&'static str> {
    math_folders(precision).iter().find_map(|(_, files)| file_of(files, name))
}

pub(crate) fn file_of(files: Files, name: &str) -> Option<&'static str> {
    files.iter().find(|(file, _)| *file == name).map(|(_, source)| *source)
}

/// The WGSL library of several activations: their functions, `act_NAME` and `act_NAME_backward` and so on, and the math that they
/// need, each file once. Paste it before your own shader (a matrix multiplication's epilogue, a fragment shader).
///
/// ```
/// use wgpu_activations::{Kind, library};
/// let tone = library(&[Kind::Softsign])
///     + "@fragment fn tone(@location(0) light: vec4<f32>) -> @location(0) vec4<f32> {
///            return vec4<f32>(act_softsign(light.r), act_softsign(light.g), act_softsign(light.b), 1.0);
///        }";
/// assert!(tone.contains("fn act_softsign(x: f32) -> f32"));
/// ```
#[must_use]
pub fn library(kinds: &[Kind]) -> String {
    library_of(&kinds.iter().map(|kind| kind.row().wgsl).collect::<Vec<_>>())
}

impl Formula {
    /// The WGSL of one element, with all that it calls: `formula(operand_0, operand_1, ..., value_0, ...)`, for your own shaders. Operands are
    /// numbered in the order of [`Formula::operands`]; those with an element each come first, then those that are shared, then values:
    /// what parameters are, and what is derived from them. A comment at the head says which is which.
    ///
    /// ```
    /// let wgsl = "x * k + b[c] with k = 2".parse::<wgpu_activations::Formula>()?.wgsl();
    /// let head: Vec<&str> = wgsl.lines().take(4).collect();
    /// assert_eq!(head[1..], ["//   operand_0 is x", "//   operand_1 is b[c]", "//   value_0 is k"]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn wgsl(&self) -> String {
        let composed = Composed::of(self);
        legend(self) + "\n" + &library_of(&composed.sources) + &composed.function
    }
}

/// Files with those that they need, each once, right for f32.
pub(crate) fn library_of(sources: &[&'static str]) -> String {
    files_of(sources, Storage::F32).join("\n") + "\n"
}

/// Files, after those that they need, each once; `precision` is what the results are rounded to.
pub(crate) fn files_of(sources: &[&'static str], precision: Storage) -> Vec<&'static str> {
    let mut files = Vec::new();
    for source in sources {
        add_with_needs(source, precision, &mut files);
    }
    files
}

fn add_with_needs(source: &'static str, precision: Storage, files: &mut Vec<&'static str>) {
    if files.contains(&source) {
        return;
    }
    for needed in needs(source).filter_map(|name| math(name, precision)) {
        add_with_needs(needed, precision, files);
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
    use crate::operation::{Gate, GateKind, RowKind};

    fn files(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/shaders/{folder}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        let names = files.map(|file| file.file_name());
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
        // One file for both targets of cross_entropy.
        let rows = RowKind::all().filter_map(|kind| kind.name().split(' ').next());
        assert_eq!(files("rows"), rows.map(str::to_owned).collect());
        for (folder, listed) in math_folders(Storage::F16) {
            let math: BTreeSet<String> = listed.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(files(folder), math);
        }
    }

    #[test]
    fn every_need_is_a_file_and_every_file_is_needed() {
        let activations = Kind::ALL.iter().map(|kind| kind.row().wgsl);
        let gates = gates().into_iter().map(|gate| gate.row().wgsl);
        let rows = RowKind::all().map(RowKind::wgsl);
        let sources = activations.chain(gates).chain(rows).chain(MATH.iter().map(|(_, source)| *source));
        // A bias and noise are added by what is composed.
        let composed = [crate::shader::program::OF_BIAS, crate::shader::program::OF_NOISE];
        let needed: BTreeSet<&str> = sources.flat_map(needs).chain(composed).collect();
        let math: BTreeSet<&str> = MATH.iter().map(|(name, _)| *name).collect();
        assert_eq!(needed, math);
    }

    #[test]
    fn a_short_form_takes_the_place_of_a_full_one() {
        let short = || SHORT.iter().chain(SHORT_F16);
        // Or it is what short forms alone need.
        let known: BTreeSet<&str> =
            MATH.iter().map(|(name, _)| *name).chain(short().flat_map(|(_, source)| needs(source))).collect();
        assert!(short().all(|(name, _)| known.contains(name)));
        for (name, full) in MATH {
            assert_eq!(math(name, Storage::F32), Some(*full));
            let short = file_of(SHORT, name).unwrap_or(full);
            assert_eq!(math(name, Storage::Bf16), Some(short));
            assert_eq!(math(name, Storage::F16), file_of(SHORT_F16, name).or(Some(short)));
        }
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
