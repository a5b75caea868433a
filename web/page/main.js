// The page: finds the GPU, then hands it to the formula, the plot, softmax, the verification and the benchmark.

import { Bench } from "./bench.js";
import { download, element } from "./dom.js";
import { FormulaBox } from "./formula.js";
import { Gpu, missing } from "./gpu.js";
import { Plot } from "./plot.js";
import { Rows } from "./rows.js";
import { Verify } from "./verify.js";

async function start() {
  const reason = missing();
  if (reason) return refuse(reason);
  const gpu = new Gpu();
  let opened;
  try {
    opened = await gpu.open();
  } catch (error) {
    return refuse(`Your browser knows WebGPU, but gives no device: ${error.message}`);
  }
  const { adapter, activations, rowFunctions } = opened;
  adapter.adapter ||= await nameOfAdapter();
  introduce(adapter);
  element("tools").hidden = false;
  new FormulaBox(gpu);
  new Plot(gpu, activations);
  new Rows(gpu, rowFunctions);
  offerReport(gpu, opened);
}

/** wgpu takes the description, which browsers may leave empty. */
async function nameOfAdapter() {
  const { vendor, architecture } = (await navigator.gpu.requestAdapter())?.info ?? {};
  return [vendor, architecture].filter(Boolean).join(" ") || "an adapter that the browser does not name";
}

function introduce({ adapter, kind, library, wgpu }) {
  const software = kind === "software adapter";
  const shown = element("adapter");
  shown.classList.toggle("software", software);
  shown.textContent = software
    ? `${adapter}: a software adapter. Everything works, on the CPU: timings say nothing of a GPU.`
    : adapter;
  element("versions").textContent = `wgpu-activations ${library}, wgpu ${wgpu}. ${navigator.userAgent}`;
}

function offerReport(gpu, { adapter, activations, rowFunctions }) {
  const button = element("report-download");
  const changed = () => {
    button.disabled = !verify.report && bench.timings.length === 0;
    element("report-hint").hidden = !button.disabled;
  };
  const verify = new Verify(gpu, activations, rowFunctions, changed);
  const bench = new Bench(gpu, activations, changed);
  button.addEventListener("click", () => {
    const browser = navigator.userAgent;
    const report = { ...verify.report, ...adapter, browser, timings: bench.timings };
    download("wgpu-activations-report.json", report);
  });
}

function refuse(reason) {
  element("adapter").textContent = "No GPU to compute on.";
  element("no-gpu-reason").textContent = reason;
  element("no-gpu").hidden = false;
  element("no-gpu").focus();
}

start();
