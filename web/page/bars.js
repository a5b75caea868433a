// Bars of a row's results, each from 0 on, with its logit below and its value under that: as the command's `plot softmax` has them.

import { short, svg } from "./dom.js";
import { Axis } from "./figure.js";

const HEIGHT = 150;
/** Of the height, what is left free at both ends. */
const FREE = 0.04;
const GAP = 2;
/** For each of the two numbers below a bar. */
const LINE = 16;
/** Pixels of a character, and what the shortest number needs: below narrower bars there are none. */
const CHARACTER = 7;
const NARROWEST = 4 * CHARACTER;

export function bars(width, logits, y, label) {
  const finite = y.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const free = FREE * (high - low || 1);
  const axis = new Axis(low - free, high + free, HEIGHT, 0);
  const step = width / y.length;
  const hasNumbers = step >= NARROWEST;
  const drawing = svg("svg", { width, height: HEIGHT + (hasNumbers ? 2 * LINE : 0), role: "img", "aria-label": label });
  drawing.append(svg("line", { class: "axis", x1: 0, x2: width, y1: axis.to(0), y2: axis.to(0) }));
  for (const [index, value] of y.entries()) {
    if (Number.isFinite(value)) drawing.append(bar(axis, step * index, step, value));
    if (hasNumbers) drawing.append(...numbers(step * (index + 0.5), step, logits[index], value));
  }
  return drawing;
}

function bar(axis, left, step, value) {
  const [top, bottom] = [axis.to(Math.max(0, value)), axis.to(Math.min(0, value))];
  const gap = Math.min(GAP, step / 4);
  return svg("rect", { class: "bar", x: left + gap, width: step - 2 * gap, y: top, height: bottom - top });
}

function numbers(middle, room, logit, value) {
  const text = (line, written) => svg("text", { class: "tick", x: middle, y: HEIGHT + line * LINE - 4, "text-anchor": "middle" }, written);
  return [text(1, rounded(logit, 1, room)), text(2, rounded(value, 2, room))];
}

/** With so many digits after the point, or as many as there is room for; one that is small keeps one. */
function rounded(value, count, room) {
  if (!Number.isFinite(value) || Math.abs(value) >= 1000) return short(value).replace(/\.\d*e\+?/, "e");
  const written = value.toFixed(count).replace("-", "−");
  const least = Math.abs(value) < 10 ? 1 : 0;
  return count > least && written.length * CHARACTER > room ? rounded(value, count - 1, room) : written;
}
