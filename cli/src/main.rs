//! The command `wgpu-activations`: which adapters there are, what the table holds, activations of real tensors, and how
//! accurate and how fast every kernel is on the adapter at hand.

mod adapter;
mod commands;
mod files;
mod functions;
mod interrupt;
mod named;
mod tensor;
mod terminal;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[cfg(target_os = "linux")]
use crate::commands::cost;
use crate::commands::{adapters, bench, list, plan, plot, run, verify, wgsl};

/// Activation functions on the GPU through wgpu: accuracy, and forward and backward over NumPy tensors.
///
/// The adapter is the one that --adapter and --backend name, else WGPU_ADAPTER_NAME and WGPU_BACKEND, else the best
/// one; software adapters come last.
#[derive(Parser)]
#[command(name = "wgpu-activations", version, max_term_width = terminal::WIDTH)]
struct Cli {
    #[command(flatten)]
    selection: adapter::Selection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Adapters(adapters::Arguments),
    Bench(bench::Arguments),
    #[cfg(target_os = "linux")]
    Cost(cost::Arguments),
    List(list::Arguments),
    Plan(plan::Arguments),
    Plot(plot::Arguments),
    Run(Box<run::Arguments>),
    Verify(verify::Arguments),
    Wgsl(wgsl::Arguments),
}

/// Exit status: 0, 1 for any failure, and clap's own 2 for a command line that makes no sense.
fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(&cli) {
        Ok(code) => code,
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: &Cli) -> Result<ExitCode> {
    match &cli.command {
        Command::Adapters(arguments) => adapters::execute(arguments, &cli.selection),
        Command::Bench(arguments) => bench::execute(arguments, &cli.selection),
        #[cfg(target_os = "linux")]
        Command::Cost(arguments) => cost::execute(arguments),
        Command::List(arguments) => list::execute(arguments),
        Command::Plan(arguments) => plan::execute(arguments),
        Command::Plot(arguments) => plot::execute(arguments, &cli.selection),
        Command::Run(arguments) => run::execute(arguments, &cli.selection),
        Command::Verify(arguments) => verify::execute(arguments, &cli.selection),
        Command::Wgsl(arguments) => wgsl::execute(arguments),
    }
}
