// Benchmark: a row for each activation.

import { element, make } from "./dom.js";
import { Job } from "./job.js";

export class Bench {
  /** What was measured so far. */
  timings = [];
  #gpu;
  #entries;

  constructor(gpu, entries, changed) {
    this.#gpu = gpu;
    this.#entries = entries;
    element("bench-activation").append(...entries.map(({ name }) => make("option", { value: name }, name)));
    new Job("bench", async (job) => {
      await this.#run(job);
      changed();
    });
  }

  async #run(job) {
    const body = element("bench-table").tBodies[0];
    body.replaceChildren();
    this.timings = [];
    element("bench-scroll").hidden = false;
    const wanted = element("bench-activation").value;
    const entries = this.#entries.filter(({ name }) => wanted === "" || name === wanted);
    const elements = Number(element("bench-elements").value);
    for (const [index, entry] of entries.entries()) {
      if (job.stopped) break;
      job.progress(index / entries.length, entry.name);
      const timing = await this.#gpu.bench(withValues(entry), elements);
      this.timings.push(timing);
      body.append(row(timing));
    }
    job.say(`${job.stopped ? "Stopped" : "Done"}: ${this.timings.length} measured, over ${elements} elements.`);
  }
}

function withValues({ name, parameters, initial }) {
  const values = parameters.map((parameter, index) => `${parameter.name}=${initial[index]}`);
  return values.length === 0 ? name : `${name}(${values.join(", ")})`;
}

/** Times, and how they compare: GPU times with the copy kernel's, the CPU's with the GPU's. */
function row({ activation, copy_ns, forward_ns, backward_ns, cpu_forward_ns, cpu_backward_ns }) {
  const cell = (ns, against) => {
    const ratio = against === undefined ? [] : [make("span", { className: "ratio" }, ` ×${(ns / against).toFixed(2)}`)];
    return make("td", {}, ns.toFixed(3), ...ratio);
  };
  return make("tr", {}, make("th", { scope: "row" }, activation), cell(copy_ns),
    cell(forward_ns, copy_ns), cell(backward_ns, copy_ns), cell(cpu_forward_ns, forward_ns), cell(cpu_backward_ns, backward_ns));
}
