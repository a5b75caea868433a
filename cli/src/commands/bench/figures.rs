//! What is shown of a report, on the terminal and in the document alike.

use measure::{Copies, Family, Measurement, Report, RowsMeasured};
use wgpu_activations::{Storage, verify};

use crate::terminal;

/// A column: its title on the terminal, its title in the document, its value.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) long: &'static str,
    pub(super) value: fn(&Measurement) -> String,
}

/// The columns between the activation's name and the verdict.
pub(super) const COLUMNS: &[Column] = &[
    Column { title: "", long: "storage", value: |result| result.storage.to_string() },
    Column { title: "ns", long: "ns per element", value: |result| short(result.ns_per_element) },
    Column { title: "GB/s", long: "GB/s", value: |result| short(result.gb_per_s) },
    Column { title: "x copy", long: "× copy kernel", value: |result| short(result.ratio_to_copy_kernel) },
    Column { title: "x buf", long: "× buffer copy", value: |result| short(result.ratio_to_buffer_copy) },
    Column {
        title: "4 B off",
        long: "4 bytes off, × copy kernel",
        value: |result| short(result.unaligned_ratio_to_copy_kernel),
    },
    Column { title: "wait us", long: "submit and wait, µs", value: |result| short(result.submit_wait_us) },
    Column {
        title: "1 thr",
        long: "CPU, one thread: ns per element",
        value: |result| short(result.cpu_one_thread_ns / result.elements as f64),
    },
    Column {
        title: "all thr",
        long: "CPU, all threads: ns per element",
        value: |result| short(result.cpu_all_threads_ns / result.elements as f64),
    },
    Column { title: "cross", long: "crossover", value: |result| crossover(result.crossover_elements) },
];

/// Results of one size and direction.
pub(super) struct Group<'a> {
    pub(super) elements: u64,
    pub(super) direction: &'a str,
    pub(super) results: Vec<&'a Measurement>,
}

/// In the order of the run.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for result in &report.results {
        let (elements, direction) = (result.elements, result.direction.as_str());
        match groups.iter_mut().find(|group| (group.elements, group.direction) == (elements, direction)) {
            Some(group) => group.results.push(result),
            None => groups.push(Group { elements, direction, results: vec![result] }),
        }
    }
    groups
}

impl Group<'_> {
    /// `16,777,216 elements, forward`.
    pub(super) fn title(&self) -> String {
        format!("{} elements, {}", terminal::thousands(self.elements), self.direction)
    }

    /// What its results are multiples of, and what transfers take: for each storage.
    pub(super) fn baselines(&self, report: &Report) -> Vec<String> {
        let inputs = if self.direction == "forward" { 1 } else { 2 };
        let wanted = |copies: &&Copies| (copies.elements, copies.inputs) == (self.elements, inputs);
        report.copies.iter().filter(wanted).flat_map(|copies| self.baseline(copies)).collect()
    }

    fn baseline(&self, copies: &Copies) -> Vec<String> {
        let Copies { storage, inputs, copy_kernel, .. } = copies;
        let per_element = |ns: f64| short(ns / copies.elements as f64);
        let what = if *inputs == 1 { "copy kernel" } else { "copy kernel with two inputs" };
        let mut lines = vec![
            format!(
                "{storage}: {what} {} ns an element, {} GB/s ({copy_kernel})",
                per_element(copies.copy_kernel_ns),
                short(copies.copy_kernel_gb_per_s()),
            ),
            format!(
                "{storage}: copy_buffer_to_buffer {} ns an element, {} GB/s",
                per_element(copies.buffer_copy_ns),
                short(copies.buffer_copy_gb_per_s())
            ),
        ];
        if let Some(result) = self.results.iter().find(|result| result.storage == *storage) {
            lines.push(format!(
                "{storage}: upload {} us, read back {} us, beside the kernel",
                short(result.upload_ns / 1e3),
                short(result.read_back_ns / 1e3)
            ));
        }
        lines
    }
}

/// Powers of two, and the largest size measured, which need not be one.
fn crossover(elements: Option<u64>) -> String {
    match elements {
        None => "none".to_owned(),
        Some(elements) if elements.is_power_of_two() => format!("2^{}", elements.ilog2()),
        Some(elements) => elements.to_string(),
    }
}

/// `WRONG`, `slow`, or nothing.
pub(super) fn verdict(result: &Measurement) -> &'static str {
    if !result.correct {
        "WRONG"
    } else if result.keeps_promise() {
        ""
    } else {
        "slow"
    }
}

