// Drives the page in a headless Chromium, as a visitor would: `node page.mjs FOLDER SCREENSHOTS`. CHROMIUM names the browser.
// The CPU stands in for a GPU: SwiftShader, under Chromium's own shader compiler, Tint.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { WEBGPU, withBrowser } from "./browser.mjs";
import { serve } from "./serve.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core");
const [folder, screenshots] = process.argv.slice(2);
const MINUTE = 60_000;

const server = await serve(folder, 0);
const originOf = (server) => `http://127.0.0.1:${server.address().port}`;
const origin = originOf(server);
let passed = 0;

async function test(name, run) {
  const begin = performance.now();
  await run();
  passed += 1;
  console.log(`ok   ${name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
}

/** A page, with what went wrong on it. */
async function open(context, before = async () => {}, address = origin) {
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("requestfailed", (request) => faults.push(`${request.url()}: ${request.failure().errorText}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) faults.push(`a request to ${url}`);
  });
  await before(page);
  await page.goto(address);
  return { page, faults };
}

/** What axe finds wrong for people who use a keyboard or a screen reader, or need contrast. */
async function barriers(page) {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

async function shoot(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [size, width] of [["desktop", 1280], ["narrow", 390]]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}-${size}.png`), fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide at ${width}`);
    }
    assert.deepEqual(await barriers(page), [], `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function withWebGpu(context) {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const { page, faults } = await open(context);

  await test("the adapter is shown, and is said to be a software one", async () => {
    await page.getByRole("heading", { name: "Compare" }).waitFor({ timeout: MINUTE });
    assert.match(await page.locator("#adapter").textContent(), /a software adapter/);
  });

  await test("the example in plain JavaScript computes a layer and its gradient", () => plain(context));
  await test("sections come in the order of use", () => order(page));
  await test("a row follows its function, logits and temperature, within its bounds", () => rows(page));
  await test("the plot is drawn, and follows activation, parameters and interval", () => plot(page));
  await test("a formula is read, plotted, within its bounds, and there as WGSL", () => formula(page));
  await test("what is wrong with a formula is marked where it is", () => mistakes(page));
  await test("a form that loses digits has a stable one to take", () => stable(page));
  await test("a link holds the formula and its numbers", () => share(page, context));
  await test("links hold the row, and what is compared", () => shareRest(page, context));
  await test("the keyboard reaches every control", () => keyboard(page));
  await test("verify passes, with every activation in the table, and never blocks the page", () => verify(page));
  await test("the benchmark measures", () => bench(page));
  await test("the report holds all of it", () => report(page));
  await test("it looks the same in light and dark, wide and narrow, and axe finds no barrier", () => shoot(page, "page"));
  await test("nothing went wrong unseen", async () => assert.deepEqual(faults, []));
  await test("what the browser refuses later is shown", async () => {
    const refuse = 'GPUDevice.prototype.popErrorScope = async () => new GPUValidationError("sabotage");\n';
    const { page } = await open(context, (page) => beforeTheWorker(page, refuse));
    await page.getByRole("alert").filter({ hasText: "sabotage" }).first().waitFor({ timeout: MINUTE });
  });
}

const region = (page, name) => page.getByRole("region", { name, exact: true });

async function plot(whole) {
  const page = region(whole, "Compare");
  const path = (name) => page.locator(`path.curve.${name}`).getAttribute("d");
  const caption = page.locator("#plot-caption");
  const shows = (text) => caption.filter({ hasText: text }).waitFor({ timeout: MINUTE });
  // As the page opens: at 6 both are within 0.02 of x.
  await shows(/gelu_erf: .*, silu from −0\.2785 to 5\.985, x \* tanh\(exp\(x\)\) from −0\.\d+ to 6\./);
  await page.getByLabel("Compare with").fill("");
  await shows(/f″ from [^,]*\. 601 points/);
  assert.ok((await path("forward")).split(/[ML]/).length > 600);

  await page.getByLabel("Activation").first().selectOption("leaky_relu");
  // At -6 and 6, with a slope of 0.01.
  await shows("leaky_relu(negative_slope=0.01): f from −0.06 to 6, f′ from 0.01 to 1");
  const pieces = (await path("backward")).slice(1).split("M").map((piece) => piece.split("L").map((at) => at.split(" ")[1]));
  assert.equal(pieces.length, 2, "the derivative's jump is a gap");
  for (const heights of pieces) assert.equal(new Set(heights).size, 1, "and upright");

  const [forward, backward] = [await path("forward"), await path("backward")];
  await page.getByLabel("negative_slope", { exact: true }).fill("0.5");
  await shows("leaky_relu(negative_slope=0.5): f from −3 to 6, f′ from 0.5 to 1");
  assert.notEqual(await path("forward"), forward);
  assert.notEqual(await path("backward"), backward);

  await page.getByLabel("negative_slope, slider").focus();
  await whole.keyboard.press("Home");
  await shows("leaky_relu(negative_slope=-1): f from 0 to 6");
  await page.getByRole("spinbutton", { name: "x from" }).fill("7");
  await page.getByRole("alert").filter({ hasText: "the smaller one first" }).waitFor();
  await page.getByRole("spinbutton", { name: "x from" }).fill("-6");
  await page.getByLabel("negative_slope", { exact: true }).fill("");
  await page.getByRole("alert").filter({ hasText: "negative_slope" }).waitFor();
  await page.getByLabel("negative_slope", { exact: true }).fill("0.5");
  await shows("leaky_relu(negative_slope=0.5): f from −3 to 6, f′ from 0.5 to 1");
  await page.getByLabel("Read at x").press("Home");
  assert.equal(await page.locator("#plot-values").textContent(), "x = −6   f = −3   f′ = 0.5   f″ = 0");
  await page.getByLabel("Activation").first().selectOption("gelu_erf");
  await shows("gelu_erf");
  await page.getByLabel("Compare with").fill("silu, mish");
  // At 6: 6 / (1 + e^-6), and 6 tanh(log(1 + e^6)).
  await shows(/silu from −0\.2785 to 5\.985, mish from −0\.3088 to 6/);
  assert.ok((await path("other-1")).split(/[ML]/).length > 600);
  await page.getByLabel("Compare with").fill("silu, mush");
  await page.getByRole("alert").filter({ hasText: "mush" }).waitFor();
  // What stands in parentheses is no other name, and a formula counts as a name does: x σ(1.5 x) at 6 is 6 - 6 / (1 + e^9).
  await page.getByLabel("Compare with").fill("elu(alpha=0.5), clip(x, 0, 2), x * sigmoid(1.5 * x)");
  await shows(/elu\(alpha=0\.5\) from −0\.4988 to 6, clip\(x, 0, 2\) from 0 to 2, x \* sigmoid\(1\.5 \* x\) from −0\.1856 to 5\.999\./);
  for (const [others, said] of [["x * tanj(x)", "tanj"], ["x * z", "one operand"], ["1 + 2", "one operand"],
    ["elu(alpha=)", "alpha"], ["relu, silu, mish, elu", "4 are too many"]]) {
    await page.getByLabel("Compare with").fill(others);
    await page.getByRole("alert").filter({ hasText: said }).waitFor();
  }
  await page.getByLabel("Compare with").fill("silu, x * tanh(exp(x))");
  await shows(/silu from −0\.2785 to 5\.985, x \* tanh/);
  // Where there is no room for axes, nothing is drawn, and nothing is a fault.
  const drawn = (width) => page.locator("#plot-area").evaluate(async (area, width) => {
    area.style.width = width;
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    return area.querySelector("svg").getAttribute("width");
  }, width);
  const before = await drawn("");
  assert.equal(await drawn("47px"), before);
  assert.equal(await drawn("300px"), "300");
  assert.equal(await drawn(""), before);
}

async function order(page) {
  await page.locator("#tools").waitFor();
  const headings = await page.locator("#tools h2").allTextContents();
  assert.deepEqual(headings, ["Formula", "Compare", "Verify", "Benchmark", "Softmax with temperature", "Report"]);
}

/** Functions of rows by their definitions, in f64. */
const ROWS = {
  softmax(scores) {
    const sum = scores.map(Math.exp).reduce((a, b) => a + b);
    return scores.map((score) => Math.exp(score) / sum);
  },
  log_softmax: (scores) => ROWS.softmax(scores).map(Math.log),
  logsumexp: (scores) => [Math.log(scores.map(Math.exp).reduce((a, b) => a + b))],
  cross_entropy: (scores) => ROWS.log_softmax(scores).map((y) => -y),
  hardmax: (scores) => scores.map((score) => (score === Math.max(...scores) ? 1 : 0)),
  sparsemax(scores) {
    // By bisection: the sum falls as the threshold rises.
    let [low, high] = [Math.max(...scores) - 1, Math.max(...scores)];
    const above = (threshold) => scores.map((score) => Math.max(0, score - threshold));
    for (let step = 0; step < 100; step++) {
      const middle = (low + high) / 2;
      if (above(middle).reduce((a, b) => a + b) > 1) low = middle;
      else high = middle;
    }
    return above(low);
  },
};

/** A number as the page writes it. */
const number = (text) => Number(text.replaceAll("−", "-").replace("∞", "Infinity"));

async function rows(whole) {
  const page = region(whole, "Softmax with temperature");
  const caption = page.locator("#rows-caption");
  const fill = (label, value) => page.getByLabel(label, { exact: true }).fill(value);
  /** Waits for the row of these, and compares all of it: the table, the bars, and the errors. */
  const held = async (name, logits, own) => {
    await caption.filter({ hasText: new RegExp(`^${name} `) }).waitFor({ timeout: MINUTE });
    await page.locator("#rows-table thead th").nth(1).filter({ hasText: `${own}, yours` }).waitFor({ timeout: MINUTE });
    const count = ROWS[name](logits).length;
    await page.locator("#rows-table tbody tr").nth(count).waitFor({ state: "detached" });
    const shown = await page.locator("#rows-table tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
    assert.equal(shown.length, count);
    // One result of a row is no picture.
    const drawn = count === logits.length;
    assert.equal(await page.locator("#rows-bars").isVisible(), drawn);
    const heights = await page.locator(".bars").evaluateAll((panels) =>
      panels.map((panel) => [...panel.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("height")))));
    assert.equal(heights.length, 4);
    for (const [column, temperature] of [own, 0.5, 1, 2].entries()) {
      const exact = ROWS[name](logits.map((logit) => logit / temperature));
      exact.forEach((value, index) => {
        const got = number(shown[index][column + 1]);
        if (Number.isFinite(value)) near(got, value, `${name}(${logits[index]}) at ${temperature}`);
        else assert.equal(got, value);
      });
      if (!drawn) continue;
      // Bars are as long as their values are large.
      const finite = exact.filter(Number.isFinite).map(Math.abs);
      const scale = Math.max(...heights[column]) / Math.max(...finite);
      assert.equal(heights[column].length, finite.length);
      finite.forEach((size, index) => assert.ok(Math.abs(heights[column][index] - scale * size) < 0.1, `bar ${index} at ${temperature}`));
    }
    assert.match(await page.locator("#rows-status").textContent(), /^All within their bounds\. The largest error is [\d.]+ ULP\.$/);
    const errors = await page.locator("#rows-errors tbody tr td:nth-child(2)").allTextContents();
    assert.equal(errors.length, 4);
    for (const error of errors) assert.match(error, /passes, [\d.]+ \/ 4/);
  };
  await held("softmax", [2, 1, 0.1, -1], 0.25);
  const functions = await page.getByLabel("Function").locator("option").allTextContents();
  assert.deepEqual(functions.toSorted(), [...Object.keys(ROWS), "gumbel_softmax"].toSorted());
  await page.getByLabel("temperature, slider").press("Home");
  assert.equal(await page.getByLabel("temperature", { exact: true }).inputValue(), "0.1");
  await page.getByRole("textbox").fill("3 0 -3");
  for (const name of Object.keys(ROWS)) {
    await page.getByLabel("Function").selectOption(name);
    await held(name, [3, 0, -3], 0.1);
  }
  await drawn(page);
  // Beyond the slider; and one that is masked.
  await fill("temperature", "40");
  await page.getByRole("textbox").fill("0.5, -inf, 0.25");
  await page.getByLabel("Function").selectOption("log_softmax");
  await held("log_softmax", [0.5, -Infinity, 0.25], 40);
  for (const [logits, said] of [["3 zero", "“zero” is not a number"], ["1e39", "“1e39” is not"], [" ", "at least one"],
    ["1 ".repeat(65), "65 numbers are too many"]]) {
    await page.getByRole("textbox").fill(logits);
    await page.getByRole("alert").filter({ hasText: said }).waitFor();
  }
  await page.getByRole("textbox").fill("2, -1, 0.5, 3, 2.5, -inf, 0, 1, -2, 2.9");
  await fill("temperature", "0");
  await page.getByRole("alert").filter({ hasText: "above 0" }).waitFor();
  await fill("temperature", "0.25");
  await page.getByLabel("Function").selectOption("softmax");
  await held("softmax", [2, -1, 0.5, 3, 2.5, -Infinity, 0, 1, -2, 2.9], 0.25);
}

/** Another seed draws other noise. Only gumbel_softmax has one. */
async function drawn(page) {
  const seed = page.getByLabel("Seed of the noise");
  assert.equal(await seed.isVisible(), false);
  await page.getByLabel("Function").selectOption("gumbel_softmax");
  const caption = page.locator("#rows-caption").filter({ hasText: /^gumbel_softmax / });
  await caption.waitFor({ timeout: MINUTE });
  const weights = () => page.locator("#rows-table tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(1).map((cell) => cell.textContent)));
  const first = await weights();
  await seed.fill("2");
  const last = page.locator("#rows-table tbody tr").first().locator("td").last();
  await last.filter({ hasNotText: first[0].at(-1) }).waitFor({ timeout: MINUTE });
  for (const column of [0, 1, 2, 3]) {
    const sum = (await weights()).reduce((sum, row) => sum + number(row[column]), 0);
    assert.ok(Math.abs(sum - 1) < 1e-3, `${sum}`);
  }
  assert.match(await page.locator("#rows-status").textContent(), /^All within their bounds\./);
  await seed.fill("0.5");
  await page.getByRole("alert").filter({ hasText: "whole number" }).waitFor();
  await seed.fill("2");
}

/** Types a formula as a visitor does, and waits until its errors are there. `read` is how the library writes it. */
async function write(page, text, read = text) {
  const box = region(page, "Formula");
  const typed = box.getByRole("textbox");
  await typed.fill("");
  await typed.pressSequentially(text);
  await box.locator("#formula-caption").filter({ hasText: `${read}: f from` }).waitFor({ timeout: MINUTE });
  await box.locator("#formula-status").filter({ hasText: /^(All|Beyond|That)/ }).waitFor({ timeout: MINUTE });
  return box;
}

/** What the slider reads at this point: {x, f, derivative, second}. */
async function reading(box, point) {
  await box.getByLabel("Read the formula at").fill(String(point));
  const text = (await box.locator("#formula-values").textContent()).replaceAll("−", "-");
  const [x, f, derivative, second] = text.match(/-?\d[\d.e+-]*/g).map(Number);
  return { x, f, derivative, second };
}

function near(got, exact, what) {
  assert.ok(Math.abs(got - exact) <= 1e-3 * Math.abs(exact) + 1e-6, `${what}: ${got} for ${exact}`);
}

async function formula(page) {
  const box = await write(page, "x * tanh(exp(x))");
  for (const point of [0, 150, 300, 350, 600]) {
    const { x, f, derivative, second } = await reading(box, point);
    near(x, -6 + point / 50, "x");
    const [e, t] = [Math.exp(x), Math.tanh(Math.exp(x))];
    near(f, x * t, `f(${x})`);
    near(derivative, t + x * (1 - t * t) * e, `f′(${x})`);
    near(second, (1 - t * t) * e * (2 + x - 2 * x * t * e), `f″(${x})`);
  }

  await write(page, "gelu_erf(x + b[c]) * g");
  await box.getByLabel("b[c]", { exact: true }).fill("0.5");
  await box.getByLabel("g", { exact: true }).fill("2");
  // 2 · 0.5 · Φ(0.5), and 2 · (Φ(0.5) + 0.5 · φ(0.5)).
  await reading(box, 300);
  await box.locator("#formula-values").filter({ hasText: /^x = 0   f = 0\.6915   f′ = 1\.735   f″ = / }).waitFor();
  const rows = await box.locator("#formula-table tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.deepEqual(rows.map(([result]) => result), ["y", "dx", "dg", "db[c]"]);
  for (const [result, ulp, part] of rows) {
    assert.ok(Number(ulp) < 1e6, `${result}: ${ulp} ULP`);
    assert.match(part, /passes, /, result);
    assert.ok(Number(part.split(", ")[1]) <= 1, `${result}: ${part} of its bound`);
  }

  const shaders = await box.getByLabel("Show").locator("option").allTextContents();
  assert.equal(shaders.length, 6, shaders.join("; "));
  for (const title of shaders) {
    await box.getByLabel("Show").selectOption(title);
    const wgsl = await box.locator("#formula-wgsl").textContent();
    assert.ok(wgsl.includes(title.endsWith("shader") ? "@compute" : "fn formula("), title);
    await box.getByRole("button", { name: "Copy the WGSL" }).click();
    await box.locator("#formula-copied").filter({ hasText: "Copied." }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), wgsl);
  }
}

async function mistakes(page) {
  const box = region(page, "Formula");
  const typed = box.getByRole("textbox");
  const marked = async (text, place, said) => {
    await typed.fill(text);
    await box.locator("#formula-mistake .place").filter({ hasText: text }).waitFor();
    await box.getByRole("alert").filter({ hasText: said }).waitFor();
    assert.equal(await typed.getAttribute("aria-invalid"), "true");
    assert.equal(await box.locator("#formula-mistake .place").textContent(), text + (place === text.length ? "\u00a0" : ""));
    const before = await box.locator("#formula-mistake mark").evaluate((mark) => mark.previousSibling.textContent);
    assert.equal(before, text.slice(0, place));
  };
  await marked("x * tanj(x)", 4, "No function is called “tanj”. The nearest name is “tanh”.");
  await marked("x * (x +", 8, "was expected");
  await marked("x * * x", 4, "was expected");
  await typed.fill("x[c] + x");
  await box.getByRole("alert").filter({ hasText: "is written in two ways" }).waitFor();
  await shoot(page, "mistake");
  // What has no curve still has errors and WGSL.
  await typed.fill("s[] = x * x");
  await box.getByText("There is a curve where").waitFor();
  await box.locator("#formula-table tbody th").filter({ hasText: "s[]" }).waitFor({ timeout: MINUTE });
  assert.equal(await typed.getAttribute("aria-invalid"), "false");
  // In place, several results, what learns, what is drawn; and what has no operand at all.
  for (const [text, read] of [["x = x + 0.5 * z"], ["a = sin(x); b = cos(x)"], ["dropout(x, 0.25) * w[]", "chain(x, keep(0.25, 0)) * w[]"],
    ["leaky_relu(x, k) with k = 0.5"]]) {
    await write(page, text, read);
    assert.match(await box.locator("#formula-status").textContent(), /^All within their bounds/, text);
  }
  await box.getByLabel("k", { exact: true }).fill("-1");
  await box.locator("#formula-caption").filter({ hasText: "f from 0 to 6, f′ from −1 to 1" }).waitFor({ timeout: MINUTE });
  await typed.fill("1 + 2");
  await box.getByText("There is a curve where").waitFor();
  await typed.fill(`${"(".repeat(3000)}x${")".repeat(3000)}`);
  await box.getByRole("alert").filter({ hasText: "levels of nesting" }).waitFor();
}

async function stable(page) {
  const box = region(page, "Formula");
  await box.getByRole("button", { name: "x * tanh(log(1 + exp(x)))" }).click();
  await box.getByText("log(1 + exp(x)) is softplus(x, 1, 20)").waitFor();
  const take = box.getByRole("button", { name: "Take the stable form" });
  await take.press("Enter");
  await take.waitFor({ state: "hidden" });
  assert.equal(await box.getByRole("textbox").inputValue(), "x * tanh(softplus(x, 1, 20))");
  assert.equal(await page.evaluate(() => document.activeElement.id), "formula-text");
}

async function share(page, context) {
  const box = await write(page, "relu(x + b[c]) * from");
  await box.getByLabel("b[c]", { exact: true }).fill("0.25");
  await box.getByLabel("from", { exact: true }).fill("3");
  await box.getByRole("spinbutton", { name: "x from" }).fill("-2");
  await box.getByRole("button", { name: "Copy a link to it" }).click();
  await box.locator("#formula-shared").filter({ hasText: "Copied." }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const { page: other, faults } = await open(context, undefined, link);
  const shows = (text) => other.locator("#formula-caption").filter({ hasText: text }).waitFor({ timeout: MINUTE });
  await shows("relu(x + b[c]) * from: f from 0 to 18.75, f′ from 0 to 3");
  assert.equal(await region(other, "Formula").getByRole("spinbutton", { name: "x from" }).inputValue(), "-2");
  // As when another link is put into the same tab's address.
  await other.evaluate(() => (location.hash = "formula=3*x&to=1"));
  await shows("3 * x: f from −6 to 3");
  assert.deepEqual(faults, []);
  await other.close();
}

async function shareRest(page, context) {
  const copied = async (name) => {
    await region(page, name).getByRole("button", { name: "Copy a link to it" }).click();
    await region(page, name).getByText("Copied.").waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const rows = await copied("Softmax with temperature");
  await page.getByLabel("Activation").first().selectOption("leaky_relu");
  await page.getByLabel("negative_slope", { exact: true }).fill("0.5");
  const compared = await copied("Compare");
  // The address itself has all of them; a link only what it is of.
  await page.waitForURL(/#.*formula=.*plot=leaky_relu/);
  assert.ok(!rows.includes("formula=") && !compared.includes("formula=") && !compared.includes("logits="));

  const { page: other, faults } = await open(context, undefined, rows.replace("rows=softmax", "rows=sparsemax"));
  const section = region(other, "Softmax with temperature");
  await section.locator("#rows-caption").filter({ hasText: "sparsemax" }).waitFor({ timeout: MINUTE });
  assert.equal(await section.getByRole("textbox").inputValue(), "2, -1, 0.5, 3, 2.5, -inf, 0, 1, -2, 2.9");
  assert.equal(await section.getByLabel("temperature", { exact: true }).inputValue(), "0.25");
  await other.waitForFunction(() => scrollY > 0);
  await other.evaluate((hash) => (location.hash = hash), new URL(compared).hash);
  const shows = (text) => other.locator("#plot-caption").filter({ hasText: text }).waitFor({ timeout: MINUTE });
  await shows(/leaky_relu\(negative_slope=0\.5\): f from −3 to 6.*, silu from/);
  // What no longer exists is left as it was.
  await other.evaluate(() => (location.hash = "plot=no_more&plot.to=3&rows=no_more&logits=7"));
  await shows("leaky_relu(negative_slope=0.5): f from −3 to 3");
  await section.locator("#rows-table tbody tr").nth(1).waitFor({ state: "detached" });
  assert.match(await section.locator("#rows-caption").textContent(), /^sparsemax/);
  assert.deepEqual(faults, []);
  await other.close();
  await page.getByLabel("Activation").first().selectOption("gelu_erf");
}

async function keyboard(page) {
  const reached = new Set();
  await page.locator("h1").click();
  for (let press = 0; press < 100; press++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id));
  }
  for (const id of ["formula-text", "formula-from", "formula-to", "formula-share", "formula-reading", "formula-scroll", "formula-shader",
    "formula-copy", "formula-wgsl", "plot-activation", "plot-from", "plot-to", "plot-compare", "plot-share", "plot-reading",
    "verify-inputs", "verify-start", "bench-activation", "bench-elements", "bench-start", "rows-function", "rows-logits",
    "rows-temperature-slider", "rows-temperature", "rows-share", "rows-scroll", "rows-errors-scroll"]) {
    assert.ok(reached.has(id), `${id} is not reached`);
  }
}

async function verify(page) {
  await page.evaluate(() => {
    globalThis.longest = 0;
    const observe = (list) => list.getEntries().forEach(({ duration }) => (globalThis.longest = Math.max(longest, duration)));
    new PerformanceObserver(observe).observe({ type: "longtask" });
  });
  await page.getByLabel("Inputs for each check").selectOption("4096");
  await page.getByRole("button", { name: "Verify this GPU" }).press("Enter");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.getByRole("progressbar", { name: "Progress of the verification" }).waitFor();
  const status = page.locator("#verify-status");
  await status.filter({ hasText: /^(Done|That failed)/ }).waitFor({ timeout: 10 * MINUTE });
  const failures = await page.locator("#verify-failures").textContent();
  assert.match(await status.textContent(), /^Done: all \d+ checks passed\.$/, failures);

  const activations = await page.locator("#plot-activation option").allTextContents();
  assert.ok(activations.length > 30);
  assert.deepEqual(await page.locator("#verify-table tbody th").allTextContents(), activations);
  // Forward, backward and the gate in every row, with an error and a budget.
  const cells = await page.locator("#verify-table tbody tr").evaluateAll((rows) =>
    rows.flatMap((row) => [1, 2, 6].map((column) => row.cells[column].textContent)));
  for (const cell of cells) assert.match(cell, /passes, \d+\.\d\d \/ [\d.]+/);
  const functions = await page.locator("#rows-function option").allTextContents();
  assert.deepEqual(await page.locator("#verify-rows-table tbody th").allTextContents(), functions);
  for (const cell of await page.locator("#verify-rows-table tbody td:nth-child(2)").allTextContents()) {
    assert.match(cell, /passes, \d+\.\d\d \/ [\d.]+/);
  }
  assert.match(await page.locator("#verify-probe").textContent(), /largest errors: \+ and − 0\.5/);
  const longest = await page.evaluate(() => globalThis.longest);
  assert.ok(longest < 1000, `the page stood still for ${longest} ms`);
}

async function bench(page) {
  await page.locator("#bench-activation").selectOption("silu");
  await page.getByLabel("Elements").selectOption("65536");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.locator("#bench-status").filter({ hasText: /^(Done|That failed)/ }).waitFor({ timeout: 2 * MINUTE });
  assert.match(await page.locator("#bench-status").textContent(), /^Done: 1 measured/);
  const cells = await page.locator("#bench-table tbody tr > *").allTextContents();
  assert.equal(cells[0], "silu");
  assert.equal(cells.length, 6);
  for (const cell of cells.slice(1)) assert.ok(Number.parseFloat(cell) > 0, cell);
}

async function report(page) {
  const downloaded = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the report" }).click();
  const { backend, kind, browser, probe, checks, rows, timings } = JSON.parse(await readFile(await (await downloaded).path(), "utf8"));
  assert.equal(backend, "BrowserWebGpu");
  assert.equal(kind, "software adapter");
  assert.match(browser, /Chrome/);
  assert.ok(probe.keeps_nan !== undefined && checks.length > 100 && checks.every(({ pass }) => pass));
  assert.ok(rows.length > 100 && rows.every(({ pass }) => pass));
  assert.ok([...checks, ...rows].every(({ max_ulp, budget }) => max_ulp !== null && max_ulp <= budget));
  assert.equal(timings.length, 1);
  const { activation, elements, ...nanoseconds } = timings[0];
  assert.deepEqual([activation, elements, Object.keys(nanoseconds).length], ["silu", 65536, 5]);
  assert.ok(Object.values(nanoseconds).every((ns) => ns > 0));
}

/** The example without wasm: its plan through WebGPU alone. */
async function plain(context) {
  const folder = fileURLToPath(new URL("../../examples/javascript", import.meta.url));
  const server = await serve(folder, 0);
  try {
    const page = await context.newPage();
    await page.goto(originOf(server));
    await page.locator("output").filter({ hasText: "dbias = " }).waitFor({ timeout: MINUTE });
    const { inputs, y, dbias } = await page.evaluate(() => {
      const { inputs, y, dbias } = globalThis.results;
      const lists = Object.entries({ ...inputs, y, dbias }).map(([name, values]) => [name, [...values]]);
      const { y: result, dbias: gradient, ...rest } = Object.fromEntries(lists);
      return { inputs: rest, y: result, dbias: gradient };
    });
    // The normal distribution by a sum of its density: 4000 strips from -8 are good for six digits.
    const density = (u) => Math.exp((-u * u) / 2) / Math.sqrt(2 * Math.PI);
    const distribution = (u) => {
      const step = (u + 8) / 4000;
      let sum = (density(-8) + density(u)) / 2;
      for (let strip = 1; strip < 4000; strip++) sum += density(-8 + strip * step);
      return sum * step;
    };
    const u = (index) => inputs.x[index] + inputs.bias[index % 1024];
    for (const index of [0, 1, 1023, 1024, 2222, 4095]) near(y[index], u(index) * distribution(u(index)) * inputs.gate[index], `y[${index}]`);
    for (const channel of [0, 5, 1023]) {
      const terms = [0, 1, 2, 3].map((row) => {
        const index = 1024 * row + channel;
        return inputs.dy[index] * inputs.gate[index] * (distribution(u(index)) + u(index) * density(u(index)));
      });
      near(dbias[channel], terms.reduce((a, b) => a + b), `dbias[${channel}]`);
    }
    await page.close();
  } finally {
    server.close();
  }
}

async function refuses(context, before) {
  const { page, faults } = await open(context, before);
  await page.getByRole("heading", { name: "This page needs WebGPU" }).waitFor({ timeout: MINUTE });
  assert.ok(await page.locator("#tools").isHidden());
  assert.equal(await page.evaluate(() => document.activeElement.id), "no-gpu");
  assert.deepEqual(faults, []);
  const reason = await page.locator("#no-gpu-reason").textContent();
  assert.ok(reason.length > 20, reason);
  return { page, reason };
}

try {
  await mkdir(screenshots, { recursive: true });
  await withBrowser(WEBGPU, withWebGpu);
  await withBrowser([], async (context) => {
    await test("without WebGPU the page says so, and what to do", async () => {
      const hide = () => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
      const { page, reason } = await refuses(context, (page) => page.addInitScript(hide));
      assert.match(reason, /does not offer WebGPU/);
      await shoot(page, "without");
    });
    await test("with WebGPU but no adapter it says that", async () => {
      const none = "GPU.prototype.requestAdapter = async () => null;\n";
      const { reason } = await refuses(context, (page) => beforeTheWorker(page, none));
      assert.match(reason, /gives no device: /);
    });
  });
  console.log(`${passed} passed, 0 failed`);
} finally {
  server.close();
}

/** Runs a script in the worker, before its own; init scripts do not reach workers. */
async function beforeTheWorker(page, script) {
  await page.route("**/worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: script + (await response.text()) });
  });
}
