//! How elements lie in memory.

use half::slice::HalfFloatSliceExt;

/// How elements lie in memory. Arithmetic is f32 whatever the storage: results are rounded once, to nearest even.
///
/// No device feature is needed: 16-bit elements are converted by integer operations. f16 is read by `unpack2x16float` where the device has
/// it, and written by the hardware's own conversion where the device was made with `Features::SHADER_F16`. They lie two a
/// 32-bit word: where a range of them begins or ends within one, the other half of that word is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Storage {
    /// IEEE binary32.
    #[default]
    F32,
    /// IEEE binary16: 11 bits of precision, up to 65504.
    F16,
    /// bfloat16: the upper half of a binary32, 8 bits of precision.
    Bf16,
}

/// How much of an operand a shader reads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    /// 16 bytes.
    Wide,
    /// 4 bytes.
    Narrow,
    /// The first of two 16-bit elements: a word's lower half.
    Single,
}

/// How f16 becomes f32, and f32 becomes f16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Halves {
    /// Both by integer operations.
    Bits,
    /// Read by `unpack2x16float`, and written by integer operations.
    Unpacked,
    /// Both by a conversion to and from WGSL's f16, in words of eight; in others read by `unpack2x16float`.
    Converted,
}

impl Halves {
    /// What such a device is asked for. OpenGL promises nothing for subnormals, and a driver may not have the builtin.
    #[cfg(feature = "_host")]
    pub(crate) fn of(is_gl: bool, has_f16: bool, has_unpack: impl FnOnce() -> bool) -> Self {
        if is_gl || !has_unpack() {
            Self::Bits
        } else if has_f16 {
            Self::Converted
        } else {
            Self::Unpacked
        }
    }

    const fn sources(self) -> (&'static str, &'static str) {
        let unpacked = include_str!("../shaders/storage/f16_unpack.wgsl");
        let packed = include_str!("../shaders/storage/f16.wgsl");
        match self {
            Self::Bits => (include_str!("../shaders/storage/f16_bits.wgsl"), packed),
            Self::Unpacked => (unpacked, packed),
            Self::Converted => (unpacked, include_str!("../shaders/storage/f16_convert.wgsl")),
        }
    }
}

impl Storage {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::F32, Self::F16, Self::Bf16];

    /// The size of an element in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Its name: `f32`, `f16`, `bf16`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    /// The size of a word: what a shader loads at once.
    pub(crate) const fn word_bytes(width: Width) -> u64 {
        match width {
            Width::Wide => 16,
            Width::Narrow | Width::Single => 4,
        }
    }

    /// How many elements of a word are the shader's.
    pub(crate) const fn per_word(self, width: Width) -> u64 {
        match width {
            Width::Single => 1,
            _ => Self::word_bytes(width) / self.bytes(),
        }
    }

    /// Whether so many elements are whole words.
    pub(crate) const fn fills_words(self, elements: u64) -> bool {
        elements.is_multiple_of(self.per_word(Width::Narrow))
    }

    /// The widths that ranges of it may need.
    #[cfg(any(test, feature = "_host"))]
    pub(crate) const fn widths(self) -> &'static [Width] {
        match self {
            Self::F32 => &[Width::Wide, Width::Narrow],
            Self::F16 | Self::Bf16 => &[Width::Wide, Width::Narrow, Width::Single],
        }
    }

    /// What a shader begins with.
    pub(crate) const fn directive(self, halves: Halves) -> &'static str {
        if matches!((self, halves), (Self::F16, Halves::Converted)) { "enable f16;\n" } else { "" }
    }

    /// The WGSL files that define Word, Values, how many ELEMENTS those hold and how each is reached, unpack, pack and total. Of words that
    /// have f32 among them, unpack_floats and its like, too.
    pub(crate) const fn sources(self, width: Width, halves: Halves, has_floats: bool) -> [&'static str; 4] {
        let eight = include_str!("../shaders/storage/half_eight.wgsl");
        if matches!((self, width, halves, has_floats), (Self::F16, Width::Wide, Halves::Converted, false)) {
            return [include_str!("../shaders/storage/f16_wide.wgsl"), eight, "", ""];
        }
        let (reading, writing) = match self {
            Self::F32 => ("", ""),
            Self::F16 => halves.sources(),
            Self::Bf16 => ("", include_str!("../shaders/storage/bf16.wgsl")),
        };
        let (words, values) = match (self, width) {
            (Self::F32, Width::Wide) => (include_str!("../shaders/storage/f32_wide.wgsl"), ""),
            (Self::F32, _) => (include_str!("../shaders/storage/f32_narrow.wgsl"), ""),
            (_, Width::Wide) => (include_str!("../shaders/storage/half_wide.wgsl"), eight),
            (_, Width::Narrow) => (include_str!("../shaders/storage/half_narrow.wgsl"), ""),
            (_, Width::Single) => (include_str!("../shaders/storage/half_single.wgsl"), ""),
        };
        [reading, writing, words, values]
    }
}

