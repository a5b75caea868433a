//! As wgpu 30 has it.

use super::wgpu;
use crate::error::Error;

#[path = "since_28.rs"]
mod since_28;
#[path = "since_29.rs"]
mod since_29;

pub(crate) use since_28::Scope;
#[cfg(feature = "gpu")]
pub(crate) use since_28::enumerate_adapters;
pub(crate) use since_29::adapter_info;
#[cfg(feature = "gpu")]
pub(crate) use since_29::instance;

/// A buffer that was mapped when it was created, to be written. On a lost device, none can be.
pub(crate) fn map_to_write(
    buffer: &wgpu::Buffer,
    what: &'static str,
    check_lost: impl FnOnce() -> Result<(), Error>,
) -> Result<wgpu::BufferViewMut, Error> {
    buffer.get_mapped_range_mut(..).map_err(|error| match check_lost() {
        Err(lost) => lost,
        Ok(()) => Error::Refused { what, message: error.to_string() },
    })
}

/// A buffer that is mapped to be read.
#[cfg(feature = "gpu")]
pub(crate) fn map_to_read(buffer: &wgpu::Buffer, what: &'static str) -> Result<wgpu::BufferView, Error> {
    buffer.get_mapped_range(..).map_err(|error| Error::Refused { what, message: error.to_string() })
}
