// A function, its derivatives and what it is compared with, as the GPU computed them: drawn as large as there is room for, and read at a
// place.

import { element, short, svg } from "./dom.js";

const MARGIN = { left: 52, right: 12, top: 12, bottom: 30 };

/** How many points a curve has. */
export const POINTS = 601;

export class Figure {
  #id;
  #curve = null;
  /** What is drawn: {style, sign, values}. */
  #series = [];
  #name = "";
  #by = "x";
  #scale = null;

  /** Its parts are `${id}-area`, `-reading`, `-values`, `-caption` and `-cursor`. */
  constructor(id) {
    this.#id = id;
    this.#part("reading").addEventListener("input", () => this.#read());
    this.#part("area").addEventListener("pointermove", (event) => this.#point(event));
    new ResizeObserver(() => this.#draw()).observe(this.#part("area"));
  }

  #part(name) {
    return element(`${this.#id}-${name}`);
  }

  /** Shows this curve: {x, y, dx, d2x, breaks}, dx and d2x empty where there is no such derivative. `by` is what x is called. Others that it
   * is compared with are {name, y}. */
  show(curve, name, by = "x", others = []) {
    this.#curve = curve;
    const own = [["forward", "f", curve.y], ["backward", "f′", curve.dx], ["second", "f″", curve.d2x]];
    const compared = others.map(({ name, y }, index) => [`other-${index}`, name, y]);
    this.#series = [...own, ...compared].map(([style, sign, values]) => ({ style, sign, values })).filter(({ values }) => values.length > 0);
    this.#name = name;
    this.#by = by;
    this.#draw();
  }

  #draw() {
    const width = Math.floor(this.#part("area").clientWidth);
    // Hidden, or so narrow, as while a window is resized, that axes leave no room: drawn once there is some.
    if (!this.#curve || width <= MARGIN.left + MARGIN.right) return;
    const { x, breaks } = this.#curve;
    const height = Math.round(Math.min(440, 160 + width * 0.45));
    this.#scale = new Scale(x, this.#series, width, height);
    const signs = this.#series.map(({ sign }) => sign).join(", ");
    const label = `${this.#name}: ${signs} for ${this.#by} from ${short(x[0])} to ${short(x.at(-1))}`;
    // Curves end at the edge: what is far outside the others' range does not flatten them.
    const clip = `${this.#id}-clip`;
    const drawing = svg("svg", { width, height, role: "img", "aria-label": label });
    drawing.append(
      svg("clipPath", { id: clip }, svg("rect", this.#scale.inside())),
      ...this.#scale.axes(),
      // f lies over the others.
      svg("g", { "clip-path": `url(#${clip})` }, ...this.#series.toReversed().map(({ style, values }) =>
        svg("path", { class: `curve ${style}`, d: this.#scale.path(x, values, breaks) }))),
      svg("g", { id: `${this.#id}-cursor` }),
    );
    this.#part("area").replaceChildren(drawing);
    const ranges = this.#series.map(({ sign, values }) => `${sign} from ${range(values)}`);
    this.#part("caption").textContent = `${this.#name}: ${ranges.join(", ")}. ${x.length} points, computed on the GPU.`;
    const reading = this.#part("reading");
    if (reading.max !== String(x.length - 1)) {
      reading.max = x.length - 1;
      reading.value = Math.round(x.length * 0.6);
    }
    this.#read();
  }

  /** Shows the values at the slider's place. */
  #read() {
    if (!this.#scale) return;
    const { x } = this.#curve;
    const at = Math.min(this.#part("reading").valueAsNumber, x.length - 1);
    const shown = this.#series.map(({ sign, values }) => `${sign} = ${short(values[at])}`);
    const text = [`${this.#by} = ${short(x[at])}`, ...shown].join("   ");
    this.#part("values").textContent = text;
    this.#part("reading").setAttribute("aria-valuetext", text);
    const dots = this.#series.toReversed().map(({ style, values }) => [style, values[at]]);
    this.#part("cursor").replaceChildren(...this.#scale.cursor(x[at], dots));
  }

  #point(event) {
    if (!this.#scale) return;
    const box = this.#part("area").getBoundingClientRect();
    const x = this.#scale.x.from(event.clientX - box.left);
    const place = this.#curve.x.findIndex((other) => other >= x);
    this.#part("reading").value = place < 0 ? this.#curve.x.length - 1 : place;
    this.#read();
  }
}

function range(values) {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return "nowhere";
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  // Points close beside a kink at 0 have values close to 0.
  const tidy = (value) => short(Math.abs(value) < 1e-6 * (high - low) ? 0 : value);
  return `${tidy(low)} to ${tidy(high)}`;
}

/** A round number in the room that there is beside an axis: 2e16. */
function narrow(value) {
  return short(value).replace(/(\.\d*?)0*e/, "$1e").replace(".e", "e").replace("e+", "e");
}

/** A linear map from [low, high] to pixels, and back. */
export class Axis {
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
  constructor(x, series, width, height) {
    const finite = (seconds) => series.filter(({ style }) => (style === "second") === seconds)
      .flatMap(({ values }) => [...values].filter(Number.isFinite));
    const first = finite(false);
    const far = 1.5 * Math.max(...first.map(Math.abs));
    // A second derivative counts as far as it would not flatten the rest.
    const all = [...first, ...finite(true).map((value) => Math.max(-far, Math.min(far, value)))];
    const low = Math.min(0, ...all);
    const high = Math.max(0, ...all);
    const pad = (high - low || 1) * 0.06;
    this.x = new Axis(x[0], x.at(-1), MARGIN.left, width - MARGIN.right);
    this.y = new Axis(low - pad, high + pad, height - MARGIN.bottom, MARGIN.top);
  }

  inside() {
    const [x, y] = [this.x.begin, this.y.end];
    return { x, y, width: this.x.end - x, height: this.y.begin - y };
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
    const text = (x, y, anchor, value) => svg("text", { class: "tick", x, y, "text-anchor": anchor }, narrow(value));
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
    const dots = values.filter(([, value]) => value >= this.y.low && value <= this.y.high);
    return [
      svg("line", { class: "cursor", x1: at, x2: at, y1: this.y.begin, y2: this.y.end }),
      ...dots.map(([name, value]) => svg("circle", { class: `dot ${name}`, cx: at, cy: this.y.to(value), r: 5 })),
    ];
  }
}
