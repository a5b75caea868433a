//! Shells: the entry points, and how they divide the work.

/// Which entry point a shader has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shell {
    /// One result for each element. Where a word's elements are of neighbouring channels, `columns` says whether an invocation's words lie
    /// below each other: they share what those channels have, which is loaded once.
    Elementwise { columns: bool },
    /// One partial sum for each block of rows and each column.
    Sum(Matrix),
    /// One result for each element, of it and of its row, by so many invocations, each of which holds so many words: 0, if they are read anew.
    Rows { word: RowWord, workgroup: u32, held: u32 },
}

/// Which rows the elements of a word are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RowWord {
    /// All of one.
    Within,
    /// Each of another. Of those words after which the same rows come again, every row has elements in so many.
    Across { shares: u32 },
}

impl RowWord {
    pub(crate) fn is_within(self) -> bool {
        self == Self::Within
    }

    /// How many words' sums make a row's.
    pub(crate) const fn shares(self) -> u32 {
        match self {
            Self::Within => 1,
            Self::Across { shares } => shares,
        }
    }
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
            Self::Elementwise { .. } => include_str!("../../shaders/shells/elementwise.wgsl"),
            Self::Sum(_) => include_str!("../../shaders/shells/sum.wgsl"),
            Self::Rows { .. } => include_str!("../../shaders/shells/rows.wgsl"),
        }
    }

    /// Every word by itself, in order.
    #[cfg(any(test, feature = "_host"))]
    pub(crate) const ELEMENTWISE: Self = Self::Elementwise { columns: false };

    /// Invocations in a workgroup, but of long rows. Every WebGPU device allows 256, OpenGL's 128.
    pub(crate) const WORKGROUP: u32 = 64;

    /// Invocations in a workgroup of this one.
    pub(crate) const fn workgroup(self) -> u32 {
        if let Self::Rows { workgroup, .. } = self { workgroup } else { Self::WORKGROUP }
    }
}

/// How the elementwise shell divides words among the invocations of a workgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Division {
    /// Words that one invocation takes.
    words: u32,
    /// Whether it takes them in a row: else neighbouring invocations take neighbouring words.
    pub(crate) in_a_row: bool,
    /// Whether it takes words of one column instead, where those share something.
    pub(crate) by_columns: bool,
}

impl Division {
    /// On a GPU the loads of neighbouring invocations coalesce, and workgroups have to be many even where elements are few. What a column
    /// shares is in a cache; whether it is better loaded once has been asked of no card.
    pub(crate) const GPU: Self = Self { words: 4, in_a_row: false, by_columns: false };

    /// A CPU runs through memory. In CPU time an element on lavapipe, relu cost 7.7 ns so, and 8.5 ns with four interleaved
    /// words; sixteen in a row were no faster than eight. A load is what costs most there, whatever lies in a cache: with words of a
    /// column, relu(x + b[c]) * g takes 1.2 times a copy of two operands, with words in a row 1.55 times. Four, 16 and 32 words
    /// of a column were no faster.
    pub(crate) const CPU: Self = Self { words: 8, in_a_row: true, by_columns: true };

    /// Words in their order, whatever they share: for a number of words that is known late.
    #[cfg(any(test, feature = "_host"))]
    pub(crate) const fn in_order(self) -> Self {
        Self { by_columns: false, ..self }
    }

    /// Words that one workgroup takes of those in order.
    pub(crate) const fn block(self) -> u32 {
        Shell::WORKGROUP * self.words
    }

    /// Workgroups for so many words in columns, `columns` to a row, if there are rows for an invocation to take.
    pub(crate) fn groups_of_columns(self, words: u32, columns: u64) -> Option<u32> {
        let block = u64::from(self.words) * columns;
        let blocks = u64::from(words).div_ceil(block.max(1));
        let groups = (blocks * columns).div_ceil(u64::from(Shell::WORKGROUP));
        u32::try_from(groups).ok().filter(|_| self.by_columns && u64::from(words) >= block)
    }

    /// Neighbouring columns that a workgroup takes at least, where there are so many: so that the loads of a GPU coalesce.
    pub(crate) const fn neighbours(self) -> u64 {
        if self.in_a_row { 1 } else { 16 }
    }

    /// Invocations that keep a device busy: with fewer columns of a function of rows than that, more share one. Each sums a part, and parts
    /// are added as a tree, whose barriers cost a CPU more than its sums: sparsemax over 4096 rows of 1024 takes llvmpipe four times as long
    /// with 16 invocations to a row as with one, and softmax half as long again.
    pub(crate) const fn enough(self) -> u64 {
        if self.in_a_row { 1 << 12 } else { 1 << 16 }
    }

