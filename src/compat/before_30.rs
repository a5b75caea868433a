//! As wgpu 27 to 29 have it.

use super::wgpu;
use crate::error::Error;

/// A buffer that was mapped when it was created, to be written. wgpu panics where it could not be made, as on a lost device: whoever was
/// still there after it was made had made it.
pub(crate) fn map_to_write(
    buffer: &wgpu::Buffer,
    _what: &'static str,
    check_lost: impl FnOnce() -> Result<(), Error>,
) -> Result<wgpu::BufferViewMut, Error> {
    check_lost()?;
    Ok(buffer.get_mapped_range_mut(..))
}

/// A buffer that is mapped to be read.
#[cfg(feature = "gpu")]
pub(crate) fn map_to_read(buffer: &wgpu::Buffer, _what: &'static str) -> Result<wgpu::BufferView, Error> {
    Ok(buffer.get_mapped_range(..))
}
