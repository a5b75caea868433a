//! The report as docs/cost.md.

use measure::cost::{Cost, Report, Row, SEARCHES, SHAPES};
use wgpu_activations::Storage;

use super::table::{cost, each, groups, how, in_passes, short, spilled, whole};

/// `figure` is the picture's path from the document, if there is one.
pub(super) fn render(report: &Report, figure: Option<&str>) -> String {
    let mut text = format!(
        "# What kernels cost\n\nWritten by `./x cost --markdown docs/cost.md --plot docs/cost.svg`; do not edit it.\n\n{}\n{METHOD}",
        how(report)
    );
    text += &cards(report);
    if let Some(figure) = figure {
        text += &format!(
            "{PICTURE}\n![How many times as long as a copy each kernel takes on each card, and what one kernel for a formula saves][figure]\n\n[figure]: {figure}\n"
        );
    }
    text += &waiting(report);
    text += &fused(report);
    text += &builtins(report);
    text += &registers(report);
    text += &functions_of_rows(report);
    text += TABLES;
    for (direction, rows) in groups(&report.kernels) {
        text += &table(&direction, &rows);
    }
    text
}

const METHOD: &str = "
No GPU took part: Mesa's compiler for AMD cards says for how many cycles a wave of 64 invocations of a kernel keeps its SIMD busy. That,
over the elements that an invocation computes, is the *cost* of an element. On RDNA an ordinary instruction for one element counts 2,
on GCN 4; `exp2`, reciprocals and roots run beside them at a quarter of the rate. Each kernel is what wgpu hands to the driver, one
16-byte word an invocation without the branch that looks for the end, over aligned buffers of its own. The figures are the same on every run. They are a model, without caches
and clocks: compare them with each other; other makers' cards rank alike, not alike in detail.

While memory moves the bytes of an element, a card could do so much arithmetic. A kernel that costs less is as fast as a copy, and
making it cheaper changes nothing; one that costs more lets memory wait.

";

fn cards(report: &Report) -> String {
    let mut text = String::from(
        "| card | lanes | clock, GHz | memory, GB/s | cost while memory moves a byte | f32 forward (8 bytes) | f16 forward (4 bytes) | machine code |\n\
         |---|---:|---:|---:|---:|---:|---:|---|\n",
    );
    for card in report.cards {
        let code = report.families.iter().find(|family| family.name == card.family);
        text += &format!(
            "| {} | {} | {} | {} | {:.1} | {:.0} | {:.0} | {} |\n",
            card.name,
            card.lanes,
            card.clock_ghz,
            card.memory_gb_per_s,
            card.memory(1),
            card.memory(8),
            card.memory(4),
            code.map_or("", |family| family.architecture)
        );
    }
    text + "\nThe fifth column is 2 x lanes x clock / bandwidth: a SIMD of 32 lanes takes 2 cycles for a wave's instruction.\n"
}

const PICTURE: &str = "
Green: arithmetic runs while memory moves the operands, and the kernel is as fast as a copy of them. A number: arithmetic takes so many
times as long as memory, and so does the kernel.
";

/// On how many kernels each card's memory waits.
fn waiting(report: &Report) -> String {
    let mut text = String::from(
        "\n## Where memory waits\n\nKernels that cost more than memory's time, of how many.\n\n| card ",
    );
    let groups = groups(&report.kernels);
    let columns: Vec<_> = ["forward", "backward", "gated_forward", "gated_backward"]
        .into_iter()
        .flat_map(|direction| Storage::ALL.iter().map(move |storage| (direction, *storage)))
        .collect();
    text.extend(columns.iter().map(|(direction, storage)| format!("| {direction} {storage} ")));
    text += &format!("|\n|---{}|\n", "|---:".repeat(columns.len()));
    for (index, card) in report.cards.iter().enumerate() {
        text += &format!("| {} ", card.name);
        for (direction, storage) in &columns {
            let rows = groups.iter().filter(|(name, _)| name == direction).flat_map(|(_, rows)| rows);
            let rows: Vec<_> = rows.filter(|row| row.storage == *storage).collect();
            let waiting = rows.iter().filter(|row| row.fractions[index].of_memory_time > 1.0).count();
            text += &format!("| {waiting} of {} ", rows.len());
        }
        text += "|\n";
    }
    text
}

