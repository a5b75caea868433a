// Verification: one activation after the other, then functions of rows, a row of a table for each.

import { errorOf, known } from "./checks.js";
import { element, make, short } from "./dom.js";
import { Job } from "./job.js";

// The directions of each column: by name, what learning adds to them, and what gates are.
const isGated = (direction) => direction.startsWith("gated_");
const DIRECT = ["forward", "backward", "backward_from_output", "second"];
const is = (name) => (direction) => direction === name;

const ACTIVATIONS = {
  id: "verify",
  columns: [
    ...DIRECT.map(is),
    (direction) => !DIRECT.includes(direction) && !isGated(direction),
    isGated,
  ],
  title: ({ parameters, direction }) => `${parameters} ${direction}`,
  place: ({ worst_input, worst_dy }) => `x = ${worst_input}, dy = ${worst_dy}`,
};

const OF_ROWS = {
  id: "verify-rows",
  columns: ["forward", "backward", "backward_from_output", "backward_sinks"].map(is),
  title: ({ function: name, direction, shape, scale }) => `${name} ${direction} of ${shape.join(" × ")} times ${scale}`,
  place: ({ worst: [row, index] }) => `element ${index} of row ${row}`,
};

export class Verify {
  /** The report so far, or null. */
  report = null;
  #gpu;
  #activations;
  #rowFunctions;

  constructor(gpu, activations, rowFunctions, changed) {
    this.#gpu = gpu;
    this.#activations = activations;
    this.#rowFunctions = rowFunctions;
    new Job("verify", async (job) => {
      this.report = null;
      await this.#run(job);
      changed();
    });
  }

  async #run(job) {
    for (const { id } of [ACTIVATIONS, OF_ROWS]) {
      element(`${id}-table`).tBodies[0].replaceChildren();
      element(`${id}-scroll`).hidden = true;
    }
    element("verify-failures").replaceChildren();
    element("verify-probe").textContent = "";
    const subjects = this.#subjects(Number(element("verify-inputs").value));
    for (const [index, { name, what, ask }] of subjects.entries()) {
      if (job.stopped) break;
      job.progress(index / subjects.length, name);
      const checks = await ask(({ done, total }) => job.progress((index + done / total) / subjects.length, name));
      element(`${what.id}-scroll`).hidden = false;
      element(`${what.id}-table`).tBodies[0].append(row(name, what, checks));
      element("verify-failures").append(...checks.filter((check) => !check.pass).map((check) => failure(what, check)));
    }
    job.say(this.#conclusion(job.stopped));
  }

  /** What is verified, in order: `ask` adds its checks to the report and returns them. */
  #subjects(inputs) {
    const activation = async (name, progress) => {
      const report = await this.#gpu.verify(name, inputs, progress);
      if (this.report) this.report.checks.push(...report.checks);
      else this.#first(report);
      return report.checks;
    };
    const ofRows = async (name) => {
      const checks = await this.#gpu.verifyRows(name);
      this.report.rows.push(...checks);
      return checks;
    };
    return [
      ...this.#activations.map(({ name }) => ({ name, what: ACTIVATIONS, ask: (progress) => activation(name, progress) })),
      ...this.#rowFunctions.map(({ name }) => ({ name, what: OF_ROWS, ask: () => ofRows(name) })),
    ];
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
    const checks = this.report ? [...this.report.checks, ...this.report.rows] : [];
    const failed = checks.filter((check) => !check.pass).length;
    const outcome = failed > 0 ? `${failed} of ${checks.length} checks failed` : `all ${checks.length} checks passed`;
    return stopped ? `Stopped: ${checks.length} checks done, ${failed} failed.` : `Done: ${outcome}.`;
  }
}

/** One activation or function: in each cell the check that is closest to its budget. */
function row(name, what, checks) {
  const cells = what.columns.map((has) => cell(what, checks.filter((check) => has(check.direction))));
  return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
}

function cell(what, checks) {
  if (checks.length === 0) return make("td", {}, make("span", { className: "unseen" }, "does not exist"));
  const check = worst(checks);
  return make("td", { className: check.pass ? "pass" : "fail" }, line(what, check));
}

function worst(checks) {
  const key = (check) => [check.pass ? 0 : 1, known(check.max_ulp) / check.budget];
  return checks.reduce((a, b) => (key(b)[0] - key(a)[0] || key(b)[1] - key(a)[1]) > 0 ? b : a);
}

function line(what, check) {
  const line = make("div", {}, ...errorOf(check));
  line.title = `${what.title(check)}: worst at ${what.place(check)}`;
  return line;
}

function failure(what, check) {
  const { worst_got, worst_exact, budget } = check;
  return make("li", {}, `${what.title(check)}: ${short(known(check.max_ulp))} ULP (budget ${budget}) at ${what.place(check)}: ` +
    `got ${worst_got}, exact ${worst_exact}`);
}
