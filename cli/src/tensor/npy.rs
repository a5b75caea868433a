//! NumPy's format `.npy`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use npyz::{DType, Endianness, NpyHeader, Order, TypeChar, TypeStr, WriterBuilder};
use wgpu_activations::Storage;

use super::element::{Element, Kind, Wanted, encode};
use super::{Place, Source, Tensor};

/// Of format version 1.0, which all have whose header is no longer.
const LONGEST_HEADER: usize = 1 << 16;

/// Opens a file of one tensor.
pub(super) fn open(path: &Path, wanted: Wanted, place: &Place) -> Result<Source> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // A pipe does not say how long it is.
    source(file, metadata.is_file().then_some(metadata.len()), wanted, place)
}

/// Of a file of so many bytes, or of one that is read to its end to know.
fn source(file: impl Read + 'static, bytes: Option<u64>, wanted: Wanted, place: &Place) -> Result<Source> {
    let mut file = file;
    let start = beginning(&mut file)?;
    check_shape(&start)?;
    let (header, rest) = split(&start);
    let header = NpyHeader::from_reader(&header[..]).map_err(|error| describe_header_error(&error))?;
    let element = element(&header.dtype(), wanted)?;
    let mut data = rest.to_vec();
    let before = (start.len() - data.len()) as u64;
    let actual = match bytes {
        Some(bytes) => bytes.saturating_sub(before),
        None => {
            file.read_to_end(&mut data)?;
            data.len() as u64
        }
    };
    check_length(&header, element, actual)?;
    let data = Box::new(io::Cursor::new(data).chain(file));
    Ok(Source::new((header.shape().to_vec(), header.order()), element, data, place))
}

/// The header and what happens to follow it, or all there is.
fn beginning(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(LONGEST_HEADER as u64).read_to_end(&mut start)?;
    if let Some((length, rest)) = header_length(&start) {
        let missing = u64::from(length).saturating_sub(rest.len() as u64);
        file.take(missing).read_to_end(&mut start)?;
    }
    Ok(start)
}

/// How long a header says that it is, and all that follows this.
fn header_length(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (start, rest) = bytes.split_at_checked(8)?;
    // Version 1.0 has its length in 2 bytes, later ones in 4.
    match (start[6], rest) {
        (1, [low, high, rest @ ..]) => Some((u32::from(u16::from_le_bytes([*low, *high])), rest)),
        (2.., [a, b, c, d, rest @ ..]) => Some((u32::from_le_bytes([*a, *b, *c, *d]), rest)),
        _ => None,
    }
}

/// The header, as NumPy of today would write it, and what follows. What is no header is npyz's to refuse.
fn split(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let whole = header_length(bytes).and_then(|(length, rest)| rest.split_at_checked(length as usize));
    let Some((text, data)) = whole else { return (bytes.to_vec(), &[]) };
    let text = modern(text);
    let mut header = bytes[..8].to_vec();
    // It may be longer than it was: of version 2, whose lengths have 4 bytes.
    header[6] = header[6].max(2);
    header.extend((text.len() as u32).to_le_bytes());
    header.extend(text);
    (header, data)
}

/// A header as NumPy writes it today, of what it has written and reads: Python 2's long integers (`2L`) and strings (`u'shape'`), types
/// without an order of bytes or by a name (`=f4`, `float32`), comments, and line breaks.
fn modern(header: &[u8]) -> Vec<u8> {
    let mut modern: Vec<u8> = Vec::with_capacity(header.len());
    // Where a string began, and whether a comment did.
    let (mut string, mut comment) = (None, false);
    for (index, &byte) in header.iter().enumerate() {
        let (before, after) = (modern.last().copied(), header.get(index + 1));
        match (string, byte) {
            (None, b'\n') => comment = false,
            (None, _) if comment => continue,
            (None, b'#') => {
                comment = true;
                continue;
            }
            (None, b'L' | b'l') if before.is_some_and(|digit| digit.is_ascii_digit()) => continue,
            (None, b'u' | b'b') if matches!(after, Some(b'\'' | b'"')) => continue,
            (None, b'\'' | b'"') => string = Some(modern.len()),
            (Some(begin), _) if modern[begin] == byte => {
                if let Some(descr) = type_string(&modern[begin + 1..]) {
                    modern.truncate(begin + 1);
                    modern.extend(descr.bytes());
                }
                string = None;
            }
            _ => {}
        }
        modern.push(if string.is_none() && byte.is_ascii_whitespace() { b' ' } else { byte });
    }
    // Its end is a line's end.
    match modern.last_mut() {
        Some(last) if *last == b' ' => *last = b'\n',
        _ => {}
    }
    modern
}

