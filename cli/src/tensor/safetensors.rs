//! Tensors in the format safetensors: several in one file, each with a name.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use npyz::Order;
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorView};
use wgpu_activations::Storage;

use super::element::{Element, Kind, Wanted, encode};
use super::{Place, Source, Tensor};

/// How many names a message lists.
const LISTED: usize = 12;

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
    ensure!(begin + end <= length, "it is truncated: {name} ends at byte {} of {length}", begin + end);
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
    let metadata = serde_json::from_slice(&bytes).context("it is no safetensors file")?;
    Ok((begin, metadata))
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
        Dtype::BOOL if wanted == Wanted::Mask => Kind::Bool,
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
    Ok(Element { kind, big_endian: false })
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
        let (_, metadata) = SafeTensors::read_metadata(&bytes).context(refused)?;
        let file = SafeTensors::deserialize(&bytes).context(refused)?;
        let tensors = file.tensors().into_iter();
        let tensors =
            tensors.map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()));
        Ok(Self { tensors: tensors.collect(), metadata: metadata.metadata().clone() })
    }

    /// Adds a tensor, or puts it in the place of the one with its name.
    pub(crate) fn put(&mut self, name: &str, tensor: &Tensor) -> io::Result<()> {
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

    /// The file's bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut views = Vec::new();
        for (name, dtype, shape, bytes) in &self.tensors {
            views.push((name, TensorView::new(*dtype, shape.clone(), bytes)?));
        }
        Ok(safetensors::serialize(views, self.metadata.clone())?)
    }
}
