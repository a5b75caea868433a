// Verification: one activation after the other, a row of the table for each.

import { errorOf, known } from "./checks.js";
import { element, make, short } from "./dom.js";
import { Job } from "./job.js";

// The directions of each column: by name, what learning adds to them, and what gates are.
const isGated = (direction) => direction.startsWith("gated_");
const DIRECT = ["forward", "backward", "backward_from_output", "second"];
const COLUMNS = [
  ...DIRECT.map((name) => (direction) => direction === name),
  (direction) => !DIRECT.includes(direction) && !isGated(direction),
  isGated,
];

export class Verify {
  /** The report so far, or null. */
  report = null;
  #gpu;
  #entries;

  constructor(gpu, entries, changed) {
    this.#gpu = gpu;
    this.#entries = entries;
    new Job("verify", async (job) => {
      this.report = null;
      await this.#run(job);
      changed();
    });
  }

  async #run(job) {
    const body = element("verify-table").tBodies[0];
    body.replaceChildren();
    element("verify-failures").replaceChildren();
    element("verify-probe").textContent = "";
    element("verify-scroll").hidden = false;
    const inputs = Number(element("verify-inputs").value);
    const count = this.#entries.length;
    for (const [index, { name }] of this.#entries.entries()) {
      if (job.stopped) break;
      job.progress(index / count, name);
      const report = await this.#gpu.verify(name, inputs, ({ done, total }) =>
        job.progress((index + done / total) / count, name));
      if (this.report) this.report.checks.push(...report.checks);
      else this.#first(report);
      body.append(row(name, report.checks));
      element("verify-failures").append(...report.checks.filter((check) => !check.pass).map(failure));
    }
    job.say(this.#conclusion(job.stopped));
  }

  #first(report) {
    this.report = report;
    const { add_ulp, multiply_ulp, divide_ulp, sqrt_ulp, fuses, keeps_subnormals, keeps_nan } = report.probe;
    const errors = `+ and − ${short(add_ulp)}, × ${short(multiply_ulp)}, ÷ ${short(divide_ulp)}, √ ${short(sqrt_ulp)} ULP`;
    const keeps = `${fuses ? "fuses" : "does not fuse"} a × b + c, ${keeps_subnormals ? "keeps" : "flushes"} subnormals, ` +
      `${keeps_nan ? "keeps" : "loses"} NaN`;
    element("verify-probe").textContent = `This GPU’s own arithmetic, largest errors: ${errors}; it ${keeps}.`;
  }

  #conclusion(stopped) {
    const checks = this.report?.checks ?? [];
    const failed = checks.filter((check) => !check.pass).length;
    const outcome = failed > 0 ? `${failed} of ${checks.length} checks failed` : `all ${checks.length} checks passed`;
    return stopped ? `Stopped: ${checks.length} checks done, ${failed} failed.` : `Done: ${outcome}.`;
  }
}

/** One activation: in each cell the check that is closest to its budget. */
function row(name, checks) {
  const cells = COLUMNS.map((has) => cell(checks.filter((check) => has(check.direction))));
  return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
}

function cell(checks) {
  if (checks.length === 0) return make("td", {}, make("span", { className: "unseen" }, "does not exist"));
  const check = worst(checks);
  return make("td", { className: check.pass ? "pass" : "fail" }, line(check));
}

function worst(checks) {
  const key = (check) => [check.pass ? 0 : 1, known(check.max_ulp) / check.budget];
  return checks.reduce((a, b) => (key(b)[0] - key(a)[0] || key(b)[1] - key(a)[1]) > 0 ? b : a);
}

function line(check) {
  const line = make("div", {}, ...errorOf(check));
  line.title = `${check.parameters} ${check.direction}: worst at ${short(check.worst_input)}`;
  return line;
}

function failure(check) {
  const { parameters, direction, worst_input, worst_dy, worst_got, worst_exact, budget } = check;
  return make("li", {}, `${parameters} ${direction}: ${short(known(check.max_ulp))} ULP (budget ${budget}) at x = ${worst_input}, ` +
    `dy = ${worst_dy}: got ${worst_got}, exact ${worst_exact}`);
}
