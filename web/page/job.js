// A run over many activations, one after the other: buttons, progress, status, stopping.

import { element } from "./dom.js";

export class Job {
  #id;
  #stopped = false;
  #announced = -1;

  /** The controls are `${id}-start`, `-stop`, `-progress` and `-status`; `run` gets this job. */
  constructor(id, run) {
    this.#id = id;
    this.#part("start").addEventListener("click", () => this.#run(run));
    this.#part("stop").addEventListener("click", () => {
      this.#stopped = true;
      this.say("Stopping …");
    });
  }

  #part(name) {
    return element(`${this.#id}-${name}`);
  }

  async #run(run) {
    this.#stopped = false;
    this.#announced = -1;
    this.#show(true);
    this.#part("stop").focus();
    try {
      await run(this);
    } catch (error) {
      this.say(`That failed: ${error.message}`);
    }
    const focused = document.activeElement === this.#part("stop");
    this.#show(false);
    if (focused) this.#part("start").focus();
  }

  #show(running) {
    this.#part("start").disabled = running;
    this.#part("stop").hidden = !running;
    this.#part("progress").hidden = !running;
    this.#part("progress").value = 0;
  }

  get stopped() {
    return this.#stopped;
  }

  /** How far it is, in [0, 1]. Screen readers hear every tenth. */
  progress(fraction, doing) {
    this.#part("progress").value = fraction;
    const tenth = Math.floor(fraction * 10);
    if (tenth > this.#announced && !this.#stopped) {
      this.#announced = tenth;
      this.say(`${tenth * 10} %: ${doing} …`);
    }
  }

  say(text) {
    this.#part("status").textContent = text;
  }
}
