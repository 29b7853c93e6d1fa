// needs: figure/controls.js
// A canvas that shows part of the plane, sharp on every screen, and a point of it that the reader moves.
"use strict";

(() => {
  const { fresh, make } = figure;

  /** A canvas that shows a window of the plane, sharp on every screen; draw() is called when it has to be drawn. */
  class Plane {
    constructor(label, draw) {
      this.canvas = make("canvas", { class: "interactive-plane", tabindex: 0, "aria-label": label });
      this.pen = this.canvas.getContext("2d");
      this.draw = draw;
      new ResizeObserver(() => this.refresh()).observe(this.canvas);
      // The colours are those of the page, in light and in dark.
      new MutationObserver(() => this.refresh()).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh());
    }

    refresh() {
      this.inks = {};
      this.size = this.canvas.clientWidth;
      const pixels = Math.round(this.size * (window.devicePixelRatio || 1));
      if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
      this.pen.setTransform(pixels / this.size, 0, 0, pixels / this.size, 0, 0);
      if (this.size > 0) {
        this.pen.clearRect(0, 0, this.size, this.size);
        this.draw();
      }
    }

    /** A colour of the page, by its name in the style sheets. */
    ink(name) {
      this.inks[name] ??= getComputedStyle(this.canvas).getPropertyValue(`--${name}`).trim();
      return this.inks[name];
    }

    /** Show [[left, right], [low, high]], with room on two sides if it is no square: a circle stays a circle. */
    show(shownWindow) {
      this.window = shownWindow;
      const half = Math.max(...shownWindow.map(([from, to]) => to - from)) / 2;
      [[this.left, this.right], [this.low, this.high]] = shownWindow.map(([from, to]) =>
        [(from + to) / 2 - half, (from + to) / 2 + half]);
    }

    /** Call back with an angle when the picture is dragged sideways, or an arrow key pressed. */
    turnedBy(turn) {
      const { canvas } = this;
      canvas.classList.add("is-turned");
      canvas.setAttribute("role", "application");
      canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
      canvas.addEventListener("pointermove", (event) => event.buttons && turn(event.movementX / 120));
      canvas.addEventListener("keydown", (event) => {
        const way = { ArrowLeft: -1, ArrowRight: 1, Home: 0, End: 0 }[event.key]; // a turn has no end
        if (way === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        turn(way * 0.15);
      });
    }

    /** Where a point of the plane lies on the canvas, in pixels. */
    place([x, y]) {
      return [((x - this.left) / (this.right - this.left)) * this.size, ((this.high - y) / (this.high - this.low)) * this.size];
    }

    /** The point below an event of the pointer. */
    below(event) {
      const { left, top } = this.canvas.getBoundingClientRect();
      return [
        this.left + ((event.clientX - left) / this.size) * (this.right - this.left),
        this.high - ((event.clientY - top) / this.size) * (this.high - this.low),
      ];
    }

    /** Draw lines, each through its points; polygons when there is a fill. */
    lines(all, { stroke, fill, width = 1, dash = [], alpha = 1 }) {
      const { pen } = this;
      pen.beginPath();
      for (const points of all) {
        points.forEach((point, i) => pen[i ? "lineTo" : "moveTo"](...this.place(point)));
        if (fill) pen.closePath();
      }
      Object.assign(pen, { strokeStyle: stroke, fillStyle: fill, lineWidth: width, lineJoin: "round", globalAlpha: alpha });
      pen.setLineDash(dash);
      if (fill) pen.fill();
      pen.globalAlpha = 1;
      pen.stroke();
      pen.setLineDash([]);
    }

    /** Draw an arrow from one point to another. */
    arrow(from, to, stroke) {
      const [[x, y], [u, v]] = [from, to].map((point) => this.place(point));
      this.arrowBy(from, [u - x, v - y], stroke);
    }

    /** Draw an arrow that reaches as far as `by` says, in pixels. */
    arrowBy(from, by, stroke, { width = 2, head = 11 } = {}) {
      const length = Math.hypot(...by);
      if (!(length >= 3)) return;
      const [x, y] = this.place(from);
      const [u, v] = [x + by[0], y + by[1]];
      const angle = Math.atan2(by[1], by[0]);
      const back = (far, side = 0) => [u - far * Math.cos(angle + side), v - far * Math.sin(angle + side)];
      const { pen } = this;
      const size = Math.min(head, length);
      Object.assign(pen, { strokeStyle: stroke, fillStyle: stroke, lineWidth: width }).beginPath();
      pen.moveTo(x, y);
      pen.lineTo(...back(0.65 * size));
      pen.stroke();
      pen.beginPath();
      pen.moveTo(u, v);
      for (const side of [-0.45, 0.45]) pen.lineTo(...back(size, side));
      pen.fill();
    }

    dot(point, colour, radius = 6) {
      const { pen } = this;
      pen.beginPath();
      pen.arc(...this.place(point), radius, 0, 7);
      Object.assign(pen, { fillStyle: colour, strokeStyle: this.ink("sheet"), lineWidth: 2 }).fill();
      pen.stroke();
    }
  }

  /** Have a point of a plane moved: by pointer, by touch, by arrow keys, and by two fields for its coordinates. */
  class Point {
    constructor(plane, help, names, changed) {
      Object.assign(this, { plane, changed, at: [0, 0] });
      const { canvas } = plane;
      const id = fresh("help");
      this.help = make("p", { class: "interactive-help", id }, help);
      for (const [name, value] of [["role", "application"], ["aria-describedby", id]]) canvas.setAttribute(name, value);
      this.fields = names.map((name, i) =>
        make("input", { type: "number", step: "any", "aria-label": name, change: () => this.typed(i) }));
      this.form = make("p", { class: "interactive-point" }, ...names.flatMap((name, i) => [make("span", {}, `${name} =`), this.fields[i]]));
      canvas.addEventListener("keydown", (event) => this.key(event));
      canvas.addEventListener("pointerdown", (event) => this.down(event));
      canvas.addEventListener("pointermove", (event) => this.held && this.move(plane.below(event)));
      canvas.addEventListener("click", (event) => this.move(plane.below(event)));
      for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.held = false));
      // A finger that takes hold of the point drags it; anywhere else it scrolls the page, or taps.
      canvas.addEventListener("touchstart", (event) => this.near(event.touches[0]) && event.preventDefault(), { passive: false });
    }

    near(event) {
      const [[x, y], [u, v]] = [this.at, this.plane.below(event)].map((point) => this.plane.place(point));
      return Math.hypot(x - u, y - v) < 36;
    }

    down(event) {
      if (event.button > 0) return;
      this.held = event.pointerType === "mouse" || this.near(event);
      if (!this.held) return;
      this.plane.canvas.setPointerCapture(event.pointerId);
      this.move(this.plane.below(event));
    }

    key(event) {
      const far = 1e9; // as far as the window goes
      const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1], Home: [-far, 0], End: [far, 0] };
      const direction = directions[event.key];
      if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const { left, right } = this.plane;
      const step = (event.shiftKey ? 1 / 8 : 1 / 80) * (right - left);
      this.move(this.at.map((value, i) => value + direction[i] * step));
    }

    typed(i) {
      const value = this.fields[i].valueAsNumber;
      this.move(this.at.map((old, j) => (i === j && Number.isFinite(value) ? value : old)), 12);
    }

    /** Go there, kept inside the window, at once. */
    move(to, digits = 3) {
      cancelAnimationFrame(this.frame);
      this.at = this.plane.window.map(([from, end], i) => Number(Math.min(Math.max(to[i], from), end).toFixed(digits)));
      this.fields.forEach((field, i) => (field.value = Number(this.at[i].toFixed(4))));
      this.changed();
    }

    /** Go there step by step; at once for a reader who wants no motion. */
    glide(to) {
      const [from, begun] = [this.at, performance.now()];
      const frame = (now) => {
        const t = figure.calm.matches ? 1 : Math.min(Math.max((now - begun) / 350, 0), 1);
        const eased = t * t * (3 - 2 * t);
        this.move(from.map((value, i) => value + eased * (to[i] - value)), 12);
        if (t < 1) this.frame = requestAnimationFrame(frame);
      };
      frame(begun);
    }
  }

  Object.assign(figure, { Plane, Point });
})();