    /// Invocations in a workgroup of few long rows, where the device allows it. A row has one workgroup, whose loads in flight are all that a
    /// GPU's memory is asked for it: with 64, four times as few.
    pub(crate) const fn long_workgroup(self) -> u32 {
        if self.in_a_row { Shell::WORKGROUP } else { 256 }
    }

    /// Invocations that share a column at least, where it has enough words: the loads of a GPU fill a line of memory.
    pub(crate) const fn row_lanes(self) -> u64 {
        if self.in_a_row { 1 } else { 8 }
    }

    /// Invocations that share a column of so many words, at least: llvmpipe ends all loops of an invocation after 65535 rounds together, without a
    /// word, and sparsemax may read a column 36 times.
    pub(crate) const fn lanes_for(self, words: u64) -> u64 {
        if self.in_a_row { words.div_ceil(1024) } else { 1 }
    }

    /// Invocations to a column of so many words, if each is to hold its own from one barrier to the next. llvmpipe finds a buffer's words lane
    /// by lane: softmax over 4096 rows of 1024 takes it 1.9 to 2.2 times a copy, and 2.3 to 2.4 if it reads twice; from the output, 1.4 and 2.0.
    /// Each invocation holds 9 to 16 words, where rows are many: with eight, barriers cost more than reading. A shader is compiled for each number,
    /// and for columns of fewer words than 64 that was not asked. A GPU has the column in a cache.
    pub(crate) const fn lanes_to_hold(self, words: u64) -> Option<u64> {
        let lanes = words.div_ceil(16).next_power_of_two();
        if self.in_a_row && words >= 64 && lanes <= Shell::WORKGROUP as u64 { Some(lanes) } else { None }
    }

    /// Whether the invocations of a workgroup get through a column of so many words that hold several elements: by as many words, words of one
    /// element, which cost fewer rounds, go further.
    pub(crate) const fn gets_through(self, words: u64) -> bool {
        !self.in_a_row || words <= 1 << 20
    }

    /// Words of so many elements that a round of a loop over rows takes: llvmpipe's compiler writes them out, if they are not long, and counts one.
    pub(crate) fn at_once(self, elements: u64) -> u64 {
        if self.in_a_row { (8 / elements).clamp(1, 4) } else { 1 }
    }

    /// The same where only the largest element is sought, which takes less text.
    pub(crate) fn sought_at_once(self, elements: u64) -> u64 {
        if self.in_a_row { 2 * self.at_once(elements) } else { 1 }
    }

    /// Where what a dispatch is told lies.
    pub(crate) const fn job(self) -> &'static str {
        if self.in_a_row {
            include_str!("../../shaders/shells/job_copy.wgsl")
        } else {
            include_str!("../../shaders/shells/job_uniform.wgsl")
        }
    }

    /// How many words an invocation takes.
    pub(crate) fn constant(self) -> String {
        format!("const WORDS: u32 = {}u;\n", self.words)
    }

    /// Which word is its first one, where they are in order, and how far it is from one to the next.
    pub(crate) fn order(self) -> String {
        let (lane, step) = if self.in_a_row { (self.words, 1) } else { (1, Shell::WORKGROUP) };
        format!(
            "const LANE: u32 = {lane}u;
const STEP: u32 = {step}u;

fn begin(group: u32, lane: u32) -> u32 {{
    return group * (WORKGROUP * WORDS) + lane * LANE;
}}

fn stride() -> u32 {{
    return STEP;
}}

"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words of an invocation, as a composed shader finds them.
    fn words_of(division: Division, invocation: u32, columns: u32) -> impl Iterator<Item = u32> {
        let row = invocation / columns;
        let first = row * (division.words * columns) + (invocation - row * columns);
        (0..division.words).map(move |k| first + k * columns)
    }

    proptest! {
        #[test]
        fn invocations_of_columns_take_every_word_once(words in 1_u32..20_000, columns in 1_u32..2_000) {
            let division = Division::CPU;
            let Some(groups) = division.groups_of_columns(words, columns.into()) else {
                prop_assert!(words < division.words * columns, "fewer rows than an invocation takes");
                return Ok(());
            };
            let taken = (0..groups * Shell::WORKGROUP).flat_map(|it| words_of(division, it, columns));
            let mut taken: Vec<u32> = taken.filter(|at| *at < words).collect();
            taken.sort_unstable();
            prop_assert_eq!(taken, (0..words).collect::<Vec<u32>>());
        }
    }

    #[test]
    fn words_in_order_are_not_taken_by_columns() {
        assert_eq!(Division::CPU.in_order().groups_of_columns(1000, 1), None);
        assert_eq!(Division::GPU.groups_of_columns(1000, 1), None);
    }
}
