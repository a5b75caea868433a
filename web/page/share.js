// The formula in the page's address, after the #: nothing of it reaches a server.

/** Before names of operands, lest one of them be called `from`. */
const HELD = "with.";

/** {text, from, to, held: {name: value}} */
export function remember({ text, from, to, held }) {
  const parts = new URLSearchParams({ formula: text, from, to });
  for (const [name, value] of Object.entries(held)) parts.set(HELD + name, value);
  // Replaced, not added: each key would else be a step back.
  history.replaceState(null, "", `#${parts}`);
}

/** What `remember` has left, or null: {text, from, to, held: [[name, value], ...]}. */
export function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (!parts.has("formula")) return null;
  const held = [...parts].filter(([key]) => key.startsWith(HELD)).map(([key, value]) => [key.slice(HELD.length), Number(value)]);
  return {
    text: parts.get("formula"),
    from: parts.get("from"),
    to: parts.get("to"),
    held: held.filter(([, value]) => Number.isFinite(value)),
  };
}
