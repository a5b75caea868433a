// The plot: an activation and its derivatives, and what it is compared with; redrawn when a control changes. The address tells it.

import { NO_INTERVAL, interval, latest, listed, parameterField } from "./controls.js";
import { copy, definition, element, make } from "./dom.js";
import { Figure, POINTS } from "./figure.js";
import { Share } from "./share.js";

const CONTROLS = ["from", "to", "compare"];

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
  #shared = new Share("plot", (key) => CONTROLS.some((name) => key === `plot.${name}`));

  constructor(gpu, entries) {
    this.#gpu = gpu;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    const select = element("plot-activation");
    select.append(...entries.map(({ name }) => make("option", { value: name }, name)));
    select.value = this.#entries.has("gelu_erf") ? "gelu_erf" : entries[0].name;
    select.addEventListener("change", () => {
      this.#selected();
      this.#changed();
    });
    for (const name of CONTROLS) element(`plot-${name}`).addEventListener("input", () => this.#changed());
    element("plot-form").addEventListener("submit", (event) => event.preventDefault());
    element("plot-share").addEventListener("click", () => copy(this.#shared.link(this.#told()), element("plot-shared")));
    this.#selected();
    if (!this.#shared.follow(element("plot-panel"), (taken) => this.#take(taken))) this.#draw();
  }

  /** What the address tells. */
  #told() {
    return [["plot", this.#activation], ...CONTROLS.map((name) => [`plot.${name}`, element(`plot-${name}`).value])];
  }

  /** Shows what an address tells, as far as there is such an activation. */
  #take(taken) {
    const [name, values] = taken.get("plot").replace(/\)$/, "").split("(");
    if (this.#entries.has(name)) {
      element("plot-activation").value = name;
      this.#selected(new Map(listed(values ?? "").map((value) => value.split("="))));
    }
    for (const control of CONTROLS) {
      if (taken.has(`plot.${control}`)) element(`plot-${control}`).value = taken.get(`plot.${control}`);
    }
    this.#draw();
  }

  #changed() {
    this.#shared.remember(() => this.#told());
    this.#draw();
  }

  get #entry() {
    return this.#entries.get(element("plot-activation").value);
  }

  /** Another activation: fields for its parameters, with these values where there are such. */
  #selected(values = new Map()) {
    const { formula, derivative, second_derivative, at_kinks, source, parameters, initial } = this.#entry;
    const fields = parameters.map(({ name }, index) => {
      const value = Number(values.get(name) ?? NaN);
      return parameterField(name, Number.isFinite(value) ? value : initial[index], () => this.#changed());
    });
    element("plot-parameters").replaceChildren(...fields);
    const terms = [["f(x)", formula], ["f′(x)", derivative], ["f″(x)", second_derivative], ["at kinks", at_kinks], ["source", source]];
    element("plot-definition").replaceChildren(...definition(terms));
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
    const others = listed(element("plot-compare").value);
    if (others.length > OTHERS) {
      element("plot-error").textContent = `${others.length} are too many to tell apart: up to three can be compared with.`;
      return;
    }
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
