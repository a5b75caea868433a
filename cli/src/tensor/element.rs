//! Elements of a file, whatever their type, and f32.

use std::io::{self, Write};

use wgpu_activations::Storage;
use wgpu_activations::half::{bf16, f16};

/// A type that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it lies on the device.
    Stored(Storage),
    /// Converted to f32.
    F64,
    /// Of so many bytes; labels.
    Integer { bytes: u8, signed: bool },
    /// A mask: 0 where it is true, else -∞.
    Bool,
}

/// What a file should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// And of what type 16 bits are that a file gives none.
    Floats(Option<Storage>),
    Integers,
    /// Floats, as above, or booleans.
    Mask(Option<Storage>),
}

impl Wanted {
    /// What 16 bits are of which a file does not say it.
    pub(crate) fn untyped(self) -> Option<Storage> {
        match self {
            Self::Floats(untyped) | Self::Mask(untyped) => untyped,
            Self::Integers => None,
        }
    }

    pub(super) fn is_mask(self) -> bool {
        matches!(self, Self::Mask(_))
    }
}

impl From<Option<Storage>> for Wanted {
    fn from(untyped: Option<Storage>) -> Self {
        Self::Floats(untyped)
    }
}

/// How elements lie in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) kind: Kind,
    pub(super) big_endian: bool,
    /// Whether the user said what they are, and not the file.
    pub(super) untyped: bool,
}

impl Element {
    /// In bytes.
    pub(super) fn size(self) -> u64 {
        match self.kind {
            Kind::F64 => 8,
            Kind::Integer { bytes, .. } => bytes.into(),
            Kind::Bool => 1,
            Kind::Stored(Storage::F16 | Storage::Bf16) => 2,
            Kind::Stored(_) => 4,
        }
    }

    /// How its values lie on the device.
    pub(super) fn storage(self) -> Storage {
        match self.kind {
            Kind::F64 | Kind::Integer { .. } | Kind::Bool => Storage::F32,
            Kind::Stored(storage) => storage,
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self.kind {
            Kind::Stored(Storage::F16) => {
                self.words(bytes, |word| f16::from_bits(u16::from_le_bytes(word)).to_f32())
            }
            Kind::Stored(Storage::Bf16) => {
                self.words(bytes, |word| bf16::from_bits(u16::from_le_bytes(word)).to_f32())
            }
            Kind::Stored(_) => self.words(bytes, f32::from_le_bytes),
            Kind::F64 => self.words(bytes, |word| f64::from_le_bytes(word) as f32),
            Kind::Bool => self.words(bytes, |[byte]| if byte == 0 { f32::NEG_INFINITY } else { 0.0 }),
            Kind::Integer { .. } => self.integers(bytes).into_iter().map(|value| value as f32).collect(),
        }
    }

    /// Exactly. None of what is not of integers.
    pub(super) fn integers(self, bytes: &[u8]) -> Vec<i128> {
        let Kind::Integer { bytes: size, signed } = self.kind else { return Vec::new() };
        match (size, signed) {
            (1, true) => self.words(bytes, |word| i8::from_le_bytes(word).into()),
            (1, false) => self.words(bytes, |word| u8::from_le_bytes(word).into()),
            (2, true) => self.words(bytes, |word| i16::from_le_bytes(word).into()),
            (2, false) => self.words(bytes, |word| u16::from_le_bytes(word).into()),
            (4, true) => self.words(bytes, |word| i32::from_le_bytes(word).into()),
            (4, false) => self.words(bytes, |word| u32::from_le_bytes(word).into()),
            (_, true) => self.words(bytes, |word| i64::from_le_bytes(word).into()),
            (_, false) => self.words(bytes, |word| u64::from_le_bytes(word).into()),
        }
    }

    fn words<const SIZE: usize, N>(self, bytes: &[u8], number: impl Fn([u8; SIZE]) -> N) -> Vec<N> {
        let words = bytes.as_chunks::<SIZE>().0.iter().copied();
        words
            .map(|mut word| {
                if self.big_endian {
                    word.reverse();
                }
                number(word)
            })
            .collect()
    }

    /// How many of these values are beyond f32.
    pub(super) fn beyond(self, bytes: &[u8], values: &[f32]) -> usize {
        if self.kind != Kind::F64 {
            return 0;
        }
        let exact = self.words(bytes, f64::from_le_bytes).into_iter();
        exact.zip(values).filter(|(exact, value)| exact.is_finite() && value.is_infinite()).count()
    }

    /// What the user should know of values of which so many are beyond f32.
    pub(super) fn notes(self, name: &str, beyond: usize) -> Vec<String> {
        if self.kind != Kind::F64 {
            return Vec::new();
        }
        let beyond = match beyond {
            0 => String::new(),
            1 => "; one value is beyond f32 and became infinite".to_owned(),
            count => format!("; {count} values are beyond f32 and became infinite"),
        };
        vec![format!("{name} holds f64: converted to f32, rounded to nearest{beyond}")]
    }
}

/// Writes values, little-endian.
pub(crate) fn encode(storage: Storage, values: &[f32], out: &mut dyn Write) -> io::Result<()> {
    values.iter().try_for_each(|&value| match storage {
        Storage::F16 => out.write_all(&f16::from_f32(value).to_le_bytes()),
        Storage::Bf16 => out.write_all(&bf16::from_f32(value).to_le_bytes()),
        _ => out.write_all(&value.to_le_bytes()),
    })
}
