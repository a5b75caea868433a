// A formula that the visitor writes: read, plotted, held to its bounds, and shown as WGSL. The address tells it, to be shared.

import { conclusion, digits, known, verdict } from "./checks.js";
import { NO_INTERVAL, interval, latest, parameterField } from "./controls.js";
import { copy, definition, element, make, short } from "./dom.js";
import { Figure, POINTS } from "./figure.js";
import { Share } from "./share.js";

/** Over so many elements it is checked: what takes about a second where a CPU does the exact side. */
const INPUTS = 8192;
/** Milliseconds without a key until a text is read: each that is right becomes a kernel. */
const PAUSE = 300;
/** In the address, before names of operands, lest one of them be called `from`. */
const HELD = "with.";

const part = (name) => element(`formula-${name}`);

export class FormulaBox {
  #gpu;
  #figure = new Figure("formula");
  /** The last text that was right, read. */
  #shown = null;
  /** What was set, by name: {value, initial}. */
  #set = new Map();
  #shared = new Share("formula", (key) => ["from", "to"].includes(key) || key.startsWith(HELD));
  #waiting;
  #read = latest(() => this.#reading());
  #plot = latest(() => this.#curve());
  #check = latest(() => this.#checks());

  constructor(gpu) {
    this.#gpu = gpu;
    part("form").addEventListener("submit", (event) => event.preventDefault());
    part("text").addEventListener("input", () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#changed(), PAUSE);
    });
    for (const example of part("examples").querySelectorAll("button")) {
      example.addEventListener("click", () => this.#write(example.textContent));
    }
    part("take-stable").addEventListener("click", () => {
      this.#write(this.#shown.stable.text);
      part("text").focus();
    });
    for (const end of ["from", "to"]) part(end).addEventListener("input", () => this.#moved());
    part("shader").addEventListener("change", () => this.#showShader());
    part("copy").addEventListener("click", () => copy(part("wgsl").textContent, part("copied")));
    part("share").addEventListener("click", () => copy(this.#shared.link(this.#told()), part("shared")));
    if (!this.#shared.follow(part("panel"), (taken) => this.#take(taken))) this.#read();
  }

  #write(text) {
    clearTimeout(this.#waiting);
    part("text").value = text;
    this.#changed();
  }

  /** The text is another one. */
  #changed() {
    this.#remember();
    this.#read();
  }

  /** What is held, or the interval, is another one. */
  #moved() {
    this.#remember();
    this.#plot();
  }

  #remember() {
    this.#shared.remember(() => this.#told());
  }

  /** What the address tells. */
  #told() {
    const held = this.#held().filter(([, value]) => Number.isFinite(value)).map(([name, value]) => [HELD + name, value]);
    return [["formula", part("text").value], ["from", part("from").value], ["to", part("to").value], ...held];
  }

  /** Shows what an address tells. */
  #take(taken) {
    part("text").value = taken.get("formula");
    for (const end of ["from", "to"]) if (taken.has(end)) part(end).value = taken.get(end);
    const held = [...taken].filter(([key]) => key.startsWith(HELD)).map(([key, value]) => [key.slice(HELD.length), Number(value)]);
    this.#set = new Map(held.filter(([, value]) => Number.isFinite(value)).map(([name, value]) => [name, { value }]));
    this.#read();
  }

