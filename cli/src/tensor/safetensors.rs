//! Tensors in the format safetensors: several in one file, each with a name.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use npyz::Order;
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorView};
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use wgpu_activations::Storage;

use super::element::{Element, Kind, Wanted, encode};
use super::{Place, Source, Tensor};

/// How many names a message lists.
const LISTED: usize = 12;

/// What a header calls its own entry: no tensor.
const METADATA: &str = "__metadata__";

/// Whether a tensor may be called so. Nobody could open a file with one that may not.
pub(crate) fn check_name(name: &str) -> Result<()> {
    ensure!(
        name != METADATA,
        "a file's header has an entry {METADATA} of its own: no tensor can be called so"
    );
    Ok(())
}

/// Opens one tensor. No other part of the file is read.
pub(super) fn open(path: &Path, tensor: Option<&str>, wanted: Wanted, place: &Place) -> Result<Source> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let (begin, metadata) = header(&mut file, length)?;
    let name = choose(&metadata, tensor)?;
    let info = metadata.info(&name).with_context(|| missing(&metadata, &name))?;
    let element = element(info.dtype, wanted)?;
    let shape: Vec<u64> = info.shape.iter().map(|&size| size as u64).collect();
    let (start, end) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
    file.seek(SeekFrom::Start(begin + start))?;
    Ok(Source::new((shape, Order::C), element, Box::new(file.take(end - start)), place))
}

/// Where the tensors begin, and which there are.
fn header(file: &mut File, length: u64) -> Result<(u64, Metadata)> {
    let mut start = [0; 8];
    file.read_exact(&mut start).map_err(|_| anyhow!("it is no safetensors file: it has {length} bytes"))?;
    let size = u64::from_le_bytes(start);
    let begin = size.checked_add(8).filter(|begin| *begin <= length);
    let begin = begin.with_context(|| {
        format!("it is no safetensors file, or truncated: its header has {size} bytes, the file {length}")
    })?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    check_names(&bytes).context("it is no safetensors file")?;
    let metadata: Metadata = serde_json::from_slice(&bytes).context("it is no safetensors file")?;
    // As a whole, whichever tensor is wanted: who cannot have all of a download should know.
    let (expected, actual) = (metadata.data_len() as u64, length - begin);
    ensure!(
        actual >= expected,
        "it is truncated: its tensors take {expected} bytes, and it holds {actual} after its header"
    );
    ensure!(actual == expected, "its tensors take {expected} bytes, but it holds {actual} after its header");
    Ok((begin, metadata))
}

/// A name that is there twice would stand for the second tensor, and the first be lost.
fn check_names(header: &[u8]) -> Result<()> {
    Ok(serde_json::Deserializer::from_slice(header).deserialize_map(Names)?)
}

/// Reads the names of a header, and nothing else.
struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tensors by their names")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut seen = HashSet::new();
        while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
            if seen.contains(&name) {
                return Err(de::Error::custom(format_args!("its header has the name {name:?} twice")));
            }
            seen.insert(name);
        }
        Ok(())
    }
}

/// The tensor that is meant: the only one needs no name.
fn choose(metadata: &Metadata, tensor: Option<&str>) -> Result<String> {
    if let Some(tensor) = tensor {
        return Ok(tensor.to_owned());
    }
    let mut names = metadata.offset_keys();
    match names.len() {
        1 => Ok(names.swap_remove(0)),
        _ => bail!("say which tensor, FILE.safetensors:NAME. {}", listed(&names)),
    }
}

fn missing(metadata: &Metadata, name: &str) -> String {
    format!("it has no tensor {name:?}. {}", listed(&metadata.offset_keys()))
}

fn listed(names: &[String]) -> String {
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("It holds {}{more}", names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", "))
}

