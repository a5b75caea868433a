// The worker, as functions that return promises.

export class Gpu {
  #worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #next = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data: { id, progress, result, error } }) => {
      const waiting = this.#waiting.get(id);
      if (progress !== undefined) {
        waiting.progress?.(progress);
        return;
      }
      this.#waiting.delete(id);
      if (error === undefined) waiting.resolve(result);
      else waiting.reject(new Error(error));
    });
    this.#worker.addEventListener("error", (event) => {
      const error = new Error(event.message || "the worker could not be started");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  #call(call, given, progress) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject, progress });
      this.#worker.postMessage({ id, call, arguments: given });
    });
  }

  /** {adapter, activations, rowFunctions} */
  open() {
    return this.#call("open", []);
  }

  /** A report of one activation's checks. */
  verify(name, inputs, progress) {
    return this.#call("verify", [name, inputs], progress);
  }

  /** The checks of one function of rows. */
  verifyRows(name) {
    return this.#call("verifyRows", [name]);
  }

  /** {copy_ns, forward_ns, backward_ns, ...} */
  bench(activation, elements) {
    return this.#call("bench", [activation, elements]);
  }

  /** {x, y, dx, d2x, breaks}, of an activation or of a formula of one operand. */
  curve(written, from, to, points) {
    return this.#call("curve", [written, from, to, points]);
  }

  /** A text as {formula} or {mistake}. */
  readFormula(text) {
    return this.#call("readFormula", [text]);
  }

  /** As `curve`; `held` has a value for each name that is not plotted by. */
  formulaCurve(text, held, from, to, points) {
    return this.#call("formulaCurve", [text, held, from, to, points]);
  }

  /** softmax, or another function of rows, of logits at a temperature: {y, check}. The seed is for one that draws. */
  row(name, logits, temperature, seed) {
    return this.#call("row", [name, logits, temperature, seed]);
  }

  /** Each result of a formula and of its gradients, compared with exact values. */
  formulaChecks(text, inputs) {
    return this.#call("formulaChecks", [text, inputs]);
  }
}

/** Tells why there is no WebGPU here, or null if there may be. */
export function missing() {
  if (navigator.gpu) return null;
  return isSecureContext
    ? "Your browser does not offer WebGPU (navigator.gpu is not there)."
    : "WebGPU is offered to secure pages only, and this one came over plain http from another machine.";
}
