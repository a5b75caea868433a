//! `plot`: what is in the files, that every line lies on its function, and everything that can be wrong with the input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::path::Path;

use wgpu_activations::{Activation, Kind};

use crate::common::{Folder, NO_BACKEND, fail, succeed};

/// The first curve's colour (Okabe and Ito's blue), and that of grid lines.
const FIRST: &str = "#0072B2";
const GRID: &str = "#E2E2E2";
/// The width of a panel, in units of the figure.
const COLUMN: f64 = 480.0;
/// Canvas units: what rounding and the simplification of lines may take.
const TOLERANCE: f64 = 2.0;

type Point = (f64, f64);

/// What an SVG shows.
#[derive(Default)]
struct Drawing {
    size: (f64, f64),
    canvas: (f64, f64),
    texts: Vec<String>,
    /// As many as the figure is wide.
    panels: Vec<Panel>,
    legend: Vec<String>,
}

/// One of the panels, its elements on the canvas.
#[derive(Default)]
struct Panel {
    /// Ticks with their places.
    x: Vec<Point>,
    y: Vec<Point>,
    lines: Vec<(String, Vec<Point>)>,
    circles: Vec<Point>,
}

impl Drawing {
    fn read(path: impl AsRef<Path>) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        let number =
            |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
        let mut drawing = Self { size: (number(root, "width"), number(root, "height")), ..Self::default() };
        let view: Vec<f64> =
            root.attribute("viewBox").unwrap().split(' ').map(|part| part.parse().unwrap()).collect();
        drawing.canvas = (view[2], view[3]);
        drawing.panels.resize_with((drawing.size.0 / COLUMN) as usize, Panel::default);
        let mut grid = None;
        for node in root.children().filter(|node| node.is_element()) {
            match node.tag_name().name() {
                "text" => {
                    let text = node.text().unwrap().trim().to_owned();
                    // The text after a grid line is its number.
                    if let Some(line) = grid.take() {
                        drawing.tick(line, &text);
                    }
                    drawing.texts.push(text);
                }
                "polyline" => {
                    let line = points(node.attribute("points").unwrap());
                    match node.attribute("stroke").unwrap() {
                        GRID => grid = Some(line),
                        color if number(node, "stroke-width") >= 8.0 => drawing.line(color, line),
                        _ => {} // an axis
                    }
                }
                "circle" => {
                    let center = (number(node, "cx"), number(node, "cy"));
                    drawing.panel(center.0).circles.push(center);
                }
                _ => {}
            }
        }
        drawing
    }

    fn panel(&mut self, x: f64) -> &mut Panel {
        let place = x / self.canvas.0 * self.panels.len() as f64;
        &mut self.panels[place as usize]
    }

    fn tick(&mut self, line: Vec<Point>, text: &str) {
        let value: f64 = text.replace('\u{2212}', "-").parse().unwrap();
        let [(x, y), (to_x, _)] = line[..] else { panic!("{line:?}") };
        // The middle of a horizontal line tells its panel.
        let panel = self.panel((x + to_x) / 2.0);
        if x == to_x { panel.x.push((value, x)) } else { panel.y.push((value, y)) }
    }

    fn line(&mut self, color: &str, line: Vec<Point>) {
        let legend = self.panels.iter().all(|panel| panel.x.is_empty());
        if legend {
            self.legend.push(color.to_owned());
        } else {
            self.panel(line[0].0).lines.push((color.to_owned(), line));
        }
    }

    fn has(&self, text: &str) -> bool {
        self.texts.iter().any(|found| found == text)
    }
}

fn points(list: &str) -> Vec<Point> {
    let point = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    list.split_whitespace().map(point).collect()
}

/// The value at a place, from the first and the last tick.
fn value_at(ticks: &[Point], place: f64) -> f64 {
    let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
    first.0 + (place - first.1) * (last.0 - first.0) / (last.1 - first.1)
}

