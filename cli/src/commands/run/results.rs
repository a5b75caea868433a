//! Where results go.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use npyz::Order;
use wgpu_activations::Storage;

use crate::files::{self, Content, Staged, Target};
use crate::tensor::{self, Archive, Place, Tensor};

/// Where a result goes: a file, or a tensor of one. Checked before anything is computed.
pub(super) struct Destination<N> {
    /// What the result is called.
    name: N,
    target: Target,
    /// The tensor's name in a file of several.
    tensor: Option<String>,
    shown: String,
}

/// Checks them all.
pub(super) fn destinations<N: AsRef<str>>(
    outputs: impl Iterator<Item = (N, PathBuf)>,
) -> Result<Vec<Destination<N>>> {
    let destinations =
        outputs.map(|(name, path)| Destination::new(name, &path)).collect::<Result<Vec<_>>>()?;
    files::check_distinct(destinations.iter().map(|it| (&it.target, it.tensor.as_deref())))?;
    Ok(destinations)
}

impl<N: AsRef<str>> Destination<N> {
    fn new(name: N, path: &Path) -> Result<Self> {
        let place = Place::new(path);
        let target = Target::new(place.path())?;
        let tensor = match &place {
            Place::Npy(_) => None,
            Place::Safetensors { path, tensor } => {
                let tensor = tensor.clone().unwrap_or_else(|| name.as_ref().to_owned());
                let possible = tensor::check_name(&tensor).and_then(|()| Archive::open(path));
                possible.with_context(|| format!("cannot write {place}"))?;
                Some(tensor)
            }
        };
        Ok(Self { name, target, tensor, shown: place.to_string() })
    }

    /// Whether its file holds nothing else.
    pub(super) fn is_alone(&self) -> bool {
        self.tensor.is_none()
    }

    /// What goes here. A run that leaves it out has gone wrong: the file would be named as written.
    fn find<'a>(&self, results: &'a [(N, Tensor)]) -> Result<&'a Tensor> {
        let own = results.iter().find(|(other, _)| other.as_ref() == self.name.as_ref());
        let missing = || format!("cannot write {}: {} was not computed", self.shown, self.name.as_ref());
        own.map(|(_, tensor)| tensor).with_context(missing)
    }
}

/// `y written to out.npy`
impl<N: AsRef<str>> fmt::Display for Destination<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} written to {}", self.name.as_ref(), self.shown)
    }
}

/// Files that results go to in pieces, each to one of its own.
pub(super) struct Pieces<'a, N> {
    files: Vec<Begun<'a, N>>,
    storage: Storage,
}

/// A file of which a part is written.
struct Begun<'a, N> {
    destination: &'a Destination<N>,
    staged: Staged<'a>,
    shape: Vec<u64>,
    /// Values that it has so far.
    written: u64,
}

impl<'a, N: AsRef<str>> Pieces<'a, N> {
    /// For tensors of these shapes, each alone in its file.
    pub(super) fn begin<'s>(
        destinations: &'a [Destination<N>],
        shape_of: impl Fn(&str) -> &'s Vec<u64>,
        order: Order,
        storage: Storage,
    ) -> Result<Self> {
        let room = |destination: &'a Destination<N>| {
            let elements = shape_of(destination.name.as_ref()).iter().product::<u64>();
            (&destination.target, elements.saturating_mul(storage.bytes()))
        };
        files::check_room(&destinations.iter().map(room).collect::<Vec<_>>())?;
        let begun = destinations.iter().map(|destination| {
            let mut staged = destination.target.begin()?;
            let shape = shape_of(destination.name.as_ref()).clone();
            staged.write(&|out| tensor::write_header((&shape, order), storage, out))?;
            Ok(Begun { destination, staged, shape, written: 0 })
        });
        Ok(Self { files: begun.collect::<Result<_>>()?, storage })
    }

    /// The next values of each.
    pub(super) fn write(&mut self, results: &[(N, Tensor)]) -> Result<()> {
        for Begun { destination, staged, written, .. } in &mut self.files {
            let tensor = destination.find(results)?;
            staged.write(&|out| tensor::encode(self.storage, &tensor.values, out))?;
            *written += tensor.values.len() as u64;
        }
        Ok(())
    }

    /// All of them take their places, or none.
    pub(super) fn place(self) -> Result<()> {
        for Begun { destination, shape, written, .. } in &self.files {
            let filled = tensor::check_filled(shape, *written);
            filled.with_context(|| format!("cannot write {}", destination.shown))?;
        }
        files::place(self.files.into_iter().map(|begun| begun.staged).collect())
    }
}

/// Writes all the files, or none. Tensors that a file of several has beside the results stay in it.
pub(super) fn write<N: AsRef<str>>(destinations: &[Destination<N>], results: &[(N, Tensor)]) -> Result<()> {
    let mut files: Vec<(&Target, Box<Content<'_>>)> = Vec::new();
    for (index, destination) in destinations.iter().enumerate() {
        let tensor = destination.find(results)?;
        if destination.tensor.is_none() {
            files.push((&destination.target, Box::new(|out| tensor::write(tensor, out))));
        } else if destinations[..index].iter().all(|earlier| !earlier.target.is(&destination.target)) {
            let bytes = together(destination, destinations, results)
                .with_context(|| format!("cannot write {}", destination.shown))?;
            files.push((&destination.target, Box::new(move |out| out.write_all(&bytes))));
        }
    }
    files::write(&files)
}

/// All that goes into the file of this one.
fn together<N: AsRef<str>>(
    first: &Destination<N>,
    destinations: &[Destination<N>],
    results: &[(N, Tensor)],
) -> Result<Vec<u8>> {
    let mut archive = Archive::open(first.target.path())?;
    for destination in destinations.iter().filter(|other| other.target.is(&first.target)) {
        if let Some(name) = destination.tensor.as_deref() {
            archive.put(name, destination.find(results)?)?;
        }
    }
    archive.bytes()
}
