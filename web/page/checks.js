// What came of checks, in words and cells.

import { make, short } from "./dom.js";

/** A missing number is an infinite one. */
export const known = (value) => value ?? Infinity;

/** Whether something passed, for eyes and for those who hear the page. */
export function verdict(pass) {
  return [
    make("span", { className: "mark", ariaHidden: "true" }, pass ? "✓ " : "✗ "),
    make("span", { className: "unseen" }, pass ? "passes, " : "fails, "),
  ];
}

/** The largest error of a check, of its budget. */
export function errorOf({ max_ulp, budget, pass }) {
  const error = known(max_ulp);
  return [...verdict(pass), Number.isFinite(error) ? error.toFixed(2) : "∞", make("span", { className: "budget" }, ` / ${budget}`)];
}

/** All that tell one f32 from its neighbours. */
export function digits(value) {
  return value === null ? "not finite" : String(Number(value.toPrecision(9))).replaceAll("-", "−");
}

/** Of checks that have a `result` by name. */
export function conclusion(checks) {
  const failed = checks.filter(({ pass }) => !pass).map(({ result }) => result);
  if (failed.length > 0) return `Beyond the bound, or nothing to judge: ${failed.join(", ")}.`;
  const largest = Math.max(...checks.map(({ max_ulp }) => known(max_ulp)));
  return `All within their bounds. The largest error is ${short(largest)} ULP.`;
}