/// A gated function or a gradient of a parameter: its name, and the columns of [`FAMILY_TITLES`].
pub(super) fn family(result: &Family) -> [String; 7] {
    let Family { name, direction, channels, storage, elements, ns_per_element, ratio, .. } = result;
    let channels = channels.map_or_else(String::new, |channels| format!(", {channels} channels"));
    let promised = result.promised_ratio.map(|promised| promised.to_string()).unwrap_or_default();
    let verdict = match (result.correct, result.keeps_promise()) {
        (false, _) => "WRONG",
        (true, false) => "slow",
        _ => "",
    };
    [
        (*name).to_owned(),
        format!("{direction}{channels}"),
        storage.to_string(),
        terminal::thousands(*elements),
        short(*ns_per_element),
        short(*ratio),
        format!("{promised} {verdict}").trim().to_owned(),
    ]
}

pub(super) const FAMILY_TITLES: [&str; 7] =
    ["", "direction", "storage", "elements", "ns", "ratio", "promised"];

/// What the ratios of families are of.
pub(super) const FAMILY_LEGEND: &str = "Gated functions as multiples of a copy kernel with as many operands, the fastest of several; \
    gradients of parameters as multiples of their backward.";

/// A function of rows: the columns of [`ROW_TITLES`].
pub(super) fn of_rows(result: &RowsMeasured) -> [String; 5] {
    let RowsMeasured { function, direction, shape, ns_per_element, ratio_to_copy_kernel } = result;
    [
        (*function).to_owned(),
        (*direction).to_owned(),
        shape.map(terminal::thousands).join(" x "),
        short(*ns_per_element),
        short(*ratio_to_copy_kernel),
    ]
}

pub(super) const ROW_TITLES: [&str; 5] = ["", "direction", "shape", "ns", "x copy"];

/// What the ratios of functions of rows are of.
pub(super) const ROW_LEGEND: &str = "In f32, along the middle one of three dimensions, as multiples of a copy kernel that reads as many \
    tensors of this shape and writes one: cross_entropy reads logits alone, and forward writes next to nothing.";

/// Three digits.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        magnitude if magnitude >= 99.95 => format!("{value:.0}"),
        magnitude if magnitude >= 9.995 => format!("{value:.1}"),
        // A fast GPU needs picoseconds.
        magnitude if 0.0 < magnitude && magnitude < 0.1 => format!("{value:.4}"),
        _ => format!("{value:.2}"),
    }
}

/// `driver llvmpipe Mesa 22.3.6; wgpu 30.0.1, wgpu-activations 0.1.0; release build`.
pub(super) fn versions(report: &Report) -> String {
    let verify::Adapter { driver, wgpu, library, .. } = &report.adapter;
    format!("driver {driver}; wgpu {wgpu}, wgpu-activations {library}; {} build", report.build.profile)
}

/// What a device's times come from, and the costs of the host.
pub(super) fn facts(report: &Report) -> Vec<String> {
    let host = &report.host;
    let mut facts = vec![
        format!("times of kernels and copies: {}; medians", report.clock),
        format!(
            "f16 is written {}",
            if report.shader_f16 {
                "by the hardware's conversion (SHADER_F16)"
            } else {
                "by integer operations, without SHADER_F16"
            }
        ),
        format!("the CPU's side: {} threads", report.cpu_threads),
        format!("a lone submit-and-wait of a small step: {} us", short(host.lone_submit_wait_us)),
        format!(
            "recording a prepared step: {} times the bare wgpu calls ({} us)",
            short(host.recording_ratio),
            short(host.recording_us)
        ),
        format!(
            "preparing a step: {} us more than its bare bind group and uniform ({} us against {} us)",
            short(host.prepare_us),
            short(host.prepare_total_us),
            short(host.prepare_bare_us)
        ),
    ];
    facts.push(unrest(report));
    if report.build.debug_assertions {
        facts.insert(0, "DEBUG BUILD: debug assertions are on, so that no figure means anything".to_owned());
    }
    if report.build.driver_validation {
        facts.insert(0, "DRIVER VALIDATION IS ON: it slows everything down".to_owned());
    }
    facts
}

/// How quiet the machine was.
fn unrest(report: &Report) -> String {
    let warning = if report.is_busy() {
        ": THE MACHINE WAS BUSY, so that times mean little and ratios not much; run it again when it is quiet"
    } else {
        ""
    };
    format!(
        "how quiet the machine was: the median round took {:.2} times the fastest{warning}",
        report.unrest()
    )
}

/// The largest f32 operands of a report.
pub(super) fn largest(report: &Report) -> u64 {
    let f32s = report.results.iter().filter(|result| result.storage == Storage::F32);
    f32s.map(|result| result.elements).max().unwrap_or(0)
}
