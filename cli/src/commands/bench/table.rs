//! The report as tables.

use measure::Report;

use crate::terminal::{self, Table};

pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    text += &format!("{:?} {:?}\n{:?}\n", report.clock, report.build, report.host);
    for copies in &report.copies {
        text += &format!(
            "{} inputs: {}: {} GB/s; buffer copy {} GB/s, {} ns, {} ns\n",
            copies.inputs,
            copies.copy_kernel,
            copies.copy_kernel_gb_per_s(),
            copies.buffer_copy_gb_per_s(),
            copies.copy_kernel_ns,
            copies.buffer_copy_ns
        );
    }
    let mut table = Table::new(&[
        "",
        "direction",
        "elements",
        "ns",
        "GB/s",
        "x copy",
        "x buffer",
        "unal",
        "lone us",
        "max ULP",
        "",
    ]);
    for result in &report.results {
        table.row(
            vec![
                result.activation.to_owned(),
                result.direction.clone(),
                terminal::thousands(result.elements),
                terminal::number(result.ns_per_element),
                terminal::number(result.gb_per_s),
                terminal::number(result.ratio_to_copy_kernel),
                terminal::number(result.ratio_to_buffer_copy),
                terminal::number(result.unaligned_ratio_to_copy_kernel),
                terminal::number(result.submit_wait_us),
                terminal::number(result.max_ulp),
                result.correct.to_string(),
            ],
            terminal::PLAIN,
        );
    }
    text + &table.render()
}