impl Panel {
    /// Whether the function goes through this place, give or take the tolerance in both directions: beside a kink, where it may be
    /// infinite, up to what it is there.
    fn is_on(&self, (x, y): Point, kinks: &[f64], f: impl Fn(f64) -> f64) -> bool {
        let around = [-TOLERANCE, 0.0, TOLERANCE];
        let places = around.map(|step| value_at(&self.x, x + step));
        let inside = kinks.iter().map(|kink| *kink as f32).flat_map(|it| [it.next_down(), it, it.next_up()]);
        let inside = inside.map(f64::from).filter(|kink| places[0] < *kink && *kink < places[2]);
        let values: Vec<f64> = places.into_iter().chain(inside).map(f).collect();
        let (low, high) = (
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        let ends = around.map(|step| value_at(&self.y, y + step));
        ends[2] <= high && low <= ends[0]
    }
}

/// Of every activation, in all panels: the lines go through the exact values (the first one those of the first parameter
/// values, the others those of some), over the whole width, and the marks sit at kinks.
#[test]
fn every_line_lies_on_its_function() {
    let folder = Folder::new();
    let out = folder.file("made/by/plot");
    succeed(&["plot", "--out", &out]).check_layout();
    for kind in Kind::ALL {
        let drawing = Drawing::read(Path::new(&out).join(format!("{kind}.svg")));
        let samples = kind.samples();
        let parts: [fn(&Activation, f64) -> f64; 3] = [
            |activation, x| activation.exact(x).value,
            |activation, x| activation.exact(x).derivative,
            |activation, x| activation.exact_second(None, x).unwrap(),
        ];
        assert_eq!(drawing.panels.len(), parts.len(), "{kind}");
        for (panel, part) in drawing.panels.iter().zip(parts) {
            let on = |samples: &[Activation], place| {
                samples.iter().any(|act| panel.is_on(place, &act.kinks(), |x| part(act, x)))
            };
            let mut covered = BTreeSet::new();
            for (color, line) in &panel.lines {
                let candidates = if color == FIRST { &samples[..1] } else { &samples[..] };
                for place in line {
                    assert!(on(candidates, *place), "{kind}: a {color} line at {place:?} is off");
                }
                if color == FIRST {
                    covered.extend(line.iter().map(|place| place.0.to_bits()));
                }
            }
            let covered: Vec<f64> = covered.into_iter().map(f64::from_bits).collect();
            // Nothing is drawn where the function is not defined.
            let (from, to) = (panel.x[0].0, panel.x[panel.x.len() - 1].0);
            let places = (0..=100).map(|step| from + (to - from) * f64::from(step) / 100.0);
            let drawn = places.filter(|x| part(&samples[0], *x).is_finite()).count() as f64 / 101.0;
            let length = covered[covered.len() - 1] - covered[0];
            // A line that is steep where it ends leaves the panel a step or two before.
            assert!(length > 1450.0 * (drawn - 0.03), "{kind}: the first line is short: {length}");
            for circle in &panel.circles {
                let kinks = samples.iter().flat_map(Activation::kinks);
                let near = |kink: f64| (value_at(&panel.x, circle.0) - kink).abs() < 0.02;
                assert!(kinks.into_iter().any(near), "{kind}: a mark at {circle:?} is at no kink");
            }
            let (width, height) = drawing.canvas;
            let places = panel.lines.iter().flat_map(|(_, line)| line);
            assert!(
                places.into_iter().all(|(x, y)| (0.0..=width).contains(x) && (0.0..=height).contains(y)),
                "{kind}"
            );
        }
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), Kind::ALL.len());
}

#[test]
fn a_figure_names_what_it_shows() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let run = succeed(&["plot", "leaky_relu", "relu", "--out", &out]);
    assert!(run.stdout.contains("2 figures") && run.stdout.contains("leaky_relu.svg"), "{}", run.stdout);
    let drawing = Drawing::read(folder.file("leaky_relu.svg"));
    let texts = [
        "leaky_relu",
        "f(x) = x > 0 ? x : negative_slope * x",
        "f'(x) = x > 0 ? 1 : negative_slope",
        "f''(x) = 0",
        "f' at kinks: negative_slope at 0",
        "negative_slope = 0.01 (default)",
        "negative_slope = 0.2",
        "f(x)",
        "f'(x)",
        "f''(x)",
        "x",
    ];
    for text in texts {
        assert!(drawing.has(text), "no {text:?} in {:?}", drawing.texts);
    }
    assert!(drawing.texts.iter().any(|text| text.starts_with("Computed by wgpu-activations")));
    // Colours differ, and the picture is shown at its size, not at the canvas's.
    let colors: BTreeSet<_> = drawing.legend.iter().collect();
    assert!(colors.len() > 2, "{colors:?}");
    assert_eq!((drawing.size.0 * 4.0, drawing.size.1 * 4.0), drawing.canvas);
    // One without parameters has no legend, and its derivative jumps: a dot, and a ring that is two circles.
    let relu = Drawing::read(folder.file("relu.svg"));
    assert!(relu.legend.is_empty());
    assert_eq!((relu.panels[0].circles.len(), relu.panels[1].circles.len()), (1, 3));
    assert_eq!(relu.panels[1].lines.len(), 2, "a jump is no steep line");
}

