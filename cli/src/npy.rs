//! Tensors in NumPy's `.npy` format.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use npyz::{DType, Endianness, NpyHeader, Order, TypeChar, TypeStr, WriterBuilder};
use wgpu_activations::Storage;
use wgpu_activations::half::f16;

/// Values with a shape, in the order in which the file has them: elementwise functions need no other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<u64>,
    pub(crate) order: Order,
    /// How it lies in a file and on the device: f32 or f16. The values are numbers of this type.
    pub(crate) storage: Storage,
    pub(crate) values: Vec<f32>,
}

impl Tensor {
    /// The same shape, order and type with other values.
    pub(crate) fn with_values(&self, values: Vec<f32>) -> Self {
        Self { shape: self.shape.clone(), order: self.order, storage: self.storage, values }
    }

    /// A row of values, as frameworks keep weights: a single one is a row, too.
    pub(crate) fn row(values: Vec<f32>) -> Self {
        Self { shape: vec![values.len() as u64], order: Order::C, storage: Storage::F32, values }
    }

    /// `512 x 128`, or `scalar`.
    pub(crate) fn shape_text(&self) -> String {
        if self.shape.is_empty() {
            return "scalar".to_owned();
        }
        self.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(" x ")
    }

    /// The values in the other order of axes, if that is what `order` is.
    pub(crate) fn in_order(self, order: Order) -> Self {
        if order == self.order || self.shape.len() < 2 {
            return Self { order, ..self };
        }
        let values = transposed(&self.values, &self.shape, self.order);
        Self { order, values, ..self }
    }
}

/// Walks the destination in its own order and picks from the source by strides.
fn transposed(values: &[f32], shape: &[u64], from: Order) -> Vec<f32> {
    // The axes from the fastest to the slowest one of the destination, each with its stride in the source.
    let strides = source_strides(shape, from);
    let mut axes: Vec<(u64, u64)> = shape.iter().copied().zip(strides).collect();
    if from == Order::Fortran {
        axes.reverse();
    }
    let mut index = vec![0; axes.len()];
    let mut offset = 0;
    let mut result = Vec::with_capacity(values.len());
    while result.len() < values.len() {
        result.push(values[offset as usize]);
        for (position, &(length, stride)) in index.iter_mut().zip(&axes) {
            *position += 1;
            offset += stride;
            if *position < length {
                break;
            }
            offset -= stride * length;
            *position = 0;
        }
    }
    result
}

fn source_strides(shape: &[u64], order: Order) -> Vec<u64> {
    let running = |product: &mut u64, length: &u64| {
        let stride = *product;
        *product *= length;
        Some(stride)
    };
    match order {
        Order::Fortran => shape.iter().scan(1, running).collect(),
        Order::C => {
            let mut strides: Vec<u64> = shape.iter().rev().scan(1, running).collect();
            strides.reverse();
            strides
        }
    }
}

/// A tensor from a file, and what of it the user should know.
pub(crate) struct Loaded {
    pub(crate) tensor: Tensor,
    pub(crate) notes: Vec<String>,
}

/// Reads a file of f32, f16, or f64 (converted, with a note).
pub(crate) fn read(path: &Path) -> Result<Loaded> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.display().to_string();
    parse(&bytes, &name).with_context(|| format!("cannot read {name}"))
}

/// Of format version 1.0, which all have whose header is no longer.
const LONGEST_HEADER: usize = 1 << 16;

fn parse(bytes: &[u8], name: &str) -> Result<Loaded> {
    check_shape(bytes)?;
    let mut rest = bytes;
    let header = NpyHeader::from_reader(&mut rest).map_err(|error| describe_header_error(&error))?;
    let element = Element::of(&header.dtype())?;
    check_length(&header, element, rest.len())?;
    let values = element.decode(rest);
    let notes = if element.size == 8 { vec![f64_note(name, rest, element, &values)] } else { Vec::new() };
    let storage = if element.size == 2 { Storage::F16 } else { Storage::F32 };
    let tensor = Tensor { shape: header.shape().to_vec(), order: header.order(), storage, values };
    Ok(Loaded { tensor, notes })
}

fn describe_header_error(error: &io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => anyhow!("it ends inside its header: the file is truncated"),
        // The first line says what, the others quote the header.
        _ => anyhow!("it is no .npy file ({})", error.to_string().lines().next().unwrap_or_default()),
    }
}

/// npyz multiplies the shape's lengths unchecked, and so panics where overflow is checked. Whatever looks like a shape
/// is looked at before it; what does not is npyz's to refuse.
fn check_shape(bytes: &[u8]) -> Result<()> {
    let start = &bytes[..bytes.len().min(LONGEST_HEADER)];
    let text = String::from_utf8_lossy(start);
    let Some((_, shape)) = text.split_once("shape") else { return Ok(()) };
    let shape = shape.split(')').next().unwrap_or_default();
    let lengths = shape.split(|c: char| !c.is_ascii_digit()).filter_map(|length| length.parse::<u64>().ok());
    let size = lengths.filter(|&length| length > 0).try_fold(1_u64, u64::checked_mul);
    ensure!(size.is_some(), "its shape is larger than any file");
    Ok(())
}

/// The types that are read.
#[derive(Debug, Clone, Copy)]
struct Element {
    /// 2, 4 or 8 bytes.
    size: usize,
    big_endian: bool,
}

