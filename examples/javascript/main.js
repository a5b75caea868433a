// A layer's bias, GELU and gate over 4 rows of 1024, and the gradient of its bias: plan.json is what `wgpu-activations plan` printed.

import { bind, record } from "./step.js";

const output = document.querySelector("output");

/** Some numbers, the same each time. */
const numbers = (count, scale) => Float32Array.from({ length: count }, (_, index) => scale * Math.sin(index));

async function run() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("This page needs WebGPU.");
  const device = await adapter.requestDevice();
  const [forward, , bias] = await (await fetch("plan.json")).json();

  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = {};
  for (const { name, bytes } of [...forward.operands, ...bias.operands]) {
    buffers[name] ??= device.createBuffer({ size: bytes, usage });
  }
  const inputs = { x: numbers(4096, 3), bias: numbers(1024, 0.5), gate: numbers(4096, 1), dy: numbers(4096, 1) };
  for (const [name, values] of Object.entries(inputs)) device.queue.writeBuffer(buffers[name], 0, values);

  const steps = await Promise.all([forward, bias].map((step) => bind(device, step, buffers)));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const step of steps) record(pass, step);
  pass.end();
  device.queue.submit([encoder.finish()]);
  return { inputs, y: await read(device, buffers.y), dbias: await read(device, buffers.dbias) };
}

async function read(device, buffer) {
  const copy = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  return new Float32Array(copy.getMappedRange().slice(0));
}

try {
  globalThis.results = await run();
  const { y, dbias } = globalThis.results;
  output.textContent = `y = ${[...y.slice(0, 4)].join(", ")}, …\ndbias = ${[...dbias.slice(0, 4)].join(", ")}, …`;
} catch (error) {
  output.textContent = error.message;
}
