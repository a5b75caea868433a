//! `plot`: figures of activations and their derivatives.

mod axis;
mod bars;
mod choose;
mod curve;
mod draw;
mod errors;
mod figure;
mod function;
mod layer;
mod simplify;
mod sketch;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use wgpu_activations::{Activation, Formula, Gpu, Kind};

use self::axis::Interval;
use self::bars::Bars;
use self::curve::Curve;
use self::errors::Errors;
use self::figure::{Figure, Texts};
use self::function::Function;
use self::layer::Layer;
use crate::adapter::{self, Selection};
use crate::files::{self, Content, Target};
use crate::functions::Functions;
use crate::named::{NamedRows, activation_of, rows_of};
use crate::terminal;

/// Figures of activations and their derivatives, from values that the adapter computes
///
/// One for each activation, with the parameter values that look different, and its second derivative; or several activations in one
/// figure. Kinks
/// are marked: a dot for the value there, rings for the limits that it jumps from or to.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these activations. One may bear parameter values, `leaky_relu(negative_slope=0.2)`, and be given several
    /// times, for one figure. Or a formula of one operand, `x * tanh(exp(x))`, into formula.FORMAT. Or functions of rows, softmax and its
    /// like: bars of a row of logits, at three temperatures
    names: Vec<String>,

    #[command(flatten)]
    functions: Functions,

    /// One figure of these activations and formulas together, `relu,leaky_relu(negative_slope=0.2),x * tanh(exp(x))`, into
    /// compare.FORMAT. May be given several times: a formula that is the whole of one keeps its commas, `x * a + b with a = 2, b = 1`
    #[arg(long, value_name = "NAME,...", conflicts_with_all = ["names", "layer"])]
    compare: Vec<String>,

    /// One figure of w2 * f(w1 * x + b1) + b2 for the named activations and formulas, beside the straight line that it is
    /// without one, into layer.FORMAT
    #[arg(long, value_name = "W1,B1,W2,B2", requires = "names", allow_hyphen_values = true)]
    #[arg(value_parser = parse_layer)]
    layer: Option<Layer>,

    /// The x to show, chosen for each figure where this is not given
    #[arg(long, value_name = "FROM,TO", allow_hyphen_values = true, value_parser = parse_interval)]
    x: Option<Interval>,

    /// One figure of the errors in this file, over x, into errors.svg: lines of function,direction,x,LIBRARY,... Nothing is computed
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["names", "compare", "layer", "x", "format"])]
    errors: Option<PathBuf>,

    /// The folder for the files, made if it is not there; files of the same names are replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// The files' format
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Svg,
    Png,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    fn draw(self, figure: &Figure) -> Result<Vec<u8>> {
        match self {
            Self::Svg => draw::svg(figure),
            Self::Png => draw::png(figure),
        }
    }

    fn draw_bars(self, bars: &Bars, gpu: &Gpu, source: &str) -> Result<Vec<u8>> {
        match self {
            Self::Svg => bars.svg(gpu, source),
            Self::Png => bars.png(gpu, source),
        }
    }
}

fn parse_layer(text: &str) -> Result<Layer, String> {
    let [w1, b1, w2, b2] = parse_numbers(text)?;
    if w1 == 0.0 {
        return Err("w1 is 0, which leaves nothing of x".to_owned());
    }
    Ok(Layer { w1, b1, w2, b2 })
}

fn parse_interval(text: &str) -> Result<Interval, String> {
    let [from, to] = parse_numbers(text)?;
    if from < to { Ok((from, to)) } else { Err(format!("{from} is not below {to}")) }
}

/// Numbers that f32 can hold, between commas.
fn parse_numbers<const COUNT: usize>(text: &str) -> Result<[f64; COUNT], String> {
    let number = |part: &str| {
        let part = part.trim();
        let value = f64::from_str(part).map_err(|_| format!("{part:?} is no number"))?;
        if (value as f32).is_finite() { Ok(value) } else { Err(format!("{part} is no finite f32")) }
    };
    let numbers = text.split(',').map(number).collect::<Result<Vec<f64>, String>>()?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| format!("expected {COUNT} numbers between commas, not {count}"))
}

