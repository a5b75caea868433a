// A headless Chromium; CHROMIUM names it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const QUIET = ["--no-first-run", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** WebGPU on the CPU, which stands in for a GPU: SwiftShader. */
export const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

/** Runs with a browser of its own, in a profile that is removed. */
export async function withBrowser(args, run) {
  const profile = await mkdtemp(join(tmpdir(), "wgpu-activations-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", ...QUIET, ...args],
    viewport: { width: 1280, height: 900 },
  });
  try {
    await run(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}
