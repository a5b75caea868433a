//! Machine code as the driver disassembles it: its loops, and for how long each unit of a SIMD is busy with what lies in them.
//!
//! Mesa's own figure weighs a block in a loop eightfold and in a loop within it fourfold again, however often they run. Where that is
//! known, instructions are counted here with the cycles that Mesa gives them (`aco_statistics.cpp`) and the loops' own rounds. Each
//! branch counts with both sides, as it does for a wave whose invocations go either way.

use std::collections::HashMap;

use anyhow::{Result, ensure};

/// What instructions keep busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Vector,
    /// Roots, reciprocals, exponentials, products of integers.
    Complex,
    Scalar,
    Memory,
    Workgroup,
    Branch,
}

const UNITS: usize = 6;

/// Cycles for a wave of 64, unit by unit: they work side by side, and the busiest one counts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Busy([f64; UNITS]);

impl Busy {
    pub(super) fn cycles(self) -> f64 {
        self.0.into_iter().fold(0.0, f64::max)
    }

    /// And so many times the other.
    #[must_use]
    pub(super) fn and(self, other: Self, times: f64) -> Self {
        Self(std::array::from_fn(|unit| other.0[unit].mul_add(times, self.0[unit])))
    }
}

/// A loop, or the whole shader.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Code {
    /// What lies in none of the loops within.
    pub(super) own: Busy,
    /// Whether it reads buffers, or the workgroup's memory, also in a loop within.
    pub(super) loads: bool,
    pub(super) shares: bool,
    /// Whether it goes one way only.
    pub(super) is_straight: bool,
    pub(super) loops: Vec<Code>,
}

impl Code {
    /// Reads a disassembly, for SIMDs of so many lanes.
    pub(super) fn read(assembly: &str, lanes: u32) -> Result<Self> {
        let mut begins = HashMap::new();
        let mut code = Vec::new();
        for line in assembly.lines() {
            let line = line.split(';').next().unwrap_or_default().trim();
            match line.strip_suffix(':') {
                Some(label) => drop(begins.insert(label, code.len())),
                None if !line.is_empty() => code.push(line),
                None => {}
            }
        }
        let back = |(at, line): (usize, &&str)| {
            let begin = *begins.get(target(line)?)?;
            (begin <= at).then_some((begin, at + 1))
        };
        let mut loops: Vec<(usize, usize)> = code.iter().enumerate().filter_map(back).collect();
        // Several ways back to where one loop begins are one loop, up to the last.
        loops.sort_unstable_by_key(|(begin, end)| (*begin, std::cmp::Reverse(*end)));
        loops.dedup_by_key(|(begin, _)| *begin);
        let mut loops = loops.into_iter().peekable();
        let all = nested(&code, (0, code.len()), &mut loops, lanes)?;
        ensure!(all.own.cycles() > 0.0, "the driver tells no machine code");
        Ok(all)
    }
}

fn nested(
    code: &[&str],
    (begin, end): (usize, usize),
    loops: &mut std::iter::Peekable<impl Iterator<Item = (usize, usize)>>,
    lanes: u32,
) -> Result<Code> {
    let mut all = Code { is_straight: true, ..Code::default() };
    let mut at = begin;
    while at < end {
        if let Some(within) = loops.next_if(|(first, _)| *first == at) {
            ensure!(within.1 <= end, "loops that overlap");
            let inner = nested(code, within, loops, lanes)?;
            all.loads |= inner.loads;
            all.shares |= inner.shares;
            all.is_straight = false;
            all.loops.push(inner);
            at = within.1;
            continue;
        }
        let opcode = code[at].split_whitespace().next().unwrap_or_default();
        all.loads |= opcode.starts_with("buffer_load");
        all.shares |= opcode.starts_with("ds_");
        all.is_straight &= target(code[at]).is_none();
        for (unit, cycles) in cycles(opcode, lanes) {
            all.own.0[unit as usize] += cycles;
        }
        at += 1;
    }
    Ok(all)
}

/// Where a branch goes: `s_cbranch_scc0 BB16`.
fn target(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.next().filter(|opcode| opcode.starts_with("s_branch") || opcode.starts_with("s_cbranch"))?;
    words.next()
}