#[test]
fn given_values_are_drawn_together() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let one = "elu(alpha=0.25)";
    succeed(&["plot", one, "--out", &out]);
    assert!(Drawing::read(folder.file("elu.svg")).has(one));
    succeed(&["plot", one, "elu(alpha=2)", "--x", "-3,1", "--out", &out]);
    let drawing = Drawing::read(folder.file("elu.svg"));
    assert!(
        drawing.has("alpha = 0.25") && drawing.has("alpha = 2") && drawing.has("elu"),
        "{:?}",
        drawing.texts
    );
    assert_eq!(drawing.panels[0].x.first().unwrap().0, -3.0);
    assert_eq!(folder.contents().len(), 1);
}

#[test]
fn several_are_compared_in_one_figure() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let list = "relu,hardtanh(min_value=-2, max_value=2),tanh";
    succeed(&["plot", "--compare", list, "--out", &out]).check_layout();
    let drawing = Drawing::read(folder.file("compare.svg"));
    for text in ["relu, hardtanh, tanh", "relu", "hardtanh(min_value=-2, max_value=2)", "tanh"] {
        assert!(drawing.has(text), "no {text:?} in {:?}", drawing.texts);
    }
    let panel = &drawing.panels[0];
    let colors: BTreeSet<_> = panel.lines.iter().map(|(color, _)| color).collect();
    assert_eq!(colors.len(), 3);
    for (_, line) in panel.lines.iter().filter(|(color, _)| color == FIRST) {
        assert!(line.iter().all(|place| panel.is_on(*place, &[], |x| x.max(0.0))));
    }
}

/// Names, formulas and functions of the user's own, and what commas inside of each mean.
#[test]
fn formulas_are_compared_with_activations() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let own = ["--function", "telu = x * tanh(exp(x))"];
    let clauses = "min(max(k * x, low), high) with k = 2, low = -1, high = 1";
    let list = "telu,tanh, clip(x, -3, 3) * 0.5";
    succeed(&[&["plot", "--compare", list, "--compare", clauses, "--out", &out], &own[..]].concat());
    let drawing = Drawing::read(folder.file("compare.svg"));
    type Real = fn(f64) -> f64;
    let functions: [(&str, Real); 4] = [
        ("x * tanh(exp(x))", |x| x * x.exp().tanh()),
        ("tanh", f64::tanh),
        ("clip(x, -3, 3) * 0.5", |x| x.clamp(-3.0, 3.0) * 0.5),
        ("min(max(k * x, low), high) with k = 2.0, low = -1.0, high = 1.0", |x| (2.0 * x).clamp(-1.0, 1.0)),
    ];
    // A dashed sample is many lines.
    let mut colors = drawing.legend.clone();
    colors.dedup();
    assert_eq!(colors.len(), functions.len());
    let panel = &drawing.panels[0];
    // The title is longer than the figure is wide, and has several lines.
    let title = functions.map(|(name, _)| name).join(", ");
    assert!(!drawing.has(&title), "{title}");
    for ((name, f), color) in functions.iter().zip(&colors) {
        assert!(drawing.has(name), "no {name:?} in {:?}", drawing.texts);
        let mut lines = panel.lines.iter().filter(|(found, _)| found == color).peekable();
        assert!(lines.peek().is_some(), "{name} has no line");
        assert!(lines.all(|(_, line)| line.iter().all(|place| panel.is_on(*place, &[], f))), "{name}");
    }
}

