// Softmax by onnxruntime-web, by wgpu-activations and beside two copies, in turns on one device: what measure.mjs calls.

import { bind, record } from "../../../examples/javascript/step.js";
import { softmaxModel } from "./model.js";
import * as ort from "./node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs";

/** All take turns so often. */
const ROUNDS = 9;
/** Turns before any that counts. */
const WARM_UP = 2;
/** How long a turn should take, in milliseconds: far beyond what browsers round to, and what a call costs. */
const ENOUGH = 200;
/** The largest relative difference between two results. */
const TOLERANCE = 1e-3;
const STORAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

const COPY = `
@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&output) {
        output[id.x] = input[id.x];
    }
}`;

/** Plans are what softmax-plan prints. */
globalThis.measure = async (plans) => {
  const measured = [];
  for (const plan of plans) measured.push(await measureOne(plan));
  const { vendor, architecture, device, description } = (await ort.env.webgpu.device).adapterInfo;
  return { adapter: description || [vendor, architecture, device].filter(Boolean).join(" "), measured };
};

async function measureOne(plan) {
  const { shape } = plan;
  const [outer, size, inner] = shape;
  const dims = inner === 1 ? [outer, size] : shape;
  const elements = outer * size * inner;
  const session = await ort.InferenceSession.create(softmaxModel(dims, 1), {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
    extra: { session: { disable_cpu_ep_fallback: "1" } },
  });
  // onnxruntime-web's own: it opens one with the first session.
  const device = await ort.env.webgpu.device;
  const buffer = () => device.createBuffer({ size: 4 * elements, usage: STORAGE });
  const [x, y, theirs, copied] = [buffer(), buffer(), buffer(), buffer()];
  device.queue.writeBuffer(x, 0, Float32Array.from({ length: elements }, (_, index) => ((index % 8191) / 8190) * 4 - 2));

  const tensor = (gpuBuffer) => ort.Tensor.fromGpuBuffer(gpuBuffer, { dataType: "float32", dims });
  const [feeds, fetches] = [{ x: tensor(x) }, { y: tensor(theirs) }];
  const step = await bind(device, plan, { x, y });
  const copy = await copyKernel(device, x, copied);
  const contenders = {
    driver: recorded(device, (encoder) => encoder.copyBufferToBuffer(x, 0, copied, 0, 4 * elements)),
    kernel: recorded(device, inPass((pass) => record(pass, [copy]))),
    ours: recorded(device, inPass((pass) => record(pass, step))),
    async onnxruntime(times) {
      // It submits in each.
      for (let time = 0; time < times; time++) await session.run(feeds, fetches);
    },
  };
  const difference = await compare(device, contenders, y, theirs);
  const ns = await timed(device, contenders, elements);
  await session.release();
  for (const done of [x, y, theirs, copied]) done.destroy();
  return { shape, ns, difference };
}

/** One command buffer for so many times. */
function recorded(device, recordOnce) {
  return async (times) => {
    const encoder = device.createCommandEncoder();
    for (let time = 0; time < times; time++) recordOnce(encoder);
    device.queue.submit([encoder.finish()]);
  };
}

function inPass(recordOnce) {
  return (encoder) => {
    const pass = encoder.beginComputePass();
    recordOnce(pass);
    pass.end();
  };
}

async function copyKernel(device, from, to) {
  const module = device.createShaderModule({ code: COPY });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
  const entries = [from, to].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return { pipeline, group, workgroups: [Math.ceil(to.size / 16 / 64)] };
}

/** Medians, in nanoseconds per element. */
async function timed(device, contenders, elements) {
  const run = async (contender, times) => {
    const begin = performance.now();
    await contender(times);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begin;
  };
  const states = [];
  for (const [name, contender] of Object.entries(contenders)) {
    let times = 1;
    while ((await run(contender, times)) < ENOUGH) times *= 2;
    states.push({ name, contender, times, samples: [] });
  }
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const { contender, times, samples } of states) {
      const milliseconds = await run(contender, times);
      if (round >= WARM_UP) samples.push(milliseconds / times);
    }
  }
  const median = (samples) => samples.toSorted((a, b) => a - b)[(samples.length - 1) / 2];
  return Object.fromEntries(states.map(({ name, samples }) => [name, (median(samples) * 1e6) / elements]));
}

/** The largest relative difference of the results. */
async function compare(device, { ours, onnxruntime }, y, theirs) {
  await ours(1);
  await onnxruntime(1);
  const [a, b] = [await read(device, y), await read(device, theirs)];
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs(a[index] - b[index]) / Math.max(Math.abs(a[index]), Math.abs(b[index]));
    if (!(difference <= TOLERANCE)) throw new Error(`result ${index} is ${a[index]}, and ${b[index]} in onnxruntime-web`);
    largest = Math.max(largest, difference);
  }
  return largest;
}

async function read(device, buffer) {
  const copy = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return values;
}