pub(crate) fn execute(arguments: &Arguments, selection: &Selection) -> Result<ExitCode> {
    arguments.functions.define()?;
    if let Some(file) = &arguments.errors {
        return arguments.plot_errors(file);
    }
    let undrawn = |name: &&String| rows_of(name).is_some_and(NamedRows::reduces);
    if let Some(name) = arguments.names.iter().find(undrawn) {
        bail!("{name} makes one number of a row, of which there is no picture: leave it out");
    }
    let rows: Vec<Bars> = arguments.names.iter().filter_map(|name| Bars::named(name)).collect();
    let plots = if rows.is_empty() { arguments.plots()? } else { Vec::new() };
    ensure!(
        rows.len() == arguments.names.len() || rows.is_empty(),
        "functions of rows have figures of another kind than activations and formulas: name them by themselves"
    );
    ensure!(
        rows.is_empty() || (arguments.layer.is_none() && arguments.x.is_none()),
        "a row has no --x and no --layer"
    );
    let gpu = selection.open()?;
    let stems = plots.iter().map(|plot| plot.stem.as_str()).chain(rows.iter().map(|bars| bars.name));
    let targets = arguments.targets(stems)?;
    let report = adapter::report(gpu.adapter_info());
    let source = format!(
        "Computed by wgpu-activations {} on {}; driver: {}; wgpu {}",
        report.library,
        adapter::describe(&report),
        report.driver,
        report.wgpu
    );
    let (mut drawn, sketches) = draw(&gpu, &plots, &source, arguments.format)?;
    for bars in &rows {
        drawn.push(arguments.format.draw_bars(bars, &gpu, &source)?);
    }
    write(&targets, &drawn)?;
    // Of several figures, the files alone.
    let sketch = if let [Some(sketch)] = &sketches[..] { sketch } else { "" };
    terminal::print(&(sketch.to_owned() + &summary(&adapter::describe(&report), &targets)))?;
    Ok(ExitCode::SUCCESS)
}

/// A figure to be made.
struct Plot {
    /// The file's name without its extension.
    stem: String,
    texts: Texts,
    functions: Vec<Function>,
    layer: Layer,
    interval: Interval,
}

impl Arguments {
    fn plots(&self) -> Result<Vec<Plot>> {
        let mut plots = match &self.layer {
            Some(layer) => vec![Plot::of_layer(*layer, self.together(&self.names)?)?],
            None if self.compare.is_empty() => self.separate()?,
            None => vec![Plot::of_several(self.together(&self.compared())?)?],
        };
        for plot in &mut plots {
            plot.interval = self.x.unwrap_or(plot.interval);
            plot.check()?;
        }
        Ok(plots)
    }

    /// The figure of measured errors.
    fn plot_errors(&self, file: &Path) -> Result<ExitCode> {
        let drawn = Errors::read(file)?.svg()?;
        self.make_folder()?;
        let targets = [Target::new(&self.out.join("errors.svg"))?];
        write(&targets, &[drawn])?;
        terminal::print(&written(&targets))?;
        Ok(ExitCode::SUCCESS)
    }

    /// A figure for each activation, and for each formula.
    fn separate(&self) -> Result<Vec<Plot>> {
        let (mut names, mut formulas) = (Vec::new(), Vec::new());
        for name in &self.names {
            match self.functions.formula_of(name)? {
                Some(formula) => formulas.push(formula),
                None => names.push(name),
            }
        }
        let subjects = if names.is_empty() && !formulas.is_empty() { Vec::new() } else { subjects(&names)? };
        let several = formulas.len() > 1;
        let numbered = formulas.into_iter().enumerate().map(|(index, formula)| {
            let stem = if several { format!("formula_{}", index + 1) } else { "formula".to_owned() };
            Plot::of_formula(stem, formula)
        });
        subjects.into_iter().map(Subject::plot).chain(numbered).collect()
    }

    /// Names and formulas, a text each.
    fn compared(&self) -> Vec<String> {
        // The commas of a clause are its formula's. What is none as a whole is told by its parts.
        let is_formula = |list: &str| matches!(self.functions.formula_of(list), Ok(Some(_)));
        let texts = |list: &String| if is_formula(list) { vec![list.clone()] } else { split(list) };
        self.compare.iter().flat_map(texts).collect()
    }

    /// The curves of one figure.
    fn together(&self, texts: &[String]) -> Result<Vec<Function>> {
        let mut functions = Vec::new();
        for text in texts {
            let function = self.function(text)?;
            ensure!(!functions.contains(&function), "{function} is given twice");
            functions.push(function);
        }
        Ok(functions)
    }

    fn function(&self, text: &str) -> Result<Function> {
        ensure!(
            !text.trim().is_empty(),
            "a name is missing: expected activations or formulas between commas, as in relu,tanh"
        );
        if let Some(formula) = self.functions.formula_of(text)? {
            return Function::of_formula(formula);
        }
        let (kind, given) = activation_of(text)?;
        Ok(given.map_or_else(|| kind.with_defaults(), Ok)?.into())
    }

    fn targets<'a>(&self, stems: impl Iterator<Item = &'a str>) -> Result<Vec<Target>> {
        self.make_folder()?;
        let path = |stem: &str| self.out.join(format!("{stem}.{}", self.format.extension()));
        stems.map(|stem| Target::new(&path(stem))).collect()
    }

    fn make_folder(&self) -> Result<()> {
        let folder = || format!("cannot make the folder {}", self.out.display());
        fs::create_dir_all(&self.out).with_context(folder)
    }
}

/// At commas, but for those inside parentheses, which separate values.
fn split(list: &str) -> Vec<String> {
    let mut depth = 0;
    let separates = |character: char| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        character == ',' && depth == 0
    };
    list.split(separates).map(str::to_owned).collect()
}

