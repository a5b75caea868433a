//! The library as an application on wgpu 27 has it at hand: names of that module go before those at the root.

pub use library::wgpu27::{
    Dispatch, FormulaKernel, Gpu, GpuBuffer, Kernel, Kernels, Operand, Options, Parameters, RowKernel, Span,
    Step, VariableStep, adapters, request_adapter, wgpu,
};
pub use library::*;
