//! All 2^32 inputs: hours of results, so every activation's are kept in a file and not computed again while they hold.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde::{Deserialize, Serialize};
use wgpu_activations::verify::{
    self, Adapter, Case, Check, Options, PATTERNS, Probe, Report, Subject, Table,
};
use wgpu_activations::{Activation, Kind};

use crate::files::{self, Target};
use crate::terminal;

/// What is known of one activation on one adapter.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Stands for all that the results depend on.
    key: String,
    checks: Vec<Check>,
}

/// One activation that is to be checked, and where its results are kept.
struct Job {
    activation: Activation,
    cases: u64,
    key: String,
    path: PathBuf,
}

/// Every f32 through these activations with their defaults (or the table's first parameter values), in every direction; and a grid
/// through what is made of them.
pub(super) fn run(
    subject: &impl Subject,
    adapter: Adapter,
    kinds: &[Kind],
    folder: &Path,
    options: &Options,
) -> Result<Report> {
    let folder = folder.join(file_name(&adapter));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let jobs: Vec<Job> = kinds
        .iter()
        .filter_map(|kind| kind.samples().first().map(|it| job(subject, *it, &adapter, &folder)))
        .collect();
    let probe = pollster::block_on(subject.probe())?;
    let kept: Vec<Option<Vec<Check>>> = jobs.iter().map(|job| kept(job, &adapter, probe.as_ref())).collect();
    let open = jobs.iter().zip(&kept).filter(|(_, kept)| kept.is_none());
    let bar = bar(open.map(|(job, _)| job.cases * PATTERNS).sum())?;
    let mut checks = Vec::new();
    for (job, kept) in jobs.iter().zip(kept) {
        let of_activation = match kept {
            Some(checks) => {
                say(&bar, &format!("{}: as in its last run, {}\n", job.activation, job.path.display()));
                checks
            }
            None => measure(subject, job, &bar)?,
        };
        checks.extend(of_activation);
    }
    if options.families {
        bar.set_message("gated functions and learned parameters");
        checks.extend(pollster::block_on(verify::run_families(subject, kinds, options, |_| {}))?);
    }
    bar.finish_and_clear();
    Ok(Report::new(adapter, true, probe, checks))
}

fn job(subject: &impl Subject, activation: Activation, adapter: &Adapter, folder: &Path) -> Job {
    let cases = Case::all(activation);
    let mut hasher = DefaultHasher::new();
    adapter.to_string().hash(&mut hasher);
    for case in &cases {
        case.fingerprint(subject).hash(&mut hasher);
    }
    Job {
        activation,
        cases: cases.len() as u64,
        key: format!("{:016x}", hasher.finish()),
        path: folder.join(format!("{}.json", activation.kind())),
    }
}

/// Results of an earlier run that hold still. A file that is none of ours, or of another build, is written anew.
fn kept(job: &Job, adapter: &Adapter, probe: Option<&Probe>) -> Option<Vec<Check>> {
    let kept: Kept = serde_json::from_slice(&fs::read(&job.path).ok()?).ok()?;
    let checks = kept.checks.into_iter().map(|check| check.held_to_table(adapter, probe));
    if kept.key == job.key { checks.collect() } else { None }
}

fn measure(subject: &impl Subject, job: &Job, bar: &ProgressBar) -> Result<Vec<Check>> {
    let target = Target::new(&job.path)?;
    bar.set_message(job.activation.to_string());
    let (begun, before) = (Instant::now(), bar.position());
    let progress = |patterns| bar.set_position(before + patterns * job.cases);
    let checks = pollster::block_on(verify::exhaustive(subject, job.activation, &Table, progress))?;
    let kept = Kept { key: job.key.clone(), checks };
    let text = serde_json::to_string_pretty(&kept)? + "\n";
    files::write(&[(&target, Box::new(|out| out.write_all(text.as_bytes())))])?;
    let seconds = begun.elapsed().as_secs_f64();
    let rate = (job.cases * PATTERNS) as f64 / seconds / 1e6;
    let directions = job.cases;
    say(
        bar,
        &format!("{}: {directions} directions in {seconds:.0} s, {rate:.0} M results/s\n", job.activation),
    );
    Ok(kept.checks)
}

/// Results that are done, that are to do, how fast, and for how long yet. Shown on a terminal only.
fn bar(results: u64) -> Result<ProgressBar> {
    let bar = ProgressBar::new(results);
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{:.0} M results/s", state.per_sec() / 1e6);
    };
    let template = "{bar:30} {percent:>3} %  {elapsed}, {rate}, {eta} left  {msg}";
    bar.set_style(ProgressStyle::with_template(template)?.with_key("rate", rate));
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

fn say(bar: &ProgressBar, text: &str) {
    bar.suspend(|| terminal::print_beside(text));
}

/// `llvmpipe-llvm-15-0-6-256-bits-vulkan`
fn file_name(adapter: &Adapter) -> String {
    let text = format!("{} {}", adapter.adapter, adapter.backend).to_lowercase();
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
