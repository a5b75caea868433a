// The plot: an activation and its derivative, as the GPU computes them, redrawn when a control changes.

import { element, make, short, svg } from "./dom.js";

const POINTS = 601;
const MARGIN = { left: 52, right: 12, top: 12, bottom: 30 };

export class Plot {
  #gpu;
  #entries;
  #curve = null;
  #activationShown = "";
  #scale = null;
  /** At most one request is under way; what changed meanwhile is drawn next. */
  #busy = false;
  #stale = false;

  constructor(gpu, entries) {
    this.#gpu = gpu;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    const select = element("plot-activation");
    select.append(...entries.map(({ name }) => make("option", { value: name }, name)));
    select.value = this.#entries.has("gelu_erf") ? "gelu_erf" : entries[0].name;
    select.addEventListener("change", () => this.#selected());
    for (const id of ["plot-from", "plot-to"]) element(id).addEventListener("input", () => this.#draw());
    element("plot-form").addEventListener("submit", (event) => event.preventDefault());
    element("plot-reading").addEventListener("input", () => this.#read());
    element("plot-area").addEventListener("pointermove", (event) => this.#point(event));
    new ResizeObserver(() => this.#show()).observe(element("plot-area"));
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
    const shown = terms.filter(([, text]) => text).flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]);
    element("plot-definition").replaceChildren(...shown);
    this.#draw();
  }

  /** `name(parameter=value, ...)`, as the library parses it. */
  get #activation() {
    const { name, parameters } = this.#entry;
    const values = [...element("plot-parameters").querySelectorAll("input[type=number]")];
    if (parameters.length === 0) return name;
    return `${name}(${parameters.map((parameter, index) => `${parameter.name}=${values[index].value}`).join(", ")})`;
  }

  async #draw() {
    this.#stale = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#stale) {
      this.#stale = false;
      await this.#request();
    }
    this.#busy = false;
  }