/// Formulas as one kernel, beside a kernel for each operation.
fn fused(report: &Report) -> String {
    let mut text = String::from(
        "\n## What fusing saves\n\nA formula as one kernel, f32, beside a kernel for each of its operations, each of which reads what the one \
         before it wrote. Bytes are those that memory moves for an element; a kernel takes the longer of memory's time and arithmetic's. \
         By hand: the cost on RDNA 2 of one kernel around the same functions, for rows of a multiple of four elements alone; a formula \
         takes channels along any dimension, and along the last one it divides as often. Memory's time, below, hides both but in dropout, \
         which is arithmetic throughout.\n\n\
         | formula | kernels | bytes | bytes as one | cost | by hand ",
    );
    text.extend(report.cards.iter().map(|card| format!("| {}: times as fast ", card.name)));
    text += &format!("|\n|---{}|\n", "|---:".repeat(5 + report.cards.len()));
    for fused in report.fused() {
        let bytes: u64 = fused.steps.iter().map(|step| step.bytes).sum();
        text += &format!("| `{}` | {} | {bytes} | {} ", fused.text, fused.steps.len(), fused.whole.bytes);
        text.extend([fused.whole, fused.by_hand].map(|row| format!("| {:.0} ", on_first(row))));
        text.extend((0..report.cards.len()).map(|card| format!("| {:.1} ", fused.times(card))));
        text += "|\n";
    }
    text
}

/// On the first architecture.
fn on_first(row: &Row) -> f64 {
    row.costs.first().map_or(f64::NAN, |cost| cost.cost)
}

/// Ours beside those of builtins.
fn builtins(report: &Report) -> String {
    let mut text = String::from(
        "\n## The price of accuracy\n\nForward kernels beside the same function as one writes it with WGSL's builtins, cost on RDNA 2. Most of those are \
         wrong somewhere: the numeric rules say what ours promise.\n\n\
         | function | f32 | builtins | times | f16 | builtins | times |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for pair in report.builtins.chunks(2) {
        text += &format!("| `{}` ", pair.first().map_or("", |row| row.name));
        for builtin in pair {
            let ours = report.kernels.iter().find(|row| {
                (row.name, &row.direction, row.storage) == (builtin.name, &builtin.direction, builtin.storage)
            });
            let (ours, theirs) = (ours.map_or(f64::NAN, on_first), on_first(builtin));
            text += &format!("| {ours:.0} | {theirs:.0} | {:.1} ", ours / theirs);
        }
        text += "|\n";
    }
    text
}

/// The extremes, kernel by name.
fn registers(report: &Report) -> String {
    let mut text = String::from(
        "\n## Registers\n\n| architecture | most vector registers | fewest waves on a SIMD | kernels that spill |\n|---|---|---|---|\n",
    );
    for (index, family) in report.families.iter().enumerate() {
        let of = |row: &&Row, value: fn(&Cost) -> u64| row.costs.get(index).map_or(0, value);
        let most = report.kernels.iter().max_by_key(|row| of(row, |cost| cost.statistics.vgprs));
        let fewest = report.kernels.iter().min_by_key(|row| of(row, |cost| cost.statistics.waves));
        let spilling: Vec<String> = report
            .kernels
            .iter()
            .filter(|row| of(row, |cost| cost.statistics.spills + cost.statistics.scratch_bytes) > 0)
            .map(Row::to_string)
            .collect();
        text += &format!("| {} ", family.architecture);
        for (row, value) in [
            (most, (|cost| cost.statistics.vgprs) as fn(&Cost) -> u64),
            (fewest, |cost| cost.statistics.waves),
        ] {
            text += &row.map_or(String::new(), |row| format!("| {} ({row}) ", of(&row, value)));
        }
        text +=
            &format!("| {} |\n", if spilling.is_empty() { "none".to_owned() } else { spilling.join(", ") });
    }
    text
}

const ROWS: &str = "
## Functions of rows

softmax and its family along the last dimension, each as the library dispatches it over a tensor of so many rows of so many elements. A
workgroup is one wave of 64. Their loops are part of them, and the driver's figure for cycles does not know how often a loop runs: it
takes 8 rounds for any loop, and 4 for one in a loop. So the instructions of the machine code are counted here, with the cycles that the
driver gives each, and each loop as often as it runs over this shape: the passes over a row (one for the largest element, one for the
sums, one for the results), the steps in which invocations put together what they found, the elements of a word. softmax, and its backward
from x, take the first two passes together where a row's first element will do for its largest: that is counted, as for most rows, but
registers and instructions are those of the whole shader. Where lanes of a wave
may go either way, both ways count, and all rounds as if rows filled them. Of machine code without a branch, this count and the driver's
figure are the same, but where a kernel is so short that it mostly waits.