/// What an instruction keeps busy, in cycles for a wave of 64. RDNA takes two rounds for it, with a unit of its own for what is
/// complex; GCN four.
fn cycles(opcode: &str, lanes: u32) -> Vec<(Unit, f64)> {
    let is = |beginnings: &[&str]| beginnings.iter().any(|beginning| opcode.starts_with(beginning));
    let rounds = f64::from(64 / lanes);
    let is_rdna = lanes == 32;
    // Scalar instructions, and what is not one but is called so.
    let alone = if is_rdna { 1.0 } else { rounds };
    if is(&["s_branch", "s_cbranch", "s_sendmsg"]) {
        return vec![(Unit::Branch, if is_rdna { 1.0 } else { 8.0 })];
    }
    if is(&[
        "s_waitcnt",
        "s_clause",
        "s_nop",
        "s_barrier",
        "s_endpgm",
        "s_inst_prefetch",
        "s_delay",
        "s_code_end",
    ]) {
        return Vec::new();
    }
    if is(&["s_"]) {
        return vec![(Unit::Scalar, alone)];
    }
    if is(&["buffer_", "global_", "flat_", "scratch_"]) {
        return vec![(Unit::Memory, rounds)];
    }
    if is(&["ds_"]) {
        return vec![(Unit::Workgroup, rounds)];
    }
    let is_transcendental = is(&["v_exp_", "v_log_", "v_rcp_", "v_rsq_", "v_sqrt_", "v_sin_", "v_cos_"]);
    let is_product = is(&["v_mul_lo_u32", "v_mul_hi_u32", "v_mul_hi_i32", "v_mad_u64", "v_mad_i64"]);
    let is_double = is(&["v_lshlrev_b64", "v_lshrrev_b64", "v_ashrrev_i64"]);
    match (is_rdna, is_transcendental, is_product, is_double) {
        (true, true, ..) => vec![(Unit::Vector, rounds), (Unit::Complex, 4.0 * rounds)],
        (true, _, true, _) => vec![(Unit::Vector, 4.0 * rounds), (Unit::Complex, 4.0 * rounds)],
        (true, .., true) => vec![(Unit::Vector, 2.0 * rounds), (Unit::Complex, 2.0 * rounds)],
        (false, true, ..) | (false, _, true, _) => vec![(Unit::Vector, 4.0 * rounds)],
        (false, .., true) => vec![(Unit::Vector, 2.0 * rounds)],
        _ => vec![(Unit::Vector, rounds)],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const ASSEMBLY: &str = "BB0:
\ts_mov_b32 s0, s3      ; be800303
\tv_rcp_f32_e32 v1, v1  ; 7e025501
BB1:
\tv_add_f32_e32 v1, v1  ; 7e025501
BB2:
\tbuffer_load_dwordx4 v[12:15], v10, s[16:19], 0 offen ; 0
\ts_cbranch_scc0 BB2    ; 0
\tv_mul_lo_u32 v1, v2   ; 0
\ts_cbranch_execz BB4   ; 0
\ts_branch BB1          ; 0
BB4:
\tds_read_b128 v[0:3]   ; 0
\ts_cbranch_scc1 BB4    ; 0
\ts_endpgm              ; bf810000
";

    #[test]
    fn loops_lie_in_loops_with_what_is_theirs() {
        let code = Code::read(ASSEMBLY, 32).unwrap();
        let busy = |code: &Code| code.own.0;
        // Vector, complex, scalar, memory, workgroup, branch.
        assert_eq!(busy(&code), [2.0, 8.0, 1.0, 0.0, 0.0, 0.0]);
        let (words, tree) = (&code.loops[0], &code.loops[1]);
        assert_eq!(code.loops.len(), 2);
        assert_eq!(busy(words), [10.0, 8.0, 0.0, 0.0, 0.0, 2.0]);
        assert_eq!(busy(&words.loops[0]), [0.0, 0.0, 0.0, 2.0, 0.0, 1.0]);
        assert_eq!(busy(tree), [0.0, 0.0, 0.0, 0.0, 2.0, 1.0]);
        assert_eq!((words.loads, words.shares), (true, false));
        assert_eq!((tree.loads, tree.shares), (false, true));
        assert_eq!(Code::read(ASSEMBLY, 16).unwrap().own.cycles(), 16.0);
        assert_eq!(code.own.and(tree.own, 3.0).0, [2.0, 8.0, 1.0, 0.0, 6.0, 3.0]);
    }

    #[test]
    fn what_is_no_machine_code_is_refused() {
        assert!(Code::read("", 32).is_err());
        assert!(Code::read("s_endpgm", 32).is_err());
    }
}