  async #request() {
    const from = element("plot-from").valueAsNumber;
    const to = element("plot-to").valueAsNumber;
    if (!(from < to)) {
      element("plot-error").textContent = "The interval needs two numbers, the smaller one first.";
      return;
    }
    const activation = this.#activation;
    try {
      this.#curve = await this.#gpu.curve(activation, from, to, POINTS);
      this.#activationShown = activation;
      element("plot-error").textContent = "";
      this.#show();
    } catch (error) {
      element("plot-error").textContent = error.message;
    }
  }

  /** Draws the curve that there is, as large as there is room for. */
  #show() {
    const width = Math.floor(element("plot-area").clientWidth);
    if (!this.#curve || width === 0) return;
    const { x, y, dx, breaks } = this.#curve;
    const activation = this.#activationShown;
    const height = Math.round(Math.min(440, 160 + width * 0.45));
    this.#scale = new Scale(x, [y, dx], width, height);
    const label = `${activation} and its derivative for x from ${short(x[0])} to ${short(x.at(-1))}`;
    const drawing = svg("svg", { width, height, role: "img", "aria-label": label });
    drawing.append(
      ...this.#scale.axes(),
      svg("path", { class: "curve backward", d: this.#scale.path(x, dx, breaks) }),
      svg("path", { class: "curve forward", d: this.#scale.path(x, y, breaks) }),
      svg("g", { id: "plot-cursor" }),
    );
    element("plot-area").replaceChildren(drawing);
    element("plot-caption").textContent =
      `${activation}: f from ${range(y)}, f′ from ${range(dx)}. ${x.length} points, computed on the GPU.`;
    const reading = element("plot-reading");
    if (reading.max !== String(x.length - 1)) {
      reading.max = x.length - 1;
      reading.value = Math.round(x.length * 0.6);
    }
    this.#read();
  }

  /** Shows the values at the slider's place. */
  #read() {
    if (!this.#curve) return;
    const { x, y, dx } = this.#curve;
    const at = Math.min(element("plot-reading").valueAsNumber, x.length - 1);
    const text = `x = ${short(x[at])}   f = ${short(y[at])}   f′ = ${short(dx[at])}`;
    element("plot-values").textContent = text;
    element("plot-reading").setAttribute("aria-valuetext", text);
    element("plot-cursor").replaceChildren(...this.#scale.cursor(x[at], [["backward", dx[at]], ["forward", y[at]]]));
  }

  #point(event) {
    if (!this.#curve) return;
    const box = element("plot-area").getBoundingClientRect();
    const x = this.#scale.x.from(event.clientX - box.left);
    const place = this.#curve.x.findIndex((other) => other >= x);
    element("plot-reading").value = place < 0 ? this.#curve.x.length - 1 : place;
    this.#read();
  }
}

/** A number and a slider for one parameter; the number may leave the slider's range. */
function parameterField(name, initial, changed) {
  const reach = Math.max(1, 2 * Math.abs(initial));
  const slider = make("input", { type: "range", min: -reach, max: reach, step: reach / 100, value: initial });
  slider.setAttribute("aria-label", `${name}, slider`);
  const number = make("input", { type: "number", step: "any", value: Number(initial.toPrecision(7)), required: true, name });
  number.setAttribute("aria-label", name);
  slider.addEventListener("input", () => {
    number.value = slider.value;
    changed();
  });
  number.addEventListener("input", () => {
    slider.value = number.value;
    changed();
  });
  return make("fieldset", { className: "parameter" }, make("legend", {}, name), slider, number);
}

function range(values) {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return "nowhere";
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  // Points close beside a kink at 0 have values close to 0.
  const tidy = (value) => short(Math.abs(value) < 1e-6 * (high - low) ? 0 : value);
  return `${tidy(low)} to ${tidy(high)}`;
}

/** A linear map from [low, high] to pixels, and back. */
class Axis {
  constructor(low, high, begin, end) {
    Object.assign(this, { low, high, begin, end });
  }
  to(value) {
    return this.begin + ((value - this.low) / (this.high - this.low)) * (this.end - this.begin);
  }
  from(pixel) {
    return this.low + ((pixel - this.begin) / (this.end - this.begin)) * (this.high - this.low);
  }
  /** Round numbers, about so many. */
  ticks(count) {
    const rough = (this.high - this.low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const ticks = [];
    for (let k = Math.ceil(this.low / step); k * step <= this.high; k++) ticks.push(k * step);
    return ticks;
  }
}

class Scale {
  constructor(x, curves, width, height) {
    const finite = curves.flatMap((values) => [...values].filter(Number.isFinite));
    const low = Math.min(0, ...finite);
    const high = Math.max(0, ...finite);
    const pad = (high - low || 1) * 0.06;
    this.x = new Axis(x[0], x.at(-1), MARGIN.left, width - MARGIN.right);
    this.y = new Axis(low - pad, high + pad, height - MARGIN.bottom, MARGIN.top);
  }

  path(x, values, breaks) {
    const lifted = new Set(breaks);
    let path = "";
    let down = false;
    for (let k = 0; k < x.length; k++) {
      if (!Number.isFinite(values[k])) {
        down = false;
        continue;
      }
      path += `${down && !lifted.has(k) ? "L" : "M"}${this.x.to(x[k]).toFixed(2)} ${this.y.to(values[k]).toFixed(2)}`;
      down = true;
    }
    return path;
  }

  axes() {
    const [left, right] = [this.x.begin, this.x.end];
    const [bottom, top] = [this.y.begin, this.y.end];
    const line = (name, x1, y1, x2, y2) => svg("line", { class: name, x1, y1, x2, y2 });
    const text = (x, y, anchor, value) => svg("text", { class: "tick", x, y, "text-anchor": anchor }, short(value));
    const drawn = this.x.ticks((right - left) / 70).flatMap((tick) => [
      line(tick === 0 ? "axis" : "grid", this.x.to(tick), bottom, this.x.to(tick), top),
      text(this.x.to(tick), bottom + 18, "middle", tick),
    ]);
    drawn.push(...this.y.ticks(6).flatMap((tick) => [
      line(tick === 0 ? "axis" : "grid", left, this.y.to(tick), right, this.y.to(tick)),
      text(left - 8, this.y.to(tick) + 4, "end", tick),
    ]));
    return drawn;
  }

  cursor(x, values) {
    const at = this.x.to(x);
    const dots = values.filter(([, value]) => Number.isFinite(value));
    return [
      svg("line", { class: "cursor", x1: at, x2: at, y1: this.y.begin, y2: this.y.end }),
      ...dots.map(([name, value]) => svg("circle", { class: `dot ${name}`, cx: at, cy: this.y.to(value), r: 5 })),
    ];
  }
}