fn element(dtype: Dtype, wanted: Wanted) -> Result<Element> {
    let integer = |bytes, signed| Kind::Integer { bytes, signed };
    let kind = match dtype {
        Dtype::BOOL if wanted.is_mask() => Kind::Bool,
        Dtype::I8 if wanted == Wanted::Integers => integer(1, true),
        Dtype::U8 if wanted == Wanted::Integers => integer(1, false),
        Dtype::I16 if wanted == Wanted::Integers => integer(2, true),
        Dtype::U16 if wanted == Wanted::Integers => integer(2, false),
        Dtype::I32 if wanted == Wanted::Integers => integer(4, true),
        Dtype::U32 if wanted == Wanted::Integers => integer(4, false),
        Dtype::I64 if wanted == Wanted::Integers => integer(8, true),
        Dtype::U64 if wanted == Wanted::Integers => integer(8, false),
        other if wanted == Wanted::Integers => {
            bail!("it holds {other}, and only integers can be labels: convert it")
        }
        Dtype::F16 => Kind::Stored(Storage::F16),
        Dtype::BF16 => Kind::Stored(Storage::Bf16),
        Dtype::F32 => Kind::Stored(Storage::F32),
        Dtype::F64 => Kind::F64,
        other => bail!("it holds {other}, and only F32, F16, BF16 and F64 are read: convert it"),
    };
    Ok(Element { kind, big_endian: false, untyped: false })
}

/// A file of tensors that is to be written: those that it has already stay in it.
pub(crate) struct Archive {
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
    metadata: Option<HashMap<String, String>>,
}

impl Archive {
    /// What is there, which may be nothing.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { tensors: Vec::new(), metadata: None });
            }
            Err(error) => return Err(error.into()),
        };
        let refused = "it exists and is no safetensors file";
        let (length, metadata) = SafeTensors::read_metadata(&bytes).context(refused)?;
        check_names(&bytes[8..8 + length]).context(refused)?;
        let file = SafeTensors::deserialize(&bytes).context(refused)?;
        let tensors = file.tensors().into_iter();
        let tensors =
            tensors.map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()));
        Ok(Self { tensors: tensors.collect(), metadata: metadata.metadata().clone() })
    }

    /// Adds a tensor, or puts it in the place of the one with its name.
    pub(crate) fn put(&mut self, name: &str, tensor: &Tensor) -> Result<()> {
        check_name(name)?;
        let tensor = tensor.clone().in_order(Order::C);
        let dtype = match tensor.storage {
            Storage::F16 => Dtype::F16,
            Storage::Bf16 => Dtype::BF16,
            _ => Dtype::F32,
        };
        let mut bytes = Vec::new();
        encode(tensor.storage, &tensor.values, &mut bytes)?;
        let shape = tensor.shape.iter().map(|&size| size as usize).collect();
        self.tensors.retain(|(other, ..)| other != name);
        self.tensors.push((name.to_owned(), dtype, shape, bytes));
        Ok(())
    }

    /// The file's bytes, which were read back: they may take the place of a file that is whole.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut views = Vec::new();
        for (name, dtype, shape, bytes) in &self.tensors {
            views.push((name, TensorView::new(*dtype, shape.clone(), bytes)?));
        }
        let file = safetensors::serialize(views, self.metadata.clone())?;
        self.check(&file).context("what would be written cannot be read again")?;
        Ok(file)
    }

    /// Whether a file holds these tensors and no other.
    fn check(&self, file: &[u8]) -> Result<()> {
        let (length, _) = SafeTensors::read_metadata(file)?;
        check_names(&file[8..8 + length])?;
        let read = SafeTensors::deserialize(file)?;
        let (expected, actual) = (self.tensors.len(), read.len());
        ensure!(actual == expected, "{expected} tensors became {actual}");
        for (name, dtype, shape, bytes) in &self.tensors {
            let view = read.tensor(name)?;
            let same = (view.dtype(), view.shape(), view.data()) == (*dtype, &shape[..], &bytes[..]);
            ensure!(same, "{name} became another tensor");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::super::tests::tensor;
    use super::*;

    #[test]
    fn a_tensor_is_not_called_as_the_metadata_is() {
        let mut archive = Archive { tensors: Vec::new(), metadata: None };
        assert!(archive.put(METADATA, &tensor(&[2], Order::C)).is_err());
        // Nor is what came in another way written.
        archive.put("a", &tensor(&[2], Order::C)).unwrap();
        archive.bytes().unwrap();
        archive.tensors[0].0 = METADATA.to_owned();
        assert!(archive.bytes().unwrap_err().to_string().contains("cannot be read again"));
    }

    #[test]
    fn values_that_do_not_fill_their_shape_are_not_written() {
        let mut archive = Archive { tensors: Vec::new(), metadata: None };
        let wrong = Tensor { shape: vec![3], ..tensor(&[2], Order::C) };
        archive.put("a", &wrong).unwrap();
        assert!(archive.bytes().is_err());
    }
}
