// What figures are made of: elements, native controls with their labels, and the line that says what changed.
"use strict";

(() => {
  let made = 0;
  const fresh = (what) => `figure-${what}-${++made}`;

  /** Make an element; an attribute that is a function is a listener, one that is null is left out. */
  function fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value !== null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }
  const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
  const svg = (name, attributes = {}, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

  /** A number as it is shown, with a real minus and no minus zero. */
  function shown(value, digits = 3) {
    const text = Math.abs(value) >= 1e5 ? value.toExponential(digits) : value.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  }
  const pair = (values) => `(${values.map((value) => shown(value)).join(", ")})`;

  const button = (name, click) => make("button", { type: "button", click }, name);
  const bar = (...parts) => make("div", { class: "interactive-bar" }, ...parts);

  // Each control below is { label, input }: the label holds the input, and goes into the figure. It is named once
  // more by itself, because options and readings inside the label would become part of its name.

  /** Choose one of { value: words }, or of a list of words. */
  function choice(words, options, change) {
    const all = Array.isArray(options) ? options.map((one) => [one, one]) : Object.entries(options);
    const input = make("select", { "aria-label": words, change }, ...all.map(([value, text]) => make("option", { value }, text)));
    return { label: make("label", {}, `${words} `, input), input };
  }

  function checkbox(words, checked, change) {
    const input = make("input", { type: "checkbox", change });
    input.checked = checked;
    return { label: make("label", {}, input, ` ${words}`), input };
  }

  /** A slider; its value is shown beside it and spoken as say(value) has it. */
  function range(words, { say = String, ...attributes }, change) {
    const output = make("output", { class: "interactive-reading" });
    const input = make("input", { type: "range", "aria-label": words, ...attributes, input: () => { tell(); change(); } });
    function tell() {
      output.textContent = say(input.value);
      input.setAttribute("aria-valuetext", output.textContent);
    }
    tell();
    return { label: make("label", {}, `${words} `, input, output), input, tell };
  }

  /** A line of text that counts only where check(text) finds nothing wrong with it; what it finds is shown, and
   * value() is what counted last. Of a text that counts, warn(text) may say what to beware of. */
  function text(words, { value, check, warn = () => "", ...attributes }, change) {
    const id = fresh("wrong");
    const wrong = make("span", { class: "interactive-wrong", id, role: "status" });
    let counts = value;
    const input = make("input", { type: "text", value, "aria-label": words, "aria-describedby": id, autocomplete: "off", spellcheck: "false",
      ...attributes, input: () => {
        const refused = check(input.value);
        wrong.textContent = refused || warn(input.value);
        wrong.classList.toggle("is-warning", refused === "");
        input.setAttribute("aria-invalid", refused !== "");
        if (refused !== "") return;
        counts = input.value;
        change();
      } });
    return { label: make("label", {}, `${words} `, input), input, wrong, value: () => counts };
  }

  /** A list of values; set(name, words) changes one. */
  function values(names) {
    const places = Object.fromEntries(Object.keys(names).map((name) => [name, make("dd", { "data-value": name })]));
    const rows = Object.entries(names).map(([name, term]) => make("div", {}, make("dt", {}, term), places[name]));
    return { list: make("dl", { class: "interactive-values" }, ...rows), set: (name, words) => (places[name].textContent = words) };
  }

  /** A sentence on what changed, said when the reader has come to rest; seen too, unless it is only to be heard. */
  function status({ seen = true } = {}) {
    const element = make("p", { class: seen ? "interactive-said" : "visually-hidden", role: "status" });
    let waiting;
    return {
      element,
      tell(words) {
        clearTimeout(waiting);
        waiting = setTimeout(() => (element.textContent = words), 400);
      },
      /** Say nothing of what was just told: the reader did nothing. */
      hush: () => clearTimeout(waiting),
    };
  }

  /** Steps to go through: a slider, a step back and on, and a way to let them pass unless motion is unwanted. */
  function steps(words, { say, pace = 900 }, change) {
    let timer;
    const slider = range(words, { min: 1, max: 1, say }, () => { pause(); change(); });
    const { input } = slider;
    const playing = button("Play", () => (timer ? pause() : play()));
    const go = (to) => {
      input.value = to;
      slider.tell();
      change();
    };
    const on = (by) => () => { pause(); go(Number(input.value) + by); };
    function pause() {
      clearInterval(timer);
      timer = undefined;
      playing.textContent = "Play";
    }
    function play() {
      if (input.value === input.max) go(1);
      playing.textContent = "Pause";
      timer = setInterval(() => {
        go(Number(input.value) + 1);
        if (input.value === input.max) pause();
      }, pace);
    }
    function mind() {
      playing.hidden = figure.calm.matches;
      if (figure.calm.matches) pause();
    }
    figure.calm.addEventListener("change", mind);
    mind();
    return {
      parts: [slider.label, button("Step back", on(-1)), button("Step on", on(1)), playing],
      at: () => Number(input.value),
      /** There are so many now; stand at the last. */
      reset(count) {
        pause();
        input.max = count;
        input.value = count;
        slider.tell();
      },
    };
  }

  Object.assign(figure, { fresh, make, svg, shown, pair, button, bar, choice, checkbox, range, text, values, status, steps });
})();
