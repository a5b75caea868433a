//! Shells: the entry points, and how they divide the work.

/// Which entry point a shader has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shell {
    /// One result for each element.
    Elementwise,
    /// One partial sum for each block of rows and each column.
    Sum(Matrix),
    /// One result for each element, of it and of its row: `within` says whether the elements of a word are of one row, and `held` how many
    /// words an invocation holds at most, 0 where rows are too long for that.
    Rows { within: bool, held: u64 },
}

/// What kind of matrix a sum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Matrix {
    /// Whether rows come in runs: else all columns of a row are neighbours, and that needs no division.
    pub(crate) runs: bool,
    /// Whether the elements of a word are summed, too: else each is a column of its own.
    pub(crate) total: bool,
}

impl Shell {
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::Elementwise => include_str!("../../shaders/shells/elementwise.wgsl"),
            Self::Sum(_) => include_str!("../../shaders/shells/sum.wgsl"),
            Self::Rows { .. } => include_str!("../../shaders/shells/rows.wgsl"),
        }
    }

    /// Invocations in a workgroup. Every WebGPU device allows 128.
    pub(crate) const WORKGROUP: u32 = 64;
}

/// How the elementwise shell divides words among the invocations of a workgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Division {
    /// Words that one invocation takes.
    words: u32,
    /// Whether it takes them in a row: else neighbouring invocations take neighbouring words.
    in_a_row: bool,
}

impl Division {
    /// On a GPU the loads of neighbouring invocations coalesce, and workgroups have to be many even where elements are few.
    pub(crate) const GPU: Self = Self { words: 4, in_a_row: false };

    /// A CPU runs through memory. In CPU time an element on lavapipe, relu cost 7.7 ns so, and 8.5 ns with four interleaved
    /// words; sixteen in a row were no faster than eight.
    pub(crate) const CPU: Self = Self { words: 8, in_a_row: true };

    /// Words that one workgroup takes.
    pub(crate) const fn block(self) -> u32 {
        Shell::WORKGROUP * self.words
    }

    /// Words of a row that an invocation may hold: it reads them once, and computes their terms once. On a CPU they are memory close at
    /// hand, and a load from a buffer costs llvmpipe three times as much: softmax over 4096 rows of 1024 takes half the time. Rejected there:
    /// 256 elements, with which LLVM compiles for minutes, since WGSL sets each of them to 0 at first. Rejected on GPUs: they would be
    /// registers, if loops over them were unrolled. 64 elements took 168 of them on RDNA 2, which spilled on RDNA 3; 16 elements, with four
    /// times the invocations to a row, cost softmax a fifth less, but what computes its terms but once up to half more.
    pub(crate) const fn held_words(self, per_word: u64) -> u64 {
        if self.in_a_row { 64 / per_word } else { 0 }
    }

    /// Neighbouring columns that a workgroup takes at least, where there are so many: so that the loads of a GPU coalesce.
    pub(crate) const fn neighbours(self) -> u64 {
        if self.in_a_row { 1 } else { 16 }
    }

    /// The shell's constants: LANE leads from an invocation's first word to its neighbour's, STEP from each of its words to the next.
    pub(crate) fn constants(self) -> String {
        let Self { words, in_a_row } = self;
        let (lane, step) = if in_a_row { (words, 1) } else { (1, Shell::WORKGROUP) };
        format!("const WORDS: u32 = {words}u;\nconst LANE: u32 = {lane}u;\nconst STEP: u32 = {step}u;\n\n")
    }
}
