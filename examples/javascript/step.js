// Dispatches what `wgpu-activations plan` prints, with WebGPU alone.

/**
 * Makes the pipelines and bind groups of a step. `buffers` has a GPUBuffer for each operand, by its name, with the usage STORAGE, of at
 * least the `bytes` that the plan says.
 */
export async function bind(device, step, buffers) {
  const scratch = device.createBuffer({ size: Math.max(step.scratch_bytes, 4), usage: GPUBufferUsage.STORAGE });
  return Promise.all(step.dispatches.map(async (dispatch) => {
    const entries = dispatch.bindings.map(({ binding, type, min_binding_size: minBindingSize }) =>
      ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type, minBindingSize } }));
    entries.push({ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform" } });
    const layout = device.createBindGroupLayout({ entries });

    const resources = dispatch.bindings.map(({ binding, buffer, offset, size }) =>
      ({ binding, resource: { buffer: buffer === "scratch" ? scratch : buffers[buffer], offset, size } }));
    resources.push({ binding: 0, resource: { buffer: uniform(device, dispatch.uniform) } });

    return {
      pipeline: await device.createComputePipelineAsync({
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: device.createShaderModule({ code: dispatch.wgsl }), entryPoint: dispatch.entry_point },
      }),
      group: device.createBindGroup({ layout, entries: resources }),
      workgroups: dispatch.workgroups,
    };
  }));
}

function uniform(device, words) {
  const buffer = device.createBuffer({ size: 4 * words.length, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true });
  new Uint32Array(buffer.getMappedRange()).set(words);
  buffer.unmap();
  return buffer;
}

/** Records a bound step into a compute pass of yours, as often as you like. */
export function record(pass, bound) {
  for (const { pipeline, group, workgroups } of bound) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...workgroups);
  }
}
