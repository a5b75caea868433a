// The plot: an activation and its derivative, redrawn when a control changes.

import { NO_INTERVAL, interval, latest, parameterField } from "./controls.js";
import { definition, element, make } from "./dom.js";
import { Figure, POINTS } from "./figure.js";

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
    for (const id of ["plot-from", "plot-to"]) element(id).addEventListener("input", () => this.#draw());
    element("plot-form").addEventListener("submit", (event) => event.preventDefault());
    this.#selected();
  }

  get #entry() {
    return this.#entries.get(element("plot-activation").value);
  }

  #selected() {
    const { formula, derivative, at_kinks, source, parameters, initial } = this.#entry;
    const fields = parameters.map(({ name }, index) => parameterField(name, initial[index], () => this.#draw()));
    element("plot-parameters").replaceChildren(...fields);
    const terms = [["f(x)", formula], ["f′(x)", derivative], ["at kinks", at_kinks], ["source", source]];
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
    try {
      const curve = await this.#gpu.curve(activation, shown.from, shown.to, POINTS);
      element("plot-error").textContent = "";
      this.#figure.show(curve, activation);
    } catch (error) {
      element("plot-error").textContent = error.message;
    }
  }
}