#[test]
fn a_layer_is_drawn_beside_its_straight_line() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    succeed(&["plot", "tanh", "--layer", "-3,0.1,2,0.2", "--out", &out]);
    let drawing = Drawing::read(folder.file("layer.svg"));
    for text in ["y = 2 * f(-3 * x + 0.1) + 0.2", "without f: -6 * x + 0.4", "f = tanh", "y", "dy/dx"] {
        assert!(drawing.has(text), "no {text:?} in {:?}", drawing.texts);
    }
    let [value, derivative] = &drawing.panels[..] else { panic!() };
    for (color, line) in &value.lines {
        let f = |x: f64| if color == FIRST { -6.0 * x + 0.4 } else { 2.0 * (-3.0 * x + 0.1).tanh() + 0.2 };
        assert!(line.iter().all(|place| value.is_on(*place, &[], f)), "{color}");
    }
    for (color, line) in &derivative.lines {
        let slope =
            |x: f64| if color == FIRST { -6.0 } else { -6.0 * (1.0 - (-3.0 * x + 0.1).tanh().powi(2)) };
        assert!(line.iter().all(|place| derivative.is_on(*place, &[], slope)), "{color}");
    }
}

#[test]
fn a_layer_takes_a_formula() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    succeed(&["plot", "x * tanh(x)", "--layer", "-3,0.1,2,0.2", "--out", &out]);
    let drawing = Drawing::read(folder.file("layer.svg"));
    assert!(drawing.has("f = x * tanh(x)"), "{:?}", drawing.texts);
    let u = |x: f64| -3.0 * x + 0.1;
    let functions: [&dyn Fn(f64) -> f64; 2] =
        [&|x| 2.0 * u(x) * u(x).tanh() + 0.2, &|x| -6.0 * (u(x).tanh() + u(x) * (1.0 - u(x).tanh().powi(2)))];
    for (panel, f) in drawing.panels.iter().zip(functions) {
        let mut lines = panel.lines.iter().filter(|(color, _)| color != FIRST);
        assert!(lines.all(|(_, line)| line.iter().all(|place| panel.is_on(*place, &[], f))));
    }
}

#[test]
fn functions_of_rows_are_bars() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    succeed(&["plot", "softmax", "sparsemax", "--out", &out]);
    for (name, largest) in [("softmax", "0.43"), ("sparsemax", "0.60")] {
        let svg = std::fs::read_to_string(folder.file(&format!("{name}.svg"))).unwrap();
        for text in
            [&format!("{name} of ten logits"), "temperature 0.5", "temperature 2", largest, "\u{2212}inf"]
        {
            assert!(svg.contains(text), "{name}: {text}");
        }
        // Of ten elements at three temperatures, and the paper.
        assert_eq!(svg.matches("<rect").count(), 31, "{name}");
    }
    fail(&["plot", "softmax", "relu", "--out", &out], 1, &["name them by themselves"]);
    for name in ["logsumexp", "cross_entropy"] {
        fail(&["plot", "softmax", name, "--out", &out], 1, &[&format!("{name} makes one number of a row")]);
    }
}

/// Bars of a common scale, so that what the temperature does is seen: each is as high as its number says.
#[test]
fn bars_of_all_temperatures_have_one_scale() -> std::io::Result<()> {
    let folder = Folder::new();
    let out = folder.file("figures");
    succeed(&["plot", "softmax", "--out", &out]);
    let svg = std::fs::read_to_string(Path::new(&out).join("softmax.svg"))?;
    let number = |element: &str, name: &str| -> Option<f64> {
        element.split_once(&format!(" {name}=\""))?.1.split('"').next()?.parse().ok()
    };
    // The paper comes first.
    let heights: Vec<f64> =
        svg.split("<rect").skip(2).filter_map(|element| number(element, "height")).collect();
    assert_eq!(heights.len(), 30);
    let logits = [2.0, -1.0, 0.5, 3.0, 2.5, f64::NEG_INFINITY, 0.0, 1.0, -2.0, 2.9_f64];
    let largest = |temperature: f64| {
        let sum: f64 = logits.iter().map(|logit| (logit / temperature).exp()).sum();
        (3.0 / temperature).exp() / sum
    };
    // The fourth logit is the largest.
    for (bar, temperature) in [(3, 0.5), (23, 2.0)] {
        let expected = largest(temperature) / largest(1.0);
        let got = heights[bar] / heights[13];
        assert!((got / expected - 1.0).abs() < 0.02, "{temperature}: {got} for {expected}");
    }
    Ok(())
}