/// Those named, in the table's order; all if none is.
fn subjects(names: &[&String]) -> Result<Vec<Subject>> {
    let mut subjects: Vec<Subject> =
        Kind::ALL.iter().map(|&kind| Subject { kind, named: names.is_empty(), given: Vec::new() }).collect();
    for name in names {
        // A name alone stands for the values that tell something, and needs no defaults.
        let (kind, given) = activation_of(name)?;
        for subject in subjects.iter_mut().filter(|subject| subject.kind == kind) {
            subject.named |= given.is_none();
            subject.given.extend(given.filter(|given| !subject.given.contains(given)));
        }
    }
    subjects.retain(|subject| subject.named || !subject.given.is_empty());
    Ok(subjects)
}

/// An activation to be drawn in a figure of its own.
struct Subject {
    kind: Kind,
    /// Without parameter values: those that tell something are chosen.
    named: bool,
    given: Vec<Activation>,
}

impl Subject {
    fn plot(self) -> Result<Plot> {
        let mut activations = if self.named { choose::samples(self.kind) } else { Vec::new() };
        activations
            .extend(self.given.iter().filter(|given| !activations.contains(given)).collect::<Vec<_>>());
        let texts = Texts::of_one(self.kind, &activations);
        let functions = activations.into_iter().map(Function::from).collect();
        Plot::new(self.kind.to_string(), texts, functions, Layer::NONE)
    }
}

impl Plot {
    fn new(stem: String, texts: Texts, functions: Vec<Function>, layer: Layer) -> Result<Self> {
        let count = functions.len();
        ensure!(
            count <= draw::MOST_CURVES,
            "{stem}: {count} curves are too many for one figure: at most {} can be told apart",
            draw::MOST_CURVES
        );
        let interval = layer.inverse(choose::interval(&functions));
        Ok(Self { stem, texts, functions, layer, interval })
    }

    fn of_formula(stem: String, formula: Formula) -> Result<Self> {
        let function = Function::of_formula(formula.clone())?;
        let texts = Texts::of_formula(&formula, &formula.gradients()?[0]);
        Self::new(stem, texts, vec![function], Layer::NONE)
    }

    fn of_several(functions: Vec<Function>) -> Result<Self> {
        Self::new("compare".to_owned(), Texts::of_several(&functions), functions, Layer::NONE)
    }

    /// The first curve is that of no activation.
    fn of_layer(layer: Layer, functions: Vec<Function>) -> Result<Self> {
        let texts = Texts::of_layer(&layer, &functions);
        let all = [Activation::IDENTITY.into()].into_iter().chain(functions).collect();
        let mut plot = Self::new("layer".to_owned(), texts, all, layer)?;
        plot.interval = (plot.interval.0.min(0.0), plot.interval.1.max(0.0));
        Ok(plot)
    }

    /// Steps between points that f32 cannot tell apart would draw nothing.
    fn check(&self) -> Result<()> {
        let (from, to) = self.interval;
        let largest = from.abs().max(to.abs());
        ensure!(largest <= f64::from(f32::MAX), "{}: x from {from} to {to} is beyond f32", self.stem);
        ensure!(
            to - from >= largest * 1e-3 && to - from >= 1e-30,
            "{}: f32 has too few x from {from} to {to} for a figure",
            self.stem
        );
        Ok(())
    }

    fn figure(&self, gpu: &Gpu, source: &str) -> Result<Figure> {
        let wants_second = self.texts.wants_second();
        let curve =
            |function: &Function| Curve::sample(gpu, function, &self.layer, self.interval, wants_second);
        let curves = self.functions.iter().map(curve).collect::<Result<Vec<_>>>()?;
        Ok(Figure::new(&self.texts, self.interval, &curves, source))
    }
}

/// The files' contents, and sketches of the figures that have one.
type Drawn = (Vec<Vec<u8>>, Vec<Option<String>>);

/// Every figure, with a bar, which indicatif shows on a terminal only.
fn draw(gpu: &Gpu, plots: &[Plot], source: &str, format: Format) -> Result<Drawn> {
    let bar = ProgressBar::new(plots.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}  {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let (mut drawn, mut sketches) = Drawn::default();
    for plot in plots {
        bar.set_message(plot.stem.clone());
        let figure = plot.figure(gpu, source)?;
        drawn.push(format.draw(&figure)?);
        sketches.push(sketch::sketch(&figure));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((drawn, sketches))
}

fn write(targets: &[Target], drawn: &[Vec<u8>]) -> Result<()> {
    let files: Vec<(&Target, Box<Content<'_>>)> = targets
        .iter()
        .zip(drawn)
        .map(|(target, bytes)| {
            let content: Box<Content<'_>> = Box::new(|out| out.write_all(bytes));
            (target, content)
        })
        .collect();
    files::write(&files)
}

fn summary(adapter: &str, targets: &[Target]) -> String {
    terminal::wrap("", &format!("computed on {adapter}")) + &written(targets)
}

fn written(targets: &[Target]) -> String {
    let files: Vec<String> = targets.iter().map(|target| format!("{target}\n")).collect();
    let count = match targets.len() {
        1 => "one figure".to_owned(),
        count => format!("{count} figures"),
    };
    format!("{count} written:\n") + &files.concat()
}
