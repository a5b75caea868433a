//! As wgpu 29 has it.

use super::wgpu;

#[path = "before_30.rs"]
mod before_30;
#[path = "since_28.rs"]
mod since_28;
#[path = "since_29.rs"]
mod since_29;

#[cfg(feature = "gpu")]
pub(crate) use before_30::map_to_read;
pub(crate) use before_30::map_to_write;
pub(crate) use since_28::Scope;
#[cfg(feature = "gpu")]
pub(crate) use since_28::enumerate_adapters;
pub(crate) use since_29::adapter_info;
#[cfg(feature = "gpu")]
pub(crate) use since_29::instance;