  async #reading() {
    const { formula, mistake } = await this.#gpu.readFormula(part("text").value);
    showMistake(part("text").value, mistake);
    if (mistake) return;
    this.#shown = formula;
    part("results").hidden = false;
    this.#showHeld();
    part("definition").replaceChildren(...definition(terms(formula)));
    showStable(formula.stable);
    part("shader").replaceChildren(...formula.shaders.map(({ title }, value) => make("option", { value }, title)));
    this.#showShader();
    this.#plot();
    this.#check();
  }

  /** A field for each other operand and parameter; those that were there keep their values. */
  #showHeld() {
    const { by, held } = this.#shown;
    for (const end of ["from", "to"]) part(`${end}-label`).textContent = end === "from" ? `${by ?? "x"} from` : "to";
    const fields = held.map(({ name, initial }) => {
      const known = this.#set.get(name);
      const value = known && (known.initial ?? initial) === initial ? known.value : initial;
      return parameterField(name, value, () => {
        this.#set.set(name, { value: this.#value(name), initial });
        this.#moved();
      });
    });
    part("held").replaceChildren(...fields);
  }

  /** Pairs of names and values. */
  #held() {
    return [...part("held").querySelectorAll("input[type=number]")].map(({ name, valueAsNumber }) => [name, valueAsNumber]);
  }

  #value(name) {
    return this.#held().find(([other]) => other === name)[1];
  }

  #showShader() {
    part("wgsl").textContent = this.#shown.shaders[part("shader").value].wgsl;
    part("wgsl").scrollTop = 0;
    part("copied").textContent = "";
  }

  async #curve() {
    const { text, by } = this.#shown;
    part("curve").hidden = part("interval").hidden = !by;
    part("no-curve").hidden = Boolean(by);
    part("error").textContent = "";
    if (!by) return;
    const shown = interval("formula");
    const held = this.#held();
    const missing = held.find(([, value]) => !Number.isFinite(value));
    if (!shown || missing) {
      part("error").textContent = shown ? `${missing[0]} needs a number.` : NO_INTERVAL;
      return;
    }
    try {
      const curve = await this.#gpu.formulaCurve(text, Object.fromEntries(held), shown.from, shown.to, POINTS);
      part("key-backward").hidden = curve.dx.length === 0;
      part("key-second").hidden = curve.d2x.length === 0;
      this.#figure.show(curve, text, by);
    } catch (error) {
      part("error").textContent = error.message;
    }
  }

  async #checks() {
    const { text } = this.#shown;
    part("status").textContent = "Comparing with exact values …";
    try {
      const checks = await this.#gpu.formulaChecks(text, INPUTS);
      part("table").tBodies[0].replaceChildren(...checks.map(row));
      part("scroll").hidden = false;
      part("status").textContent = conclusion(checks);
    } catch (error) {
      part("scroll").hidden = true;
      part("status").textContent = `That failed: ${error.message}`;
    }
  }
}

function terms({ text, gradients, no_gradients }) {
  return [["f, as it was read", text], ...gradients.map((gradient) => ["gradient", gradient]), ["no gradients", no_gradients]];
}

/** The text with what is wrong marked, and why. */
function showMistake(text, mistake) {
  part("text").setAttribute("aria-invalid", Boolean(mistake));
  if (!mistake) return part("mistake").replaceChildren();
  const said = [make("span", {}, mistake.message)];
  if (mistake.place) {
    const [at, count] = mistake.place;
    // The library counts characters, JavaScript's strings count halves of some.
    const characters = [...text];
    const piece = (from, to) => characters.slice(from, to).join("");
    // Where something is missing at the end, there is only a place.
    const marked = make("mark", {}, piece(at, at + count) || "\u00a0");
    said.unshift(make("code", { className: "place" }, piece(0, at), marked, piece(at + count)));
  }
  part("mistake").replaceChildren(...said);
}

function showStable(stable) {
  part("stable").hidden = !stable;
  if (!stable) return;
  const forms = stable.forms.map(([written, form]) => make("li", {}, make("code", {}, written), " is ", make("code", {}, form)));
  part("stable-forms").replaceChildren(...forms);
}

function row({ result, max_ulp, max_of_bound, judged, not_judged, worst, worst_got, worst_exact, pass }) {
  const at = worst.map(([name, value]) => `${name} = ${digits(value)}`).join(", ");
  const where = known(max_ulp) === 0 ? "" : `${at && `${at}: `}${digits(worst_got)} for ${digits(worst_exact)}`;
  return make("tr", {}, make("th", { scope: "row" }, result),
    make("td", {}, known(max_ulp) < 1000 ? max_ulp.toFixed(2) : short(known(max_ulp))),
    make("td", { className: pass ? "pass" : "fail" }, ...verdict(pass), short(known(max_of_bound))),
    make("td", {}, `${judged.toLocaleString("en")} of ${(judged + not_judged).toLocaleString("en")}`),
    make("td", { className: "where" }, where));
}