/// A type as NumPy writes it, `<f4`, of what `numpy.dtype` reads as one: without an order of bytes, which is the machine's, or by a name.
fn type_string(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let (order, code) = match text.chars().next()? {
        order @ ('<' | '>' | '=' | '|') => (Some(order), &text[1..]),
        _ => (None, text),
    };
    let code = match (code, order) {
        ("f2" | "e", _) | ("float16" | "half", None) => "f2",
        ("f4" | "f", _) | ("float32" | "single", None) => "f4",
        ("f8" | "d", _) | ("float64" | "float" | "double", None) => "f8",
        ("b1" | "?", _) | ("bool", None) => "b1",
        ("i1" | "b", _) | ("int8" | "byte", None) => "i1",
        ("u1" | "B", _) | ("uint8" | "ubyte", None) => "u1",
        ("i2" | "h", _) | ("int16" | "short", None) => "i2",
        ("u2" | "H", _) | ("uint16" | "ushort", None) => "u2",
        ("i4" | "i", _) | ("int32" | "intc", None) => "i4",
        ("u4" | "I", _) | ("uint32" | "uintc", None) => "u4",
        ("i8" | "q", _) | ("int64" | "longlong", None) => "i8",
        ("u8" | "Q", _) | ("uint64" | "ulonglong", None) => "u8",
        ("V2", _) => "V2",
        _ => return None,
    };
    let order = match order {
        _ if code.ends_with('1') => '|',
        Some(order @ ('<' | '>')) => order,
        _ if code == "V2" => '|',
        _ if cfg!(target_endian = "big") => '>',
        _ => '<',
    };
    Some(format!("{order}{code}"))
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

fn element(dtype: &DType, wanted: Wanted) -> Result<Element> {
    let plain: Option<&TypeStr> = if let DType::Plain(plain) = dtype { Some(plain) } else { None };
    let of = |plain: &TypeStr| (plain.type_char(), plain.size_field());
    let mut untyped = false;
    let kind = match (plain.map(of), wanted.untyped()) {
        (Some((sign @ (TypeChar::Int | TypeChar::Uint), bytes @ (1 | 2 | 4 | 8))), _)
            if wanted == Wanted::Integers =>
        {
            Kind::Integer { bytes: bytes as u8, signed: sign == TypeChar::Int }
        }
        _ if wanted == Wanted::Integers => {
            bail!(
                "it holds {}, and only integers ('<i8', '<i4', '<u4' and shorter ones) can be labels: convert it",
                dtype.descr()
            )
        }
        (Some((TypeChar::Bool, 1)), _) if wanted.is_mask() => Kind::Bool,
        (Some((TypeChar::Float, 2)), _) => Kind::Stored(Storage::F16),
        (Some((TypeChar::Float, 4)), _) => Kind::Stored(Storage::F32),
        (Some((TypeChar::Float, 8)), _) => Kind::F64,
        (Some((TypeChar::RawData | TypeChar::Uint, 2)), Some(storage)) => {
            ensure!(storage.bytes() == 2, "it holds {}, of 16 bits, and not {storage}", dtype.descr());
            untyped = true;
            Kind::Stored(storage)
        }
        (Some((TypeChar::RawData | TypeChar::Uint, 2)), None) => bail!(
            "it holds {}, 16 bits of a type that the file does not name: say --storage bf16, if NumPy had bfloat16 from ml_dtypes",
            dtype.descr()
        ),
        _ => bail!(
            "it holds {}, and only f32 ('<f4'), f16 ('<f2'), f64 ('<f8') and bf16 ('<V2', with --storage) are read: convert it",
            dtype.descr()
        ),
    };
    let big_endian = plain.is_some_and(|plain| plain.endianness() == Endianness::Big);
    Ok(Element { kind, big_endian, untyped })
}

/// The header must promise what the file holds, no more and no less.
fn check_length(header: &NpyHeader, element: Element, actual: u64) -> Result<()> {
    let elements = header.shape().iter().try_fold(1_u64, |product, &length| product.checked_mul(length));
    let expected = elements.and_then(|elements| elements.checked_mul(element.size()));
    let shape = header.shape();
    let expected = expected.with_context(|| format!("its shape {shape:?} is larger than any file"))?;
    ensure!(
        actual >= expected,
        "it is truncated: its shape {shape:?} needs {expected} bytes, and it holds {actual}"
    );
    ensure!(actual == expected, "its shape {shape:?} needs {expected} bytes, but it holds {actual}");
    Ok(())
}

/// Writes a tensor, little-endian. bf16 is what ml_dtypes writes.
pub(crate) fn write(tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    check_filled(&tensor.shape, tensor.values.len() as u64)?;
    write_header((&tensor.shape, tensor.order), tensor.storage, out)?;
    encode(tensor.storage, &tensor.values, out)
}

/// A file of fewer values than its shape says, or of more, nobody reads.
pub(crate) fn check_filled(shape: &[u64], values: u64) -> io::Result<()> {
    // Of no elements where a length is 0, however long the others are.
    let elements = shape.iter().fold(1_u64, |product, length| product.saturating_mul(*length));
    if elements == values {
        return Ok(());
    }
    let wrong = format!("its shape {shape:?} has {elements} elements, and there are {values} values");
    Err(io::Error::new(io::ErrorKind::InvalidData, wrong))
}

/// What stands before the values of a tensor of this shape.
pub(crate) fn write_header(
    (shape, order): (&[u64], Order),
    storage: Storage,
    out: &mut dyn Write,
) -> io::Result<()> {
    let little_endian = match storage {
        Storage::F16 => "<f2",
        Storage::Bf16 => "<V2",
        _ => "<f4",
    };
    let little_endian: TypeStr = little_endian.parse().map_err(io::Error::other)?;
    npyz::WriteOptions::new_header_only()
        .dtype(DType::Plain(little_endian))
        .shape(shape)
        .order(order)
        .writer(&mut *out)
        .write_header_only()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::super::Loaded;
    use super::super::tests::tensor;
    use super::*;

    fn parse(bytes: &[u8], untyped: Option<Storage>) -> Result<Loaded> {
        let (file, length) = (io::Cursor::new(bytes.to_vec()), bytes.len() as u64);
        source(file, Some(length), untyped.into(), &Place::Npy("it".into()))?.whole()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let shapes: [&[u64]; 7] = [&[], &[0], &[1], &[5], &[2, 3], &[2, 0, 4], &[2, 3, 4]];
        let orders = [Order::C, Order::Fortran];
        let storages = [Storage::F32, Storage::F16, Storage::Bf16];
        let all = shapes.into_iter().flat_map(|shape| orders.map(|order| (shape, order)));
        for ((shape, order), storage) in all.flat_map(|it| storages.map(|storage| (it, storage))) {
            let original = Tensor { storage, ..tensor(shape, order) };
            let mut bytes = Vec::new();
            write(&original, &mut bytes).unwrap();
            let loaded = parse(&bytes, Some(Storage::Bf16)).unwrap();
            assert_eq!(loaded.tensor, original);
            assert!(loaded.notes.is_empty());
            for length in 0..bytes.len() {
                assert!(
                    parse(&bytes[..length], Some(Storage::Bf16)).is_err(),
                    "{length} of {} bytes",
                    bytes.len()
                );
            }
        }
    }

    #[test]
    fn values_that_do_not_fill_their_shape_are_not_written() {
        for shape in [vec![], vec![4], vec![0], vec![2, 2, 2], vec![u64::MAX, u64::MAX]] {
            let mut bytes = Vec::new();
            let wrong = Tensor { shape, ..tensor(&[3], Order::C) };
            let error = write(&wrong, &mut bytes).unwrap_err();
            assert!(error.to_string().contains("3 values"), "{error}");
            assert!(bytes.is_empty());
        }
    }

    /// As `numpy.dtype(TEXT).str` has it on a machine whose words begin with their low byte.
    #[cfg(target_endian = "little")]
    #[test]
    fn types_are_read_as_numpy_reads_them() {
        let same = [
            ("f4", "<f4"),
            ("float32", "<f4"),
            ("|f4", "<f4"),
            ("=f4", "<f4"),
            ("single", "<f4"),
            ("f", "<f4"),
        ];
        let others =
            [("e", "<f2"), (">f8", ">f8"), ("|d", "<f8"), ("float", "<f8"), ("half", "<f2"), ("|V2", "|V2")];
        let integers =
            [("<i1", "|i1"), (">u1", "|u1"), ("?", "|b1"), ("<b1", "|b1"), ("int64", "<i8"), ("=u2", "<u2")];
        for (text, expected) in [same, others, integers].concat() {
            assert_eq!(type_string(text.as_bytes()).as_deref(), Some(expected), "{text}");
        }
        // These it refuses, too.
        for text in ["F4", "Float32", "<float32", "f4 ", " f4", "", "bfloat16", "shape"] {
            assert_eq!(type_string(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn trailing_bytes_are_no_part_of_a_tensor() {
        let mut bytes = Vec::new();
        write(&tensor(&[4], Order::C), &mut bytes).unwrap();
        bytes.push(0);
        assert!(parse(&bytes, Some(Storage::Bf16)).is_err());
    }

    #[test]
    fn headers_of_other_writers_are_read() {
        let native = if cfg!(target_endian = "big") { ">f4" } else { "<f4" };
        let data: Vec<u8> = (0..24).collect();
        let file = |version: u8, header: &str| {
            let mut bytes = [b"\x93NUMPY", &[version, 0][..]].concat();
            match version {
                1 => bytes.extend((header.len() as u16).to_le_bytes()),
                _ => bytes.extend((header.len() as u32).to_le_bytes()),
            }
            [&bytes[..], header.as_bytes(), &data].concat()
        };
        let plain = format!("{{'descr': '{native}', 'fortran_order': False, 'shape': (2, 3), }}\n");
        let expected = parse(&file(1, &plain), None).unwrap().tensor;
        let others = [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }\n".replace("<f4", native),
            "{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3)}".to_owned(),
            "{u'descr': \"=f4\", u'fortran_order': False, u'shape': (2l,3l)}  \r\n".to_owned(),
            "{'shape': (\n    2,\n\t3,\r\n  ),\n 'descr': '=f4',\n 'fortran_order': False\n}\n".to_owned(),
            "{'descr': 'f4', # it's of f8\n 'fortran_order': False, 'shape': (2, 3)} # 'descr'\n".to_owned(),
            "{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3)}".to_owned(),
            "{'descr': 'float32', 'fortran_order': False, 'shape': (2, 3)}\n# end".to_owned(),
        ];
        for (version, header) in others.iter().flat_map(|header| [1, 2, 3].map(|version| (version, header))) {
            assert_eq!(parse(&file(version, header), None).unwrap().tensor, expected, "{header:?}");
        }
    }
}
