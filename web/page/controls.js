// Controls that sections share.

import { element, make } from "./dom.js";

/** A number and a slider for one parameter; the number may leave the slider's range. */
export function parameterField(name, initial, changed) {
  const reach = Math.max(1, 2 * Math.abs(initial));
  const slider = make("input", { type: "range", min: -reach, max: reach, step: reach / 100, value: initial });
  slider.setAttribute("aria-label", `${name}, slider`);
  const number = make("input", { type: "number", step: "any", value: Number(initial.toPrecision(7)), required: true, name });
  number.setAttribute("aria-label", name);
  pair(slider, number, changed);
  return make("fieldset", { className: "parameter" }, make("legend", {}, name), slider, number);
}

/** Makes a slider and a number follow each other; the slider may be on another scale. */
export function pair(slider, number, changed, { toNumber = (value) => value, toSlider = (value) => value } = {}) {
  slider.addEventListener("input", () => {
    number.value = toNumber(slider.value);
    changed();
  });
  number.addEventListener("input", () => {
    slider.value = toSlider(number.value);
    changed();
  });
}

/** What stands between commas; those inside parentheses are part of it. */
export function listed(text) {
  const names = [""];
  let depth = 0;
  for (const character of text) {
    depth += (character === "(") - (character === ")");
    if (character === "," && depth === 0) names.push("");
    else names[names.length - 1] += character;
  }
  return names.map((name) => name.trim()).filter(Boolean);
}

/** The interval that `${id}-from` and `-to` say, or null. */
export function interval(id) {
  const [from, to] = ["from", "to"].map((end) => element(`${id}-${end}`).valueAsNumber);
  return from < to ? { from, to } : null;
}

export const NO_INTERVAL = "The interval needs two numbers, the smaller one first.";

/** A function that runs `work`, but not twice at once: what is asked for meanwhile is done once, after that. */
export function latest(work) {
  let busy = false;
  let stale = false;
  return async () => {
    stale = true;
    if (busy) return;
    busy = true;
    while (stale) {
      stale = false;
      await work();
    }
    busy = false;
  };
}
