// TensorFlow.js and onnxruntime-web on WebGPU in a headless Chromium: `node browser.mjs NODE_MODULES FOLDER`. Of each FUNCTION.DIRECTION.x in
// the folder, raw f32, it writes what they make of it, for measure.py. CHROMIUM names the browser.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { serve } from "../../../web/test/serve.mjs";

const [modules, folder] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    ...["--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
    ...["--disable-sync", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
  ],
});
const server = await serve(modules, 0);
const origin = `http://127.0.0.1:${server.address().port}`;
const page = await browser.newPage();
// Any answer of this origin, 404 too: WebGPU wants a page.
await page.goto(origin);

await page.addScriptTag({ url: `${origin}/@tensorflow/tfjs/dist/tf.min.js` });
await page.addScriptTag({ url: `${origin}/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js` });

async function tensorflow(name, direction, x) {
  const { tf } = globalThis;
  await tf.setBackend("webgpu");
  if (tf.getBackend() !== "webgpu") throw new Error(`TensorFlow.js runs on ${tf.getBackend()}`);
  const functions = {
    sigmoid: (x) => tf.sigmoid(x),
    tanh: (x) => tf.tanh(x),
    gelu_erf: (x) => x.mul(0.5).mul(tf.erf(x.div(Math.SQRT2)).add(1)),
    silu: (x) => x.mul(tf.sigmoid(x)),
  };
  const f = direction === "forward" ? functions[name] : tf.grad(functions[name]);
  return [...(await f(tf.tensor1d(x, "float32")).data())];
}

async function onnxruntime(origin, model, x) {
  const ort = await import(`${origin}/onnxruntime-web/dist/ort.all.bundle.min.mjs`);
  ort.env.wasm.wasmPaths = `${origin}/onnxruntime-web/dist/`;
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(new Uint8Array(model), { executionProviders: ["webgpu"] });
  const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.from(x), [x.length]) });
  return [...y.data];
}

// Numbers that JSON lacks go as text.
const run = (f, ...given) => page.evaluate(`(${f})(...${JSON.stringify(given)}).then((y) => y.map(String))`);
const write = (stem, library, y) => writeFile(join(folder, `${stem}.${library}`), new Uint8Array(Float32Array.from(y, Number).buffer));

for (const file of (await readdir(folder)).filter((file) => file.endsWith(".x"))) {
  const [name, direction] = file.split(".");
  const stem = `${name}.${direction}`;
  const x = [...new Float32Array(new Uint8Array(await readFile(join(folder, file))).buffer)];
  await write(stem, "tensorflow_js", await run(tensorflow, name, direction, x));
  if (direction === "forward") {
    const model = [...(await readFile(join(folder, `${name}.onnx`)))];
    await write(stem, "onnxruntime_web", await run(onnxruntime, origin, model, x));
  }
}
await browser.close();
server.close();
