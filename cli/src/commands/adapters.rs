//! `adapters`: every adapter, with what a tester wants to know of it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use wgpu_activations::{verify, wgpu};

use crate::adapter::{self, Selection};
use crate::files::Json;
use crate::terminal;

/// Every adapter, best first: backend, driver, kind, and the limits that matter here
#[derive(Args)]
pub(crate) struct Arguments {
    /// Write JSON to this file; `-` for standard output, which then carries nothing else
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    adapter: String,
    backend: String,
    driver: String,
    kind: String,
    limits: Limits,
}

/// What bounds a tensor, its pieces, and a workgroup.
#[derive(Serialize)]
struct Limits {
    max_buffer_size: u64,
    max_storage_buffer_binding_size: u64,
    min_storage_buffer_offset_alignment: u32,
    max_compute_workgroups_per_dimension: u32,
    max_compute_invocations_per_workgroup: u32,
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    let json = arguments.json.as_deref().map(Json::new).transpose()?;
    let reports = reports(selection)?;
    if let Some(json) = &json {
        json.write(&reports)?;
    }
    if !json.as_ref().is_some_and(Json::takes_standard_output) {
        terminal::print(&reports.iter().map(Report::render).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The adapters that the options allow. The error for none is the library's own: it says what there is and what to install.
fn reports(selection: &Selection) -> Result<Vec<Report>> {
    let options = selection.options()?;
    let part = options.adapter.as_ref().map(|part| part.to_lowercase());
    let matches = |name: &str| part.as_ref().is_none_or(|part| name.to_lowercase().contains(part));
    let adapters = pollster::block_on(wgpu_activations::adapters(options.backends));
    let reports: Vec<Report> =
        adapters.iter().map(Report::new).filter(|report| matches(&report.adapter)).collect();
    if reports.is_empty() {
        selection.open()?;
        bail!("no adapter, though one appeared just now: try again");
    }
    Ok(reports)
}

impl Report {
    fn new(adapter: &wgpu::Adapter) -> Self {
        let verify::Adapter { adapter: name, backend, driver, kind, .. } =
            adapter::report(adapter.get_info());
        let limits = adapter.limits();
        Self {
            adapter: name,
            backend,
            driver,
            kind,
            limits: Limits {
                max_buffer_size: limits.max_buffer_size,
                max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
                min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment,
                max_compute_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
                max_compute_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
            },
        }
    }

    fn render(&self) -> String {
        let driver = if self.driver.is_empty() { "unnamed" } else { &self.driver };
        let limits = &self.limits;
        let mut text = terminal::heading(&self.adapter);
        text += &terminal::wrap("  kind     ", &self.kind);
        text += &terminal::wrap("  backend  ", &self.backend);
        text += &terminal::wrap("  driver   ", driver);
        let bytes = [
            ("max_buffer_size", limits.max_buffer_size),
            ("max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size),
            ("min_storage_buffer_offset_alignment", u64::from(limits.min_storage_buffer_offset_alignment)),
        ];
        for (name, value) in bytes {
            text += &format!("  {name:37}  {:>25} bytes\n", terminal::thousands(value));
        }
        let counts = [
            ("max_compute_workgroups_per_dimension", limits.max_compute_workgroups_per_dimension),
            ("max_compute_invocations_per_workgroup", limits.max_compute_invocations_per_workgroup),
        ];
        for (name, value) in counts {
            text += &format!("  {name:37}  {:>25}\n", terminal::thousands(u64::from(value)));
        }
        text
    }
}
