// What a section shows, in the page's address, after the #: nothing of it reaches a server.

/** Milliseconds without a change until the address is another one: browsers refuse many at once, as a slider makes them. */
const PAUSE = 300;

const parts = () => [...new URLSearchParams(location.hash.slice(1))];

export class Share {
  #name;
  #owns;
  #waiting;

  /** The section is in the address where `name` is; `owns` tells its other keys. */
  constructor(name, owns) {
    this.#name = name;
    this.#owns = ([key]) => key === name || owns(key);
  }

  /** Puts the pairs of keys and values that `tell` returns into the address, after a pause. Those of other sections stay. */
  remember(tell) {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      const others = parts().filter((part) => !this.#owns(part));
      // Replaced, not added: each would else be a step back.
      history.replaceState(null, "", `#${new URLSearchParams([...others, ...tell()])}`);
    }, PAUSE);
  }

  /** What `remember` has left, by key, or null. */
  recall() {
    const own = new Map(parts().filter(this.#owns));
    return own.has(this.#name) ? own : null;
  }

  /** Calls `take` with what the address has, now and whenever another link is put there; shows the panel where it has nothing else. Returns
   * whether it has anything now. */
  follow(panel, take) {
    const taken = this.recall();
    if (taken) take(taken);
    if (taken && parts().every(this.#owns)) panel.scrollIntoView();
    addEventListener("hashchange", () => {
      const taken = this.recall();
      if (!taken) return;
      clearTimeout(this.#waiting);
      take(taken);
    });
    return Boolean(taken);
  }

  /** An address of this section alone. */
  link(entries) {
    const link = new URL(location.href);
    link.hash = new URLSearchParams(entries);
    return link.href;
  }
}
