//! Functions that a program gives in WGSL, each made a row as those of the table are.

use crate::error::{Error, FormulaError};
use crate::formula::names::check_name;
use crate::formula::node::Part;
use crate::formula::{Formula, functions};
use crate::reference::{Oracle, ScalarOracle};
use crate::table::bounds::{Bound, Budget};
use crate::table::row::{Learnable, MAX_PARAMETERS, Parameter, Row, Second, unremarkable};

/// What `verify` holds each value and derivative to.
const BUDGET: f64 = 4.0;

/// A function in WGSL in the making: see [`Formula::wgsl_function`].
#[derive(Debug, Clone)]
#[must_use = "the function is known when it is defined"]
pub struct WgslFunction {
    name: String,
    wgsl: String,
    oracle: Oracle,
    parameters: Vec<Given>,
    second: Option<ScalarOracle>,
    mixed: Vec<(String, ScalarOracle)>,
}

/// A parameter, and the derivative by it if it is learned.
#[derive(Debug, Clone)]
struct Given {
    name: String,
    default: Option<f32>,
    derivative: Option<ScalarOracle>,
}

impl Formula {
    /// A function in WGSL, which every formula that this program parses after [`WgslFunction::define`] knows by this name:
    /// `act_NAME(x: f32) -> f32`, and `act_NAME_backward(x: f32, dy: f32) -> f32`, which is the derivative times `dy`. It may call the
    /// library's own files of `shaders/math/`, named in a line `// needs: nan exp`.
    ///
    /// The oracle computes value and derivative in f64 at many points, of the parameters in their order. `verify` holds the function and
    /// its derivatives to 4 ULP of their oracles. A NaN for x is never shown to an oracle: it has to give NaN everywhere.
    ///
    /// ```
    /// use wgpu_activations::{Exact, Formula};
    /// let wgsl = "
    ///     fn act_cube(x: f32) -> f32 { return x * x * x; }
    ///     fn act_cube_backward(x: f32, dy: f32) -> f32 { return dy * (3.0 * x * x); }";
    /// let cube = Formula::wgsl_function("cube", wgsl, |_, points, results| {
    ///     for (&x, result) in points.iter().zip(results) {
    ///         *result = Exact { value: x * x * x, derivative: 3.0 * x * x };
    ///     }
    /// });
    /// cube.define()?;
    /// assert_eq!("cube(x) + 1".parse::<Formula>()?.exact(&[2.0]), [9.0]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    ///
    /// Parameters come after `x` and `dy` in each of the WGSL functions. A parameter that is learned has a derivative, and there may be
    /// second derivatives:
    ///
    /// ```
    /// use wgpu_activations::{Exact, Formula};
    /// let wgsl = "
    ///     fn act_cubic(x: f32, k: f32) -> f32 { return k * x * x * x; }
    ///     fn act_cubic_backward(x: f32, dy: f32, k: f32) -> f32 { return dy * (3.0 * k * x * x); }
    ///     fn act_cubic_backward_k(x: f32, dy: f32, k: f32) -> f32 { return dy * (x * x * x); }
    ///     fn act_cubic_second(x: f32, dy: f32, k: f32) -> f32 { return dy * (6.0 * k * x); }
    ///     fn act_cubic_second_k(x: f32, dy: f32, k: f32) -> f32 { return dy * (3.0 * x * x); }";
    /// let oracle = |p: &[f64], points: &[f64], results: &mut [Exact]| {
    ///     for (&x, result) in points.iter().zip(results) {
    ///         *result = Exact { value: p[0] * x * x * x, derivative: 3.0 * p[0] * x * x };
    ///     }
    /// };
    /// Formula::wgsl_function("cubic", wgsl, oracle)
    ///     .learnable("k", 1.0, |x, _| x * x * x)
    ///     .second(|x, p| 6.0 * p[0] * x)
    ///     .mixed("k", |x, _| 3.0 * x * x)
    ///     .define()?;
    /// let gradients = "cubic(x, k[c])".parse::<Formula>()?.gradients()?;
    /// assert_eq!(gradients[0].to_string(), "dx = cubic_backward(x, dy, k[c])");
    /// assert_eq!(gradients[1].to_string(), "dk[c] = cubic_backward_k(x, dy, k[c])");
    /// let second = gradients[0].backward(&["x", "k"])?;
    /// assert_eq!(second[0].to_string(), "dx = chain(ddx, cubic_second(x, dy, k[c]))");
    /// assert_eq!(second[1].to_string(), "dk[c] = chain(ddx, cubic_second_k(x, dy, k[c]))");
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    pub fn wgsl_function(name: &str, wgsl: &str, oracle: Oracle) -> WgslFunction {
        WgslFunction {
            name: name.to_owned(),
            wgsl: wgsl.to_owned(),
            oracle,
            parameters: Vec::new(),
            second: None,
            mixed: Vec::new(),
        }
    }
}

impl WgslFunction {
    /// With one more parameter, which is not learned: `2.0` is what it is by default, and `None` says that it has to be given.
    pub fn parameter(self, name: &str, default: impl Into<Option<f32>>) -> Self {
        self.with(name, default.into(), None)
    }

