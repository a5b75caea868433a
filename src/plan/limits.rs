//! What a device allows.

use crate::error::Error;

/// What a device allows, by wgpu's and WebGPU's names (in JavaScript `maxStorageBufferBindingSize` and so on). The default is what every
/// WebGPU device does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Workgroups of a dispatch in each dimension.
    pub max_compute_workgroups_per_dimension: u32,
    /// Bytes of a storage binding.
    pub max_storage_buffer_binding_size: u64,
    /// Where a binding of a storage buffer may begin, in bytes.
    pub min_storage_buffer_offset_alignment: u64,
    /// Storage buffers of a shader.
    pub max_storage_buffers_per_shader_stage: u32,
    /// Bytes of a uniform binding.
    pub max_uniform_buffer_binding_size: u64,
    /// Bytes of a buffer.
    pub max_buffer_size: u64,
    /// Invocations of a workgroup along x.
    pub max_compute_workgroup_size_x: u32,
    /// Invocations of a workgroup.
    pub max_compute_invocations_per_workgroup: u32,
    /// Bytes of workgroup memory.
    pub max_compute_workgroup_storage_size: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_compute_workgroups_per_dimension: 65535,
            max_storage_buffer_binding_size: 128 << 20,
            min_storage_buffer_offset_alignment: 256,
            max_storage_buffers_per_shader_stage: 8,
            max_uniform_buffer_binding_size: 64 << 10,
            max_buffer_size: 256 << 20,
            max_compute_workgroup_size_x: 256,
            max_compute_invocations_per_workgroup: 256,
            max_compute_workgroup_storage_size: 16 << 10,
        }
    }
}

impl Limits {
    /// Without so many storage buffers, which something else needs: where operands are more than are left, those of one buffer share a
    /// binding that may cover them.
    pub(crate) fn reserving(self, bindings: usize) -> Self {
        let taken = u32::try_from(bindings).unwrap_or(u32::MAX);
        let left = self.max_storage_buffers_per_shader_stage.saturating_sub(taken);
        Self { max_storage_buffers_per_shader_stage: left, ..self }
    }

    /// Where a binding begins that covers what lies at this offset. An alignment of 0, which anyone can say, is none.
    pub(crate) fn align_down(&self, byte_offset: u64) -> u64 {
        byte_offset - byte_offset % self.min_storage_buffer_offset_alignment.max(1)
    }

    /// Refuses more bindings than a shader may have.
    pub(crate) fn check_bindings(&self, count: usize) -> Result<(), Error> {
        let (limit, allowed) =
            ("max_storage_buffers_per_shader_stage", self.max_storage_buffers_per_shader_stage);
        check("operands that share no binding", limit, count as u64, allowed.into())
    }

    /// Refuses a buffer that would be larger than the device allows.
    pub(crate) fn check_buffer_size(&self, what: &'static str, bytes: u64) -> Result<(), Error> {
        check(what, "max_buffer_size", bytes, self.max_buffer_size)
    }
}

/// Refuses more than is allowed.
pub(crate) fn check(what: &'static str, limit: &'static str, wanted: u64, allowed: u64) -> Result<(), Error> {
    if wanted > allowed {
        return Err(Error::LimitExceeded { what, limit, wanted, allowed });
    }
    Ok(())
}
