// needs: figure/controls.js
// A heat map of numbers from 0 to 1, with a cell that pointer and arrow keys mark.
"use strict";

(() => {
  const { make, svg } = figure;
  const CELL = 20;
  const MARGIN = 22; // for a label a row and a column
  const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  /** One map under its name: move(row, column) is called when the reader marks another cell. */
  class Heat {
    constructor(name, move) {
      this.move = move;
      this.at = [0, 0];
      this.caption = make("p", { class: "interactive-caption" });
      this.picture = svg("svg", { class: "heat", tabindex: 0, role: "application", "aria-roledescription": "heat map",
        keydown: (event) => this.key(event), pointerdown: (event) => this.point(event),
        pointermove: (event) => event.buttons && this.point(event) });
      this.element = make("div", {}, make("p", { class: "interactive-name" }, name), this.picture, this.caption);
      this.name = name;
    }

    /**
     * Show numbers row by row, with the names of rows and columns. `free` tells which cells there are, `room` for how
     * many rows and columns place is held, so that nothing below moves as the map grows.
     */
    show({ data }, rows, columns, { free = () => true, room = [rows.length, columns.length] } = {}) {
      const [height, width] = room.map((count) => MARGIN + count * CELL + 2);
      Object.assign(this, { rows, columns, width });
      const cells = rows.flatMap((_, i) => columns.map((_, j) => free(i, j) && svg("rect", {
        x: MARGIN + j * CELL, y: MARGIN + i * CELL, width: CELL, height: CELL, class: "heat-cell",
        "fill-opacity": data[i * columns.length + j].toFixed(4) })));
      const words = (texts, x, y) => texts.map((one, i) => svg("text", { x: x(i), y: y(i) }, one));
      const middle = (i) => MARGIN + (i + 0.5) * CELL;
      this.cursor = svg("rect", { width: CELL, height: CELL, class: "heat-mark" });
      this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.picture.replaceChildren(...cells.filter(Boolean), ...words(columns, middle, () => MARGIN - 7),
        ...words(rows, () => MARGIN / 2, (i) => middle(i) + 5), this.cursor);
    }

    /** Mark a cell, and say of the map what `words` say of it. */
    mark([row, column], words) {
      this.at = [row, column];
      this.cursor.setAttribute("x", MARGIN + column * CELL);
      this.cursor.setAttribute("y", MARGIN + row * CELL);
      this.picture.setAttribute("aria-label", `${this.name}. ${words} Arrow keys mark another cell.`);
    }

    key(event) {
      const way = WAYS[event.key] ?? { Home: [0, -this.at[1]], End: [0, this.columns.length - 1 - this.at[1]] }[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const inside = (value, count) => Math.min(Math.max(value, 0), count - 1);
      this.move(inside(this.at[0] + way[0], this.rows.length), inside(this.at[1] + way[1], this.columns.length));
    }

    point(event) {
      const { left, top, width } = this.picture.getBoundingClientRect();
      const unit = this.width / width;
      const [row, column] = [event.clientY - top, event.clientX - left].map((one) => Math.floor((one * unit - MARGIN) / CELL));
      if (row >= 0 && row < this.rows.length && column >= 0 && column < this.columns.length) this.move(row, column);
    }
  }

  Object.assign(figure, { Heat });
})();
