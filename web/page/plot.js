// The plot: an activation and its derivative, redrawn when a control changes.

import { NO_INTERVAL, interval, latest, parameterField } from "./controls.js";
import { definition, element, make } from "./dom.js";
import { Figure, POINTS } from "./figure.js";

/** How many functions one is compared with, each in a style of its own. */
const OTHERS = 3;

/** The values at these x of a function that has points of its own beside its kinks. */
function along(at, x, y) {
  let place = 0;
  return at.map((wanted) => {
    while (place + 1 < x.length && Math.abs(x[place + 1] - wanted) <= Math.abs(x[place] - wanted)) place++;
    return y[place];
  });
}

export class Plot {
  #gpu;
  #entries;
  #figure = new Figure("plot");
  #draw = latest(() => this.#request());

  constructor(gpu, entries) {
    this.#gpu = gpu;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    const select = element("plot-activation");
    select.append(...entries.map(({ name }) => make("option", { value: name }, name)));
    select.value = this.#entries.has("gelu_erf") ? "gelu_erf" : entries[0].name;
    select.addEventListener("change", () => this.#selected());
    for (const id of ["plot-from", "plot-to", "plot-compare"]) element(id).addEventListener("input", () => this.#draw());
    element("plot-form").addEventListener("submit", (event) => event.preventDefault());
    this.#selected();
  }

  get #entry() {
    return this.#entries.get(element("plot-activation").value);
  }

  #selected() {
    const { formula, derivative, second_derivative, at_kinks, source, parameters, initial } = this.#entry;
    const fields = parameters.map(({ name }, index) => parameterField(name, initial[index], () => this.#draw()));
    element("plot-parameters").replaceChildren(...fields);
    const terms = [["f(x)", formula], ["f′(x)", derivative], ["f″(x)", second_derivative], ["at kinks", at_kinks], ["source", source]];
    element("plot-definition").replaceChildren(...definition(terms));
    this.#draw();
  }

  /** `name(parameter=value, ...)`, as the library parses it. */
  get #activation() {
    const { name, parameters } = this.#entry;
    const values = [...element("plot-parameters").querySelectorAll("input[type=number]")];
    if (parameters.length === 0) return name;
    return `${name}(${parameters.map((parameter, index) => `${parameter.name}=${values[index].value}`).join(", ")})`;
  }

  async #request() {
    const shown = interval("plot");
    if (!shown) {
      element("plot-error").textContent = NO_INTERVAL;
      return;
    }
    const activation = this.#activation;
    const others = element("plot-compare").value.split(",").map((name) => name.trim()).filter(Boolean).slice(0, OTHERS);
    try {
      const curve = await this.#gpu.curve(activation, shown.from, shown.to, POINTS);
      const compared = [];
      for (const name of others) {
        const { x, y } = await this.#gpu.curve(name, shown.from, shown.to, POINTS);
        compared.push({ name, y: along(curve.x, x, y) });
      }
      element("plot-error").textContent = "";
      element("plot-others").replaceChildren(...compared.map(({ name }, index) => make("span", { className: `key-other-${index}` }, name)));
      this.#figure.show(curve, activation, "x", compared);
    } catch (error) {
      element("plot-error").textContent = error.message;
    }
  }
}