impl Element {
    fn of(dtype: &DType) -> Result<Self> {
        let plain: Option<&TypeStr> = if let DType::Plain(plain) = dtype { Some(plain) } else { None };
        let float = plain.filter(|plain| plain.type_char() == TypeChar::Float);
        match float.map(|float| (float.endianness(), float.size_field())) {
            Some((endianness, size @ (2 | 4 | 8))) => {
                Ok(Self { size: size as usize, big_endian: endianness == Endianness::Big })
            }
            _ => {
                bail!(
                    "it holds {}, and only f32 ('<f4'), f16 ('<f2') and f64 ('<f8') are read: convert it",
                    dtype.descr()
                )
            }
        }
    }

    fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self.size {
            2 => {
                let chunks = bytes.as_chunks::<2>().0.iter();
                let decode = if self.big_endian { f16::from_be_bytes } else { f16::from_le_bytes };
                chunks.map(|chunk| decode(*chunk).to_f32()).collect()
            }
            4 => {
                let chunks = bytes.as_chunks::<4>().0.iter();
                let decode = if self.big_endian { f32::from_be_bytes } else { f32::from_le_bytes };
                chunks.map(|chunk| decode(*chunk)).collect()
            }
            _ => self.decode_f64(bytes).map(|value| value as f32).collect(),
        }
    }

    fn decode_f64(self, bytes: &[u8]) -> impl Iterator<Item = f64> {
        let decode = if self.big_endian { f64::from_be_bytes } else { f64::from_le_bytes };
        bytes.as_chunks::<8>().0.iter().map(move |chunk| decode(*chunk))
    }
}

/// The header must promise what the file holds, no more and no less.
fn check_length(header: &NpyHeader, element: Element, actual: usize) -> Result<()> {
    let elements = header.shape().iter().try_fold(1_u64, |product, &length| product.checked_mul(length));
    let expected = elements.and_then(|elements| elements.checked_mul(element.size as u64));
    let shape = header.shape();
    let expected = expected.with_context(|| format!("its shape {shape:?} is larger than any file"))?;
    let actual = actual as u64;
    ensure!(
        actual >= expected,
        "it is truncated: its shape {shape:?} needs {expected} bytes, and it holds {actual}"
    );
    ensure!(actual == expected, "its shape {shape:?} needs {expected} bytes, but it holds {actual}");
    Ok(())
}

fn f64_note(name: &str, bytes: &[u8], element: Element, values: &[f32]) -> String {
    let exact = element.decode_f64(bytes);
    let overflowed =
        exact.zip(values).filter(|(exact, value)| exact.is_finite() && value.is_infinite()).count();
    let beyond = match overflowed {
        0 => String::new(),
        1 => "; one value is beyond f32 and became infinite".to_owned(),
        count => format!("; {count} values are beyond f32 and became infinite"),
    };
    format!("{name} holds f64: converted to f32, rounded to nearest{beyond}")
}

/// Writes a tensor, little-endian.
pub(crate) fn write(tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    let half = tensor.storage == Storage::F16;
    let little_endian: TypeStr = if half { "<f2" } else { "<f4" }.parse().map_err(io::Error::other)?;
    npyz::WriteOptions::new_header_only()
        .dtype(DType::Plain(little_endian))
        .shape(&tensor.shape)
        .order(tensor.order)
        .writer(&mut *out)
        .write_header_only()?;
    tensor.values.iter().try_for_each(|value| match half {
        true => out.write_all(&f16::from_f32(*value).to_le_bytes()),
        false => out.write_all(&value.to_le_bytes()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;

    fn tensor(shape: &[u64], order: Order) -> Tensor {
        let elements: u64 = shape.iter().product();
        let values = (0..elements).map(|value| value as f32).collect();
        Tensor { shape: shape.to_vec(), order, storage: Storage::F32, values }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let shapes: [&[u64]; 7] = [&[], &[0], &[1], &[5], &[2, 3], &[2, 0, 4], &[2, 3, 4]];
        let orders = [Order::C, Order::Fortran];
        let storages = [Storage::F32, Storage::F16];
        let all = shapes.into_iter().flat_map(|shape| orders.map(|order| (shape, order)));
        for ((shape, order), storage) in all.flat_map(|it| storages.map(|storage| (it, storage))) {
            let original = Tensor { storage, ..tensor(shape, order) };
            let mut bytes = Vec::new();
            write(&original, &mut bytes).unwrap();
            let loaded = parse(&bytes, "it").unwrap();
            assert_eq!(loaded.tensor, original);
            assert!(loaded.notes.is_empty());
            for length in 0..bytes.len() {
                assert!(parse(&bytes[..length], "it").is_err(), "{length} of {} bytes", bytes.len());
            }
        }
    }

    #[test]
    fn the_order_of_axes_can_be_changed() {
        let c = tensor(&[2, 3], Order::C);
        let fortran = c.clone().in_order(Order::Fortran);
        assert_eq!(fortran.values, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(fortran.in_order(Order::C), c);
        for shape in [&[2_u64, 3, 4, 5][..], &[1, 7, 1], &[3, 0, 2]] {
            let c = tensor(shape, Order::C);
            assert_eq!(c.clone().in_order(Order::Fortran).in_order(Order::C), c);
        }
    }

    #[test]
    fn trailing_bytes_are_no_part_of_a_tensor() {
        let mut bytes = Vec::new();
        write(&tensor(&[4], Order::C), &mut bytes).unwrap();
        bytes.push(0);
        assert!(parse(&bytes, "it").is_err());
    }
}
