// Opens page.html in a headless Chromium and prints what it measures: measure.sh runs it.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { WEBGPU, withBrowser } from "../../../web/test/browser.mjs";
import { serve } from "../../../web/test/serve.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Softmax along the middle one of outer, size and inner, as `step.js` dispatches it. */
function planned() {
  const options = ["--release", "--locked", "--quiet", "--no-default-features", "--bin", "softmax-plan"];
  const manifest = ["--manifest-path", fileURLToPath(new URL("../Cargo.toml", import.meta.url))];
  return JSON.parse(execFileSync("cargo", ["run", ...options, ...manifest], { maxBuffer: 1 << 24 }));
}

const named = ([outer, size, inner]) =>
  inner === 1 ? `last axis of ${outer} x ${size}` : `middle axis of ${outer} x ${size} x ${inner}`;

async function print({ adapter, measured }, browser) {
  const { dependencies } = JSON.parse(await readFile(new URL("package.json", import.meta.url)));
  console.log(`onnxruntime-web ${dependencies["onnxruntime-web"]} in Chromium ${browser}, WebGPU on ${adapter}.\n`);
  console.log("| softmax, f32, ns per element | `copyBufferToBuffer` | copy kernel | wgpu-activations | onnxruntime-web | onnxruntime-web / wgpu-activations |");
  console.log("|---|---:|---:|---:|---:|---:|");
  for (const { shape, ns: { driver, kernel, ours, onnxruntime } } of measured) {
    const times = [driver, kernel, ours, onnxruntime].map((ns) => ns.toFixed(3));
    console.log(`| ${[named(shape), ...times, (onnxruntime / ours).toFixed(2)].join(" | ")} |`);
  }
  const difference = Math.max(...measured.map(({ difference }) => difference));
  console.log(`\nThe largest relative difference between two results is ${difference.toExponential(1)}.`);
}

const plans = planned();
const server = await serve(ROOT, 0);
try {
  await withBrowser(WEBGPU, async (context) => {
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(error.message));
    await page.goto(`http://127.0.0.1:${server.address().port}/benches/others/onnxruntime-web/page.html`);
    await page.waitForFunction(() => globalThis.measure);
    const measured = await page.evaluate((plans) => globalThis.measure(plans), plans);
    await print(measured, context.browser()?.version() ?? (await page.evaluate(() => /Chrome\/([\d.]+)/.exec(navigator.userAgent)[1])));
  });
} finally {
  server.close();
}