/// How the elements of a formula's operands and results lie in memory: all in one way, but for some by name.
///
/// ```
/// use wgpu_activations::{Storage, Storages};
/// let sum_in_f32 = Storages::from(Storage::Bf16).with("residual", Storage::F32).with("y", Storage::F32);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storages {
    all: Storage,
    others: Vec<(String, Storage)>,
}

impl Storages {
    /// With another storage for this operand or result.
    #[must_use]
    pub fn with(mut self, name: &str, storage: Storage) -> Self {
        self.others.push((name.to_owned(), storage));
        self
    }

    /// That of this name: what was said of it last.
    pub(crate) fn of(&self, name: &str) -> Storage {
        self.others.iter().rev().find(|(other, _)| other == name).map_or(self.all, |(_, storage)| *storage)
    }

    /// The names that something is said of.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(|(name, _)| name.as_str())
    }
}

impl From<Storage> for Storages {
    fn from(all: Storage) -> Self {
        Self { all, others: Vec::new() }
    }
}

impl std::fmt::Display for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What [`GpuBuffer`](crate::GpuBuffer)s hold: every [`Element`], and `u32`, which labels are.
pub trait Stored: bytemuck::Pod + Send + Sync + sealed::Stored {}

impl<T: sealed::Stored + bytemuck::Pod + Send + Sync> Stored for T {}

/// A number that buffers hold: `f32`, [`half::f16`], [`half::bf16`].
pub trait Element: sealed::Sealed + Stored {
    /// How it lies in memory.
    const STORAGE: Storage;

    /// The nearest number of this type, ties to even.
    fn from_f32(value: f32) -> Self;

    /// The same number.
    fn to_f32(self) -> f32;
}

impl Element for f32 {
    const STORAGE: Storage = Storage::F32;

    fn from_f32(value: f32) -> Self {
        value
    }

    fn to_f32(self) -> f32 {
        self
    }
}

macro_rules! sixteen_bits {
    ($type:ty, $storage:expr) => {
        // By the CPU's own instructions where it has some.
        impl sealed::Sealed for $type {
            fn widen(elements: &[Self], wide: &mut [f32]) {
                elements.convert_to_f32_slice(wide);
            }

            fn narrow(wide: &[f32], elements: &mut [Self]) {
                elements.convert_from_f32_slice(wide);
            }
        }

        impl Element for $type {
            const STORAGE: Storage = $storage;

            fn from_f32(value: f32) -> Self {
                Self::from_f32(value)
            }

            fn to_f32(self) -> f32 {
                self.to_f32()
            }
        }
    };
}

sixteen_bits!(half::f16, Storage::F16);
sixteen_bits!(half::bf16, Storage::Bf16);

impl sealed::Sealed for f32 {
    fn widen(elements: &[Self], wide: &mut [f32]) {
        wide.copy_from_slice(elements);
    }

    fn narrow(wide: &[f32], elements: &mut [Self]) {
        elements.copy_from_slice(wide);
    }
}

mod sealed {
    /// What buffers can hold is known here alone.
    pub trait Stored {}
    impl Stored for f32 {}
    impl Stored for half::f16 {}
    impl Stored for half::bf16 {}
    impl Stored for u32 {}

    /// What the shaders can read is known here alone.
    pub trait Sealed: Sized {
        /// [`Element::to_f32`](super::Element::to_f32) of each; both of one length.
        fn widen(elements: &[Self], wide: &mut [f32]);

        /// [`Element::from_f32`](super::Element::from_f32) of each; both of one length.
        fn narrow(wide: &[f32], elements: &mut [Self]);
    }
}
