// All that computes, away from the page's own thread: the GPU is asked from here, and so is the f64 oracle, which takes seconds.
// A request is {id, call, arguments}; answers are {id, result} or {id, error}, and {id, progress} before them.

import init, { Session, activations, read_formula, row_functions } from "./pkg/wgpu_activations_web.js";

let session;

const calls = {
  async open() {
    await init();
    session = await Session.open();
    return { adapter: JSON.parse(session.adapter()), activations: JSON.parse(activations()), rowFunctions: JSON.parse(row_functions()) };
  },

  async verify(progress, name, inputs) {
    return JSON.parse(await session.verify(name, inputs, (done, total) => progress({ done, total })));
  },

  async verifyRows(progress, name) {
    return JSON.parse(await session.verify_rows(name));
  },

  async bench(progress, activation, elements) {
    return JSON.parse(await session.bench(activation, elements));
  },

  async curve(progress, written, from, to, points) {
    return taken(await session.curve(written, from, to, points));
  },

  async readFormula(progress, text) {
    return JSON.parse(read_formula(text));
  },

  async formulaCurve(progress, text, held, from, to, points) {
    return taken(await session.formula_curve(text, JSON.stringify(held), from, to, points));
  },

  async row(progress, name, logits, temperature, seed) {
    const row = await session.row(name, new Float32Array(logits), temperature, seed);
    const { y, check } = row;
    row.free();
    return { y, check: JSON.parse(check) };
  },

  async formulaChecks(progress, text, inputs) {
    return JSON.parse(await session.formula_checks(text, inputs));
  },
};

/** A curve out of wasm's memory. */
function taken(curve) {
  const { x, y, dx, d2x, breaks } = curve;
  curve.free();
  return { x, y, dx, d2x, breaks };
}

self.addEventListener("message", async ({ data: { id, call, arguments: given } }) => {
  try {
    const result = await calls[call]((progress) => self.postMessage({ id, progress }), ...given);
    self.postMessage({ id, result });
  } catch (error) {
    self.postMessage({ id, error: error?.message ?? String(error) });
  }
});