#[test]
fn a_png_is_sharp_and_not_blank() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    succeed(&["plot", "gelu_erf", "--format", "png", "--out", &out]);
    let file = std::fs::File::open(folder.file("gelu_erf.png")).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    // Three panels, at twice their size.
    assert_eq!(info.width, 3 * 2 * COLUMN as u32);
    assert!((800..1400).contains(&info.height), "{}", info.height);
    let count = |wanted: fn(&[u8]) -> bool, rows: std::ops::Range<usize>| {
        let row = 3 * info.width as usize;
        pixels[rows.start * row..rows.end * row].chunks(3).filter(|pixel| wanted(pixel)).count()
    };
    let all = 0..info.height as usize;
    let dark = |pixel: &[u8]| pixel.iter().all(|channel| *channel < 60);
    assert!(count(|pixel| pixel == [0, 114, 178], all.clone()) > 2000, "no curve");
    assert!(count(|pixel| pixel == [255, 255, 255], all) > 1_000_000, "no paper");
    assert!(count(dark, 40..90) > 300, "no title");
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    folder.write("relu.svg", b"what was there");
    folder.write("compare.svg", b"what was there");
    let out = folder.path().to_str().unwrap().to_owned();
    let eight = "relu,tanh,sigmoid,silu,mish,elu,selu,celu";
    let cases: [(&[&str], i32, &[&str]); 26] = [
        (&["reluu"], 1, &["reluu", "nearest", "\"relu\""]),
        (&["gelu"], 1, &["gelu_erf", "gelu_tanh"]),
        (&["relu", ""], 1, &["expected an activation's name"]),
        (&["elu(alpha=much)"], 1, &["number"]),
        (&["softplus(beta=0)"], 1, &["beta", "from 1e-24 to 1e24"]),
        (&["--compare", ""], 1, &["a name is missing"]),
        (&["--compare", "relu,,tanh"], 1, &["a name is missing"]),
        (&["--compare", "relu,tanhh"], 1, &["tanhh", "nearest"]),
        (&["--compare", "relu,relu"], 1, &["twice"]),
        (&["--compare", "relu,softmax"], 1, &["softmax takes whole rows"]),
        (&["--compare", "relu,x * z"], 1, &["a formula of one operand, not of x, z"]),
        (&["--compare", "x * 2,relu,x * 2"], 1, &["twice"]),
        (&["x + b[c]", "--layer", "3,1,2,1"], 1, &["a formula of one operand"]),
        (&["--compare", "threshold"], 1, &["threshold", "no default"]),
        (&["--compare", eight], 1, &["8 curves", "at most 7"]),
        (&["relu", "--compare", "tanh"], 2, &["--compare"]),
        (&["relu", "--layer", "3,0.1,2"], 2, &["4 numbers", "3"]),
        (&["relu", "--layer", "3,x,2,1"], 2, &["\"x\"", "no number"]),
        (&["relu", "--layer", "3,1e99,2,1"], 2, &["no finite f32"]),
        (&["relu", "--layer", "nan,1,2,1"], 2, &["no finite f32"]),
        (&["relu", "--layer", "0,1,2,1"], 2, &["w1 is 0"]),
        (&["--layer", "3,1,2,1"], 2, &["NAMES"]),
        (&["relu", "--layer", "1e-38,1,2,1"], 1, &["beyond f32"]),
        (&["relu", "--x", "2,1"], 2, &["2 is not below 1"]),
        (&["relu", "--x", "1,1.00001"], 1, &["too few x"]),
        (&["relu", "--format", "gif"], 2, &["gif", "svg", "png"]),
    ];
    for (arguments, status, fragments) in cases {
        refuse(&folder, &[&["plot"], arguments, &["--out", &out]].concat(), status, fragments);
    }
    refuse(&folder, &["plot", "relu"], 2, &["--out"]);
    refuse(&folder, &["plot", "relu", "--out", &out, "--backend", NO_BACKEND], 1, &["no adapter"]);
}

