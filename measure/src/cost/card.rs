//! Families that kernels are compiled for, and cards that the costs are set against.

use serde::Serialize;

/// Cards of one architecture, by Mesa's name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Family {
    /// As RADV_FORCE_FAMILY has it.
    pub name: &'static str,
    /// The architecture's name.
    pub architecture: &'static str,
    /// Invocations that a SIMD computes in a cycle. A wave of 64 takes as many cycles for an instruction as this goes into 64.
    pub lanes: u32,
}

/// All that kernels are compiled for.
pub static FAMILIES: [Family; 3] = [
    Family { name: "navi21", architecture: "RDNA 2", lanes: 32 },
    Family { name: "gfx1100", architecture: "RDNA 3", lanes: 32 },
    Family { name: "vega10", architecture: "GCN", lanes: 16 },
];

impl Family {
    /// What a process's environment has to say before it loads Vulkan; `None` is a variable that must be unset.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, Option<&'static str>)> {
        vec![
            ("RADV_FORCE_FAMILY", Some(self.name)),
            // A shader from the cache comes without what is asked of it.
            ("RADV_DEBUG", Some("nocache")),
            // These would hide the driver, or have it compile otherwise.
            ("VK_ICD_FILENAMES", None),
            ("VK_DRIVER_FILES", None),
            ("RADV_PERFTEST", None),
            ("ACO_DEBUG", None),
        ]
    }
}

/// A card, and the family whose machine code stands for its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Card {
    /// What it is called.
    pub name: &'static str,
    /// In four letters or fewer.
    pub short: &'static str,
    /// Its own, or for other makers' cards the one that they are likest to: 32 lanes a scheduler.
    pub family: &'static str,
    /// All lanes: of AMD SIMDs x 32, of NVIDIA multiprocessors x 128, of Intel units x 8.
    pub lanes: u32,
    /// Its boost clock.
    pub clock_ghz: f64,
    /// What memory moves.
    pub memory_gb_per_s: f64,
}

/// The cards that costs are set against, from the one with the fastest arithmetic for its memory to the slowest.
pub static CARDS: [Card; 4] = [
    Card {
        name: "RX 6900 XT",
        short: "6900",
        family: "navi21",
        lanes: 160 * 32,
        clock_ghz: 2.25,
        memory_gb_per_s: 512.0,
    },
    Card {
        name: "RX 7900 XTX",
        short: "7900",
        family: "gfx1100",
        lanes: 192 * 32,
        clock_ghz: 2.5,
        memory_gb_per_s: 960.0,
    },
    Card {
        name: "H100 SXM",
        short: "H100",
        family: "navi21",
        lanes: 132 * 128,
        clock_ghz: 1.755,
        memory_gb_per_s: 3350.0,
    },
    Card {
        name: "integrated (UHD 770)",
        short: "UHD",
        family: "navi21",
        lanes: 32 * 8,
        clock_ghz: 1.55,
        // Two channels of DDR5-4800.
        memory_gb_per_s: 76.8,
    },
];

impl Card {
    /// The time that memory takes for so many bytes, as a cost: in it, all SIMDs could have done that much arithmetic.
    ///
    /// A cost is a SIMD's cycles for 64 elements. With 32 lanes to a SIMD there are lanes / 32 of them, and lanes / 32 x clock x 64
    /// is what they do for an element in a second of which memory has bandwidth / bytes.
    #[must_use]
    pub fn memory(&self, bytes: u64) -> f64 {
        2.0 * f64::from(self.lanes) * self.clock_ghz / self.memory_gb_per_s * bytes as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As worked out by hand: 2 x 5120 x 2.25 / 512 = 45 and so on.
    #[test]
    fn memory_takes_its_time() {
        let rounded = CARDS.map(|card| (card.memory(1) * 10.0).round() / 10.0);
        assert_eq!(rounded, [45.0, 32.0, 17.7, 10.3]);
    }

    #[test]
    fn every_card_is_of_a_family_with_simds_of_32_lanes() {
        for card in CARDS {
            let family = FAMILIES.iter().find(|family| family.name == card.family);
            assert_eq!(family.map(|family| family.lanes), Some(32), "{}", card.name);
        }
    }
}