The cost is that of an element, in the unit of this document. Of it, *in loops* is what the loops over elements take; the rest is done once
for a row, or for an invocation, and fades as rows grow. Memory's time is that of each operand moved once, as if a row that is read
again were still in a cache. Registers (and after + how many were spilled), waves and workgroup memory are the same for both shapes, which share a shader. Backward from x
computes the result anew; cross_entropy forward is the loss and backward dx, with labels or with probabilities; causal is softmax with a
causal mask. How often sparsemax reads a row depends on what is there: it is counted with SEARCHES rounds, of the 4 to 8 that most rows take.
hardmax's gradients are 0, and not here. gumbel_softmax draws its noise anew in each pass: two logarithms an element, whose sums and
products are fenced, so that every device draws the same bits.

";

fn functions_of_rows(report: &Report) -> String {
    let mut text = ROWS.replace("SEARCHES", &SEARCHES.to_string()) + "| function | storage ";
    text.extend(SHAPES.map(|[rows, size]| format!("| cost, {rows} x {size} | in loops | of memory's time ")));
    text += &format!(
        "| vector registers | scalar registers | waves | workgroup memory, bytes | instructions |\n|---|---{}|---|---|---|---|---|\n",
        "|---|---|---".repeat(SHAPES.len())
    );
    for of_shapes in report.rows.chunks(SHAPES.len()) {
        let Some(first) = of_shapes.first() else { continue };
        text += &format!("| `{}` {} | {} ", first.name, first.direction, first.storage);
        for row in of_shapes {
            let costs = [whole, in_passes].map(|of| each(row, of).replace('/', " / "));
            text += &format!("| {} | {} | {} ", costs[0], costs[1], fractions(row));
        }
        let told = |value: fn(&Cost) -> u64| each(first, |cost| value(cost).to_string()).replace('/', " / ");
        text += &format!(
            "| {}{} | {} | {} | {} | {} |\n",
            told(|cost| cost.statistics.vgprs),
            spilled(first),
            told(|cost| cost.statistics.sgprs),
            told(|cost| cost.statistics.waves),
            told(|cost| cost.statistics.lds_bytes),
            told(|cost| cost.statistics.instructions)
        );
    }
    text + &format!("\n{}\n", spills(report))
}

/// Which of them spill.
fn spills(report: &Report) -> String {
    let spills =
        |row: &&Row| row.costs.iter().any(|cost| cost.statistics.spills + cost.statistics.scratch_bytes > 0);
    let names: Vec<_> = report.rows.iter().filter(spills).map(Row::to_string).collect();
    if names.is_empty() {
        "None of them spills.".to_owned()
    } else {
        format!("These spill: {}.", names.join(", "))
    }
}

const TABLES: &str = "
## All kernels

Costs on RDNA 2 / RDNA 3 / GCN, one where they are equal; a `*` where a loop was left in machine code, whose weight is estimated for f32.
Then what the cost is of memory's time on the four cards in the order above: **above 1**, memory waits. `--json` has registers, spills,
waves and sizes of each.
";

fn table(direction: &str, rows: &[&Row]) -> String {
    let mut text = format!("\n### {direction}\n\n| kernel ");
    text.extend(Storage::ALL.iter().map(|storage| format!("| {storage} | of memory's time ")));
    text += &format!("|\n|---{}|\n", "|---".repeat(2 * Storage::ALL.len()));
    for of_kernel in rows.chunks(Storage::ALL.len()) {
        text += &format!("| `{}` ", of_kernel.first().map_or("", |row| row.name));
        text.extend(
            of_kernel
                .iter()
                .map(|row| format!("| {} | {} ", each(row, cost).replace('/', " / "), fractions(row))),
        );
        text += "|\n";
    }
    text
}

fn fractions(row: &Row) -> String {
    let fraction = |value: f64| if value > 1.0 { format!("**{}**", short(value)) } else { short(value) };
    let fractions = row.fractions.iter().map(|it| fraction(it.of_memory_time));
    fractions.collect::<Vec<_>>().join(" / ")
}
