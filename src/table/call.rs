//! An activation or a gate as text: a name, and what stands between its parentheses.

use std::str::FromStr;

use crate::error::Error;
use crate::table::activation::Activation;
use crate::table::kind::Kind;

/// `leaky_relu(negative_slope=0.2)`, apart.
pub(crate) struct Call<'a> {
    text: &'a str,
    name: &'a str,
    /// Each with its name, if it has one.
    values: Vec<(Option<&'a str>, &'a str)>,
}

/// What PyTorch calls some parameters.
const PYTORCH: &[(Kind, &str, &str)] = &[
    (Kind::Hardtanh, "min_val", "min_value"),
    (Kind::Hardtanh, "max_val", "max_value"),
    (Kind::Hardshrink, "lambd", "lambda"),
    (Kind::Softshrink, "lambd", "lambda"),
];

impl<'a> Call<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        let Some((name, rest)) = text.trim().split_once('(') else {
            return Ok(Self { text, name: text.trim(), values: Vec::new() });
        };
        let expected = "a closing parenthesis at its end";
        let list = rest.strip_suffix(')').ok_or_else(|| Error::Parse { text: text.to_owned(), expected })?;
        let value = |part: &'a str| match part.split_once('=') {
            Some((name, value)) => (Some(name.trim()), value.trim()),
            None => (None, part.trim()),
        };
        let values = list.split(',').filter(|part| !part.trim().is_empty()).map(value).collect();
        Ok(Self { text, name: name.trim(), values })
    }

    fn activation(&self) -> Result<Activation, Error> {
        let kind = self.kind()?;
        let known: Vec<&'static str> = kind.parameters().iter().map(|parameter| parameter.name).collect();
        let mut named = Vec::new();
        for (index, &(name, value)) in self.values.iter().enumerate() {
            let Some(name) = name else {
                named.push((known[self.place(kind.name(), &known, index)?], self.number(value)?));
                continue;
            };
            if self.is_of_modules(kind, name, value) {
                continue;
            }
            let of_pytorch = PYTORCH.iter().find(|(of, theirs, _)| *of == kind && *theirs == name);
            named.push((of_pytorch.map_or(name, |(_, _, ours)| ours), self.number(value)?));
        }
        kind.with_named(&named)
    }

    /// PyTorch has one module for both GELUs.
    fn kind(&self) -> Result<Kind, Error> {
        let quotes = ['\'', '"'];
        let approximate = self.values.iter().find(|(name, _)| *name == Some("approximate"));
        match approximate.map(|(_, value)| value.trim_matches(quotes)) {
            Some("tanh") if self.is_gelu() => Ok(Kind::GeluTanh),
            Some("none") if self.is_gelu() => Ok(Kind::GeluErf),
            _ => self.name.parse(),
        }
    }

    fn is_gelu(&self) -> bool {
        self.name.eq_ignore_ascii_case("gelu")
    }

    /// What says nothing of the function: where results go, how many values are learned, and which GELU it is, which is known by then.
    fn is_of_modules(&self, kind: Kind, name: &str, value: &str) -> bool {
        let is_size = value.parse::<u64>().is_ok();
        match name {
            "inplace" => matches!(value, "True" | "False" | "true" | "false"),
            "num_parameters" => kind == Kind::Prelu && is_size,
            "approximate" => self.is_gelu(),
            _ => false,
        }
    }

    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    /// The values, each with the place of its parameter among these.
    pub(crate) fn values_by_place(
        &self,
        function: &'static str,
        known: &[&'static str],
    ) -> Result<Vec<(usize, f32)>, Error> {
        let values = self.values.iter().enumerate().map(|(index, &(name, value))| {
            let place = match name {
                Some(name) => known.iter().position(|known| *known == name),
                None => self.place(function, known, index).map(Some)?,
            };
            let unknown = || unknown(function, name.unwrap_or_default(), known);
            Ok((place.ok_or_else(unknown)?, self.number(value)?))
        });
        values.collect()
    }

    /// The parameter of a value without a name: values with names follow those.
    fn place(&self, function: &'static str, known: &[&'static str], index: usize) -> Result<usize, Error> {
        if self.values[..index].iter().any(|(name, _)| name.is_some()) {
            return Err(self.expected("parameter=value after another one with its name"));
        }
        if index < known.len() { Ok(index) } else { Err(unknown(function, self.values[index].1, known)) }
    }

    fn number(&self, value: &str) -> Result<f32, Error> {
        value.parse().map_err(|_| self.expected("numbers for parameters: parameter=value, or value"))
    }

    fn expected(&self, expected: &'static str) -> Error {
        Error::Parse { text: self.text.to_owned(), expected }
    }
}

impl FromStr for Activation {
    type Err = Error;

    /// `name`, or `name(parameter=value, ...)`, or values alone in the parameters' order, `name(value, ...)`; parameters that are not
    /// given take their defaults. What PyTorch prints of a module is read: `GELU(approximate='tanh')`, `Hardtanh(min_val=-2, max_val=2)`,
    /// `ReLU(inplace=True)`.
    fn from_str(text: &str) -> Result<Self, Error> {
        Call::parse(text)?.activation()
    }
}

fn unknown(activation: &'static str, name: &str, known: &[&'static str]) -> Error {
    Error::UnknownParameter { activation, name: name.to_owned(), known: known.to_vec() }
}