#[test]
fn places_that_cannot_be_written_are_refused_before_any_file_is() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    folder.write("relu.svg", b"what was there");
    let file = folder.write("file", b"no folder");
    refuse(&folder, &["plot", "relu", "--out", &file], 1, &["cannot make the folder", "file"]);
    refuse(&folder, &["plot", "relu", "--out", &format!("{file}/deeper")], 1, &["cannot make the folder"]);
    std::fs::create_dir(folder.file("tanh.svg")).unwrap();
    refuse(&folder, &["plot", "relu", "tanh", "--out", &out], 1, &["cannot write", "tanh.svg", "no file"]);
    let read_only = folder.write("silu.svg", b"keep");
    let mut permissions = std::fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&read_only, permissions).unwrap();
    refuse(&folder, &["plot", "relu", "silu", "--out", &out], 1, &["cannot write", "silu.svg", "read-only"]);
}

fn refuse(folder: &Folder, arguments: &[&str], status: i32, fragments: &[&str]) {
    let before = folder.contents();
    fail(arguments, status, fragments);
    assert!(folder.contents() == before, "{arguments:?} changed a file");
}

/// What the documents show is what the command makes of the data beside it.
#[test]
fn the_figure_of_errors_is_the_datas() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let errors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images/errors");
    let data = errors.join("errors.csv");
    let run = succeed(&["plot", "--errors", data.to_str().unwrap(), "--out", &out]);
    assert!(run.stdout.contains("errors.svg"), "{}", run.stdout);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let drawn = read(Path::new(&folder.file("errors.svg")));
    assert!(
        drawn == read(&errors.join("errors.svg")),
        "run what the head of docs/images/errors/measure.py says"
    );
    let texts = ["sigmoid, forward", "tanh, backward", "wgpu-activations 0.1", "PyTorch 2.15", "1e7"];
    assert!(texts.iter().all(|text| drawn.contains(text)));
}

#[test]
fn a_file_that_holds_no_errors_is_refused() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let file = folder.file("errors.csv");
    let cases = [
        ("", "function,direction,x,LIBRARY"),
        ("function,direction,x,one\n", "no errors"),
        ("function,direction,x,one\ntanh,forward,1,2\n", "one x"),
        ("function,direction,x,one\ntanh,forward,1\n", "0 errors, not 1"),
        ("function,direction,x,one\ntanh\n", "short"),
        ("function,direction,x,one\ntanh,forward,one,2\n", "\"one\" is no number"),
        ("function,direction,x,a,b,c,d,e\n", "more than 4"),
    ];
    for (text, message) in cases {
        std::fs::write(&file, text).unwrap();
        fail(&["plot", "--errors", &file, "--out", &out], 1, &["errors.csv", message]);
    }
    fail(&["plot", "relu", "--errors", &file, "--out", &out], 2, &["--errors"]);
    assert_eq!(folder.contents().len(), 1);
}

#[test]
fn one_function_is_sketched_on_the_terminal() {
    let folder = Folder::new();
    let out = folder.path().to_str().unwrap().to_owned();
    let run = succeed(&["plot", "silu", "--x", "-5,5", "--out", &out]);
    run.check_layout();
    assert!(run.stdout.starts_with("f(x) from -0.2785 to 4.9665 "), "{}", run.stdout);
    let is_dotted =
        |line: &&str| line.chars().any(|character| ('\u{2801}'..='\u{28ff}').contains(&character));
    assert_eq!(run.stdout.lines().filter(is_dotted).count(), 10, "{}", run.stdout);
    for several in [&["plot", "silu", "relu"][..], &["plot", "--compare", "silu,relu"]] {
        let run = succeed(&[several, &["--out", &out]].concat());
        assert!(!run.stdout.lines().any(|line| is_dotted(&line)), "{}", run.stdout);
    }
}

#[test]
fn modules_of_pytorch_are_drawn() {
    let folder = Folder::new();
    let out = folder.file("figures");
    succeed(&["plot", "Tanh()", "GELU(approximate='tanh')", "--out", &out]);
    for name in ["tanh.svg", "gelu_tanh.svg"] {
        assert!(Path::new(&out).join(name).is_file(), "{name}");
    }
    succeed(&["plot", "--compare", "Tanh(),LeakyReLU(negative_slope=0.2)", "--out", &out]);
    succeed(&["plot", "Softmax(dim=1)", "--out", &out]);
    assert!(Path::new(&out).join("softmax.svg").is_file());
}