    /// With one more parameter, by which the function has a derivative: `act_NAME_backward_PARAMETER` is that times `dy`.
    pub fn learnable(self, name: &str, default: impl Into<Option<f32>>, derivative: ScalarOracle) -> Self {
        self.with(name, default.into(), Some(derivative))
    }

    fn with(mut self, name: &str, default: Option<f32>, derivative: Option<ScalarOracle>) -> Self {
        self.parameters.push(Given { name: name.to_owned(), default, derivative });
        self
    }

    /// With the second derivative by x: `act_NAME_second` is that times `dy`.
    pub fn second(self, oracle: ScalarOracle) -> Self {
        Self { second: Some(oracle), ..self }
    }

    /// With the derivative by x and a learnable parameter: `act_NAME_second_PARAMETER` is that times `dy`.
    pub fn mixed(mut self, parameter: &str, oracle: ScalarOracle) -> Self {
        self.mixed.push((parameter.to_owned(), oracle));
        self
    }

    /// Makes it known to every formula that is parsed from now on. A later function of the same name takes its place in formulas that
    /// are parsed after that.
    ///
    /// # Errors
    /// [`FormulaError::Name`] for a name that is taken by the table or the language, or of a parameter that is none;
    /// [`FormulaError::NameTwice`]; [`FormulaError::TooLarge`] for more than 4 parameters; [`FormulaError::NotFinite`] for a default;
    /// [`FormulaError::UnknownParameter`] for a mixed derivative by what is not learnable; [`FormulaError::Wgsl`] if the WGSL lacks a
    /// function. Whether a device accepts the WGSL is told when a kernel is made of it.
    pub fn define(self) -> Result<(), Error> {
        self.check()?;
        let row = self.row();
        check_wgsl(&row)?;
        // Rows are what pipelines are known by, and kept as long as those: as long as the program runs.
        functions::define_row(Box::leak(Box::new(row)));
        Ok(())
    }

    fn check(&self) -> Result<(), FormulaError> {
        functions::check_new(&self.name)?;
        let (what, actual) = ("parameters of one function", self.parameters.len());
        if actual > MAX_PARAMETERS {
            return Err(FormulaError::TooLarge { what, actual: Some(actual), limit: MAX_PARAMETERS });
        }
        for Given { name, default, .. } in &self.parameters {
            check_name(name)?;
            if let Some(value) = default.filter(|value| !value.is_finite()) {
                return Err(FormulaError::not_finite(value, name));
            }
        }
        check_once(self.parameters.iter().map(|parameter| &parameter.name[..]))?;
        check_once(self.mixed.iter().map(|(name, _)| &name[..]))?;
        let learned = self.parameters.iter().filter(|parameter| parameter.derivative.is_some());
        let learned: Vec<&str> = learned.map(|parameter| &parameter.name[..]).collect();
        match self.mixed.iter().find(|(name, _)| !learned.contains(&&name[..])) {
            None => Ok(()),
            Some((name, _)) => {
                let of = format!("what is learned of {}", self.name);
                Err(functions::unknown_parameter(&of, name, &learned))
            }
        }
    }

    fn row(&self) -> Row {
        let kept = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let parameters: Vec<Parameter> = self
            .parameters
            .iter()
            .map(|given| Parameter { name: kept(&given.name), default: given.default })
            .collect();
        let learnable = self.parameters.iter().zip(&parameters).filter_map(|(given, parameter)| {
            let mixed = self.mixed.iter().find(|(name, _)| *name == given.name);
            Some(Learnable {
                parameter: parameter.name,
                derivative: "",
                oracle: given.derivative?,
                budget: bound,
                mixed_derivative: "",
                mixed: mixed.map(|(_, oracle)| second(*oracle)),
            })
        });
        Row {
            learnable: Vec::leak(learnable.collect()),
            parameters: Vec::leak(parameters),
            second: self.second.map(second),
            budget: |_| Budget::ulp(BUDGET, BUDGET, BUDGET),
            ..unremarkable(kept(&self.name), self.oracle, kept(&self.wgsl))
        }
    }
}

fn second(oracle: ScalarOracle) -> Second {
    Second { oracle, budget: bound }
}

fn bound(_: &[f32]) -> Bound {
    Bound::ulp(BUDGET)
}

fn check_once<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), FormulaError> {
    let mut known = Vec::new();
    for name in names {
        if known.contains(&name) {
            return Err(FormulaError::name_twice(name));
        }
        known.push(name);
    }
    Ok(())
}

/// A function for all that has an oracle.
fn check_wgsl(row: &Row) -> Result<(), FormulaError> {
    let learnable = || (0..).zip(row.learnable);
    let by_parameter = learnable().map(|(index, _)| Part::ByParameter(index, 0));
    let second = row.second.as_ref().map(|_| Part::Second(0));
    let mixed = learnable().filter(|(_, learnable)| learnable.mixed.is_some());
    let mixed = mixed.map(|(index, _)| Part::Mixed(index, 0));
    let parts = [Part::Value, Part::Slope(0)].into_iter().chain(by_parameter).chain(second).chain(mixed);
    let mut heads = parts.map(|part| format!("fn act_{}(", part.name_of(row)));
    match heads.find(|head| !row.wgsl.contains(head)) {
        None => Ok(()),
        Some(missing) => Err(FormulaError::Wgsl { name: row.name.to_owned(), missing }),
    }
}
