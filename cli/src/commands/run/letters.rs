//! Letters in a formula's brackets, and the dimensions of the operands that they stand for.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use wgpu_activations::Channels;

use super::broadcast::dimension;
use crate::tensor::Tensor;

/// Neighbouring dimensions: elements that agree in all of these share a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands) struct Dimensions(Range<usize>);

impl Dimensions {
    /// All elements share a value.
    pub(in crate::commands) const NONE: Self = Self(0..0);

    /// The tensor as the library sees it: (outer, channels, inner).
    pub(in crate::commands) fn channels(&self, like: &Tensor) -> Channels {
        Channels::new(self.shape(like).iter().product(), like.shape[self.0.end..].iter().product())
    }

    /// That of an operand which has one value for each.
    pub(in crate::commands) fn shape<'a>(&self, like: &'a Tensor) -> &'a [u64] {
        &like.shape[self.0.clone()]
    }

    /// An operand's values: of these dimensions, apart from such of size 1, or in one row.
    pub(in crate::commands) fn check(&self, name: &str, tensor: &Tensor, like: &Tensor) -> Result<()> {
        let needed = self.shape(like);
        let count: u64 = needed.iter().product();
        ensure!(
            tensor.values.len() as u64 == count,
            "{name} holds {} values where {count} are needed, for a shape of {}",
            tensor.values.len(),
            like.shape_text()
        );
        let long = |shape: &[u64]| shape.iter().copied().filter(|size| *size != 1).collect::<Vec<u64>>();
        let own = long(&tensor.shape);
        ensure!(
            own.len() <= 1 || own == long(needed),
            "{name} is {}, but its letter stands for dimensions of {}",
            tensor.shape_text(),
            needed.iter().map(u64::to_string).collect::<Vec<_>>().join(" x ")
        );
        // A shape of several dimensions says where it goes, as NumPy and ONNX broadcast: from the last dimension on.
        let elsewhere = || {
            let places = like.shape.len() as i64 - tensor.shape.len() as i64;
            let place = |index: usize| usize::try_from(places + index as i64).ok();
            let inside = |index: usize| place(index).is_some_and(|place| self.0.contains(&place));
            tensor.shape.iter().enumerate().any(|(index, size)| *size != 1 && !inside(index))
        };
        ensure!(
            tensor.shape.len() <= 1 || tensor.shape == needed || !elsewhere(),
            "{name} is {}, which does not lie where its letter says in {}: change --channels, or give the values as a row",
            tensor.shape_text(),
            like.shape_text()
        );
        Ok(())
    }
}

/// `c` of `bias[c]`.
fn letter(name: &str) -> Option<char> {
    name.split_once('[').and_then(|(_, brackets)| brackets.chars().next()).filter(|letter| *letter != ']')
}

/// `bias` of `bias[c]`.
pub(in crate::commands) fn bare(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// What letters stand for.
#[derive(Debug, Default)]
pub(in crate::commands) struct Letters(BTreeMap<char, Dimensions>);

impl Letters {
    /// What `--channels` says, each letter of these names once.
    pub(in crate::commands) fn parse(texts: &[String], names: &[String], like: &Tensor) -> Result<Self> {
        let known: Vec<char> = names.iter().filter_map(|name| letter(name)).collect();
        let mut letters = BTreeMap::new();
        for text in texts {
            let (letter, dimensions) = parse_one(text, like)?;
            ensure!(
                known.contains(&letter),
                "--channels {text}: nothing in the formula has the letter {letter}"
            );
            if letters.insert(letter, dimensions).is_some() {
                bail!("--channels {letter} is given twice");
            }
        }
        Ok(Self(letters))
    }

    /// What elements share a value of an operand, or of a sum: `bias[c]`. None where each has its own.
    pub(in crate::commands) fn dimensions_of(&self, name: &str) -> Result<Option<&Dimensions>> {
        let Some(letter) = letter(name) else {
            return Ok(name.contains('[').then_some(&Dimensions::NONE));
        };
        let missing = || format!("{name}: say which dimension {letter} stands for: --channels {letter}=-1");
        self.0.get(&letter).map(Some).with_context(missing)
    }
}

/// `c=-1`, `c=1`, `r=0:1`: a letter, and the dimensions that it stands for.
fn parse_one(text: &str, like: &Tensor) -> Result<(char, Dimensions)> {
    let expected = || {
        format!(
            "--channels {text:?}: expected a letter and a dimension, c=-1, or the first and the last of neighbours, r=0:1"
        )
    };
    let (letter, dimensions) = text.split_once('=').with_context(expected)?;
    let letter: char = letter.trim().parse().with_context(expected)?;
    let (first, last) = dimensions.split_once(':').unwrap_or((dimensions, dimensions));
    let number = |text: &str| text.trim().parse::<i64>().with_context(expected);
    let place = |number: i64| dimension(number, &like.shape).with_context(|| format!("--channels {text}"));
    let (first, last) = (place(number(first)?)?, place(number(last)?)?);
    ensure!(first <= last, "--channels {text}: dimension {first} comes first, and {last} last: swap them");
    Ok((letter, Dimensions(first..last + 1)))
}
