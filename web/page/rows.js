// A row of logits that the visitor writes, through a function of rows, at a temperature and beside three others. The address tells it.

import { bars } from "./bars.js";
import { conclusion, digits, errorOf } from "./checks.js";
import { latest, pair } from "./controls.js";
import { copy, element, make, short } from "./dom.js";
import { Share } from "./share.js";

/** What is shown beside the visitor's own. */
const TEMPERATURES = [0.5, 1, 2];
/** More bars than that cannot be told apart. */
const MOST = 64;
const KEYS = ["logits", "temperature", "seed"];
/** As many as an unsigned number of 32 bits can be. */
const SEEDS = 2 ** 32;

const part = (name) => element(`rows-${name}`);

export class Rows {
  #gpu;
  /** The names of those that a seed chooses the noise of. */
  #drawing;
  #draw = latest(() => this.#request());
  #shared = new Share("rows", (key) => KEYS.includes(key));
  /** What is drawn, or null: {name, logits, results}, a result being {temperature, y, check}. */
  #shown = null;

  constructor(gpu, entries) {
    this.#gpu = gpu;
    this.#drawing = entries.filter(({ draws }) => draws).map(({ name }) => name);
    part("function").append(...entries.map(({ name }) => make("option", { value: name }, name)));
    part("form").addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["function", "logits", "seed"]) part(name).addEventListener("input", () => this.#changed());
    pair(part("temperature-slider"), part("temperature"), () => this.#changed(), {
      toNumber: (logarithm) => Number((10 ** logarithm).toPrecision(3)),
      toSlider: (temperature) => Math.log10(temperature),
    });
    part("share").addEventListener("click", () => copy(this.#shared.link(this.#told()), part("shared")));
    new ResizeObserver(() => this.#drawBars()).observe(part("bars"));
    if (!this.#shared.follow(part("panel"), (taken) => this.#take(taken))) this.#draw();
  }

  #told() {
    const keys = KEYS.filter((name) => name !== "seed" || this.#draws());
    return [["rows", part("function").value], ...keys.map((name) => [name, part(name).value])];
  }

  #take(taken) {
    const known = [...part("function").options].some(({ value }) => value === taken.get("rows"));
    if (known) part("function").value = taken.get("rows");
    for (const name of KEYS) if (taken.has(name)) part(name).value = taken.get(name);
    part("temperature-slider").value = Math.log10(part("temperature").value);
    this.#draw();
  }

  #draws() {
    return this.#drawing.includes(part("function").value);
  }

  #changed() {
    this.#shared.remember(() => this.#told());
    this.#draw();
  }

  async #request() {
    part("temperature-slider").setAttribute("aria-valuetext", part("temperature").value);
    part("seed-field").hidden = !this.#draws();
    try {
      const logits = readLogits(part("logits").value);
      const own = readTemperature(part("temperature").valueAsNumber);
      const name = part("function").value;
      const seed = this.#draws() ? readSeed(part("seed").valueAsNumber) : 0;
      const at = async (temperature) => ({ temperature, ...(await this.#gpu.row(name, logits, temperature, seed)) });
      this.#show(name, logits, await Promise.all([own, ...TEMPERATURES].map(at)));
      part("error").textContent = "";
    } catch (error) {
      part("error").textContent = error.message;
    }
  }

  #show(name, logits, results) {
    this.#shown = { name, logits, results };
    this.#drawBars();
    const heads = results.map(({ temperature }, index) => make("th", { scope: "col" }, heading(temperature, index)));
    part("table").tHead.rows[0].replaceChildren(make("th", { scope: "col" }, "logit"), ...heads);
    const names = named(logits, results);
    part("table").tBodies[0].replaceChildren(...names.map((name, index) =>
      make("tr", {}, make("th", { scope: "row" }, name), ...results.map(({ y }) => make("td", {}, short(y[index]))))));
    part("caption").textContent = `${name} of the logits by temperature, as the GPU computed it`;
    const errors = results.map(({ temperature, check }, index) => errorRow(heading(temperature, index), names, check));
    part("errors").tBodies[0].replaceChildren(...errors);
    part("status").textContent = conclusion(results.map(({ temperature, check }) => ({ ...check, result: `temperature ${short(temperature)}` })));
  }

  #drawBars() {
    if (!this.#shown) return;
    const { name, logits, results } = this.#shown;
    // What the whole row has one of is a number, and no picture.
    part("bars").hidden = results[0].y.length < logits.length;
    if (part("bars").clientWidth === 0) return;
    const panels = results.map(({ temperature }, index) =>
      make("div", { className: index === 0 ? "bars own" : "bars" }, make("p", {}, `temperature ${heading(temperature, index)}`)));
    part("bars").replaceChildren(...panels);
    panels.forEach((panel, index) => {
      const label = `${name} at temperature ${short(results[index].temperature)}`;
      panel.append(bars(Math.floor(panel.clientWidth), logits, results[index].y, label));
    });
  }
}

/** What results are of: each logit, or the whole row. */
function named(logits, results) {
  return results[0].y.length < logits.length ? ["all of them"] : logits.map(short);
}

function heading(temperature, index) {
  return `${short(temperature)}${index === 0 ? ", yours" : ""}`;
}

/** Numbers between commas or spaces; infinite ones are written inf. */
function readLogits(text) {
  const written = text.split(/[,;\s]+/).filter(Boolean);
  if (written.length === 0) throw new Error("Write at least one number.");
  if (written.length > MOST) throw new Error(`${written.length} numbers are too many to show: write at most ${MOST}.`);
  return written.map((word) => {
    const infinite = /^([+-]?)inf$/i.exec(word.replace("−", "-"));
    if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
    const number = Math.fround(Number(word.replace("−", "-")));
    if (!Number.isFinite(number)) throw new Error(`“${word}” is not a number that f32 holds.`);
    return number;
  });
}

function readTemperature(temperature) {
  if (temperature > 0) return temperature;
  throw new Error("The temperature needs a number above 0.");
}

function readSeed(seed) {
  if (Number.isInteger(seed) && seed >= 0 && seed < SEEDS) return seed;
  throw new Error(`The seed needs a whole number from 0 to ${SEEDS - 1}.`);
}

function errorRow(name, names, check) {
  const { worst: [row, element], worst_got, worst_exact, max_ulp, pass } = check;
  // Of weights the row is the only one, of losses the element, as each row has a class.
  const place = names.length === 1 ? "" : `logit ${names[row + element]}: `;
  const where = max_ulp === 0 ? "" : `${place}${digits(worst_got)} for ${digits(worst_exact)}`;
  return make("tr", {}, make("th", { scope: "row" }, name), make("td", { className: pass ? "pass" : "fail" }, ...errorOf(check)),
    make("td", { className: "where" }, where));
}
