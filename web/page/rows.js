// Softmax of a row of logits that the visitor writes, at a temperature.

import { latest } from "./controls.js";
import { element, make, short } from "./dom.js";

const part = (name) => element(`rows-${name}`);

export class Rows {
  #gpu;
  #draw = latest(() => this.#request());

  constructor(gpu) {
    this.#gpu = gpu;
    part("form").addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["logits", "temperature"]) part(name).addEventListener("input", () => this.#draw());
    this.#draw();
  }

  async #request() {
    // The slider is the decimal logarithm.
    const temperature = Number((10 ** part("temperature").valueAsNumber).toPrecision(3));
    part("temperature-shown").textContent = short(temperature);
    const written = part("logits").value.split(/[,\s]+/).filter(Boolean);
    const logits = written.map(Number);
    const wrong = written.find((_, index) => !Number.isFinite(logits[index]));
    if (wrong !== undefined || logits.length === 0) {
      part("error").textContent = wrong === undefined ? "Write at least one number." : `“${wrong}” is not a number.`;
      return;
    }
    try {
      const results = await this.#gpu.softmax(logits, temperature);
      part("error").textContent = "";
      const rows = logits.map((logit, index) => row(logit, results[index], results[logits.length + index]));
      part("table").tBodies[0].replaceChildren(...rows);
    } catch (error) {
      part("error").textContent = error.message;
    }
  }
}

function row(logit, weight, logarithm) {
  const bar = make("span", { className: "weight" });
  bar.style.width = `${100 * weight}%`;
  return make("tr", {}, make("th", { scope: "row" }, short(logit)), make("td", {}, short(weight)), make("td", { className: "bar" }, bar),
    make("td", {}, short(logarithm)));
}
