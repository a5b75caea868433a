//! Which operand lies in which binding.

use crate::formula::MAX_OPERANDS;
use crate::operand::Pitch;

/// How a shader may use a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    Read,
    /// Also where a binding is only read, but its buffer is written through another one: wgpu tracks usage per buffer, and
    /// allows one kind of it in a dispatch.
    ReadWrite,
}

impl Access {
    pub(crate) fn writes(self) -> bool {
        self == Self::ReadWrite
    }
}

/// Which operand lies in which binding, and how each binding is used. Part of a shader's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    slots: [u8; MAX_OPERANDS],
    pitches: [Pitch; MAX_OPERANDS],
    access: [Access; MAX_OPERANDS],
    count: u8,
}

impl Layout {
    /// Every operand in a binding of its own.
    pub(crate) fn separate(written: &[bool]) -> Self {
        let mut layout = Self {
            slots: [0; MAX_OPERANDS],
            pitches: [Pitch::Contiguous; MAX_OPERANDS],
            access: [Access::Read; MAX_OPERANDS],
            count: 0,
        };
        for (operand, &written) in written.iter().enumerate() {
            layout.slots[operand] = layout.count;
            layout.push(if written { Access::ReadWrite } else { Access::Read });
        }
        layout
    }

    /// One more binding; its number is that of bindings before.
    pub(crate) fn push(&mut self, access: Access) {
        self.access[usize::from(self.count)] = access;
        self.count += 1;
    }

    /// One more operand, in a binding of its own.
    pub(crate) fn push_operand(&mut self, operand: usize, access: Access) {
        self.slots[operand] = self.count;
        self.push(access);
    }

    /// An operand in the binding of another one.
    pub(crate) fn join(&mut self, operand: usize, other: usize) {
        self.slots[operand] = self.slots[other];
    }

    pub(crate) fn set(&mut self, operand: usize, slot: usize, pitch: Pitch) {
        self.slots[operand] = u8::try_from(slot).unwrap_or(u8::MAX);
        self.pitches[operand] = pitch;
    }

    pub(crate) fn pitch(&self, operand: usize) -> Pitch {
        self.pitches[operand]
    }

    /// Whether an operand has f32 where the others have 16 bits.
    pub(crate) fn has_floats(&self) -> bool {
        self.pitches.contains(&Pitch::Floats)
    }

    pub(crate) fn slot(&self, operand: usize) -> usize {
        usize::from(self.slots[operand])
    }

    pub(crate) fn accesses(&self) -> impl ExactSizeIterator<Item = Access> {
        self.access[..usize::from(self.count)].iter().copied()
    }
}
