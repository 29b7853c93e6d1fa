// needs: figure/controls.js figure/plane.js digits.js digitnet.js
// A digit to draw: what the trained network takes it for, its feature maps, and what a unit of them sees.
"use strict";

(() => {
  const { bar, button, choice, make, Plane, range, shown, status, values } = figure;
  const { DigitNet } = figure.own;
  const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const FIRST = { digit: 7, unit: [0, 6, 7] };
  const REACH = 1.6; // pixels to where the ink of the pen ends

  const inside = (value, count) => Math.min(Math.max(value, 0), count - 1);

  function play(place) {
    const net = new DigitNet(figure.given("digits.js"));
    const { size } = net.config;
    let pixels = net.examples[FIRST.digit].slice();
    let pen = [size >> 1, size >> 1];
    let unit = FIRST.unit;
    let [seen, most] = [null, 1];

    const digits = Object.fromEntries(net.examples.map((_, digit) => [`the ${digit}`, digit]));
    const example = choice("Picture", [...Object.keys(digits), "your own"], () => {
      if (example.input.value in digits) change(net.examples[digits[example.input.value]].slice());
    });
    const keys = choice("Pen", ["draws", "erases", "is lifted"], () => said.tell(`The pen ${keys.input.value}.`));
    const clear = button("Clear", () => draw(new Float64Array(size * size)));
    const layer = choice("Maps after", Object.fromEntries(net.fields.map(({ name }, i) => [i, name])), () => {
      const [, rows, columns] = maps().shape;
      choose([0, rows >> 1, columns >> 1]);
    });
    const number = range("Map", { min: 1, max: 1, say: (at) => `${at} of ${most}` }, () =>
      choose([Number(number.input.value) - 1, unit[1], unit[2]]));

    const picture = new Plane("", drawPicture);
    const panel = new Plane("", drawMaps);
    for (const [plane, role] of [[picture, "picture to draw on"], [panel, "feature maps"]]) {
      plane.canvas.setAttribute("role", "application");
      plane.canvas.setAttribute("aria-roledescription", role);
    }
    picture.canvas.style.touchAction = "none";

    const list = values({ read: "Read as", unit: "Chosen unit", field: "It sees" });
    const bars = net.examples.map((_, digit) => ({
      meter: make("meter", { min: 0, max: 1, "aria-label": `Probability of ${digit}` }), words: make("span", { "data-value": `p${digit}` }) }));
    const rows = bars.map(({ meter, words }, digit) => make("div", {}, make("dt", {}, String(digit)), make("dd", {}, meter, " ", words)));
    const said = status();
    place.append(
      bar(example.label, keys.label, clear), bar(layer.label, number.label),
      make("div", { class: "interactive-panels" }, picture.canvas, panel.canvas),
      make("p", { class: "interactive-help" }, "Draw with pointer or finger, in the middle and about 20 pixels high as the digits it learned from; or focus the " +
        "picture: arrow keys move the pen. Click a unit of a map, or focus the maps: arrow keys move, Page Up and Page Down change the map."),
      list.list, make("dl", { class: "interactive-values" }, ...rows), said.element);

    example.input.value = `the ${FIRST.digit}`;
    layer.input.value = net.config.widths[0].length; // the first pooling
    look();
    choose(unit);
    said.hush();

    picture.canvas.addEventListener("pointerdown", (event) => {
      picture.canvas.setPointerCapture(event.pointerId);
      stroke(event);
    });
    picture.canvas.addEventListener("pointermove", (event) => event.buttons && stroke(event));
    picture.canvas.addEventListener("keydown", (event) => {
      const way = WAYS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      pen = pen.map((one, axis) => inside(one + way[axis], size));
      if (keys.input.value === "is lifted") {
        name();
        picture.refresh();
        said.tell(`Pen in row ${pen[0] + 1}, column ${pen[1] + 1}.`);
      } else ink(pen);
    });
    panel.canvas.addEventListener("pointerdown", (event) => {
      const { across, cell, height, width } = layout();
      const { left, top } = panel.canvas.getBoundingClientRect();
      const [y, x] = [event.clientY - top, event.clientX - left];
      const channel = Math.floor(y / cell) * across + Math.floor(x / cell);
      if (channel >= maps().shape[0]) return;
      choose([channel, inside(Math.floor(((y % cell) / (cell - 3)) * height), height), inside(Math.floor(((x % cell) / (cell - 3)) * width), width)]);
    });
    panel.canvas.addEventListener("keydown", (event) => {
      const way = { ...WAYS, PageUp: [-1], PageDown: [1] }[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      choose(way.length === 1 ? [unit[0] + way[0], unit[1], unit[2]] : [unit[0], unit[1] + way[0], unit[2] + way[1]]);
    });

    function maps() {
      return seen.maps[Number(layer.input.value)];
    }

    /** Lay ink, or take it away, around a place in pixels. */
    function ink([row, column]) {
      const erases = keys.input.value === "erases";
      draw(pixels.map((one, i) => {
        const near = Math.min(1, Math.max(0, REACH - Math.hypot(Math.floor(i / size) - row, (i % size) - column)));
        return erases ? Math.min(one, 1 - near) : Math.max(one, near);
      }));
    }
    function stroke(event) {
      const { left, top, width } = picture.canvas.getBoundingClientRect();
      const at = [event.clientY - top, event.clientX - left].map((one) => (one / width) * size - 0.5);
      pen = at.map((one) => inside(Math.round(one), size));
      ink(at);
    }
    function draw(next) {
      example.input.value = "your own";
      change(next);
    }
    function change(next) {
      pixels = next;
      look();
      tellUnit();
      said.tell(`Read as ${list.read}.`);
    }

    /** Run the network on the picture, and show what it takes it for. */
    function look() {
      seen = net.look(pixels);
      seen.shares.forEach((share, digit) => {
        bars[digit].meter.value = share;
        bars[digit].words.textContent = shown(share);
      });
      const order = seen.shares.map((_, digit) => digit).sort((one, other) => seen.shares[other] - seen.shares[one]);
      list.read = `${order[0]}, probability ${shown(seen.shares[order[0]])}, before ${order[1]}, ${shown(seen.shares[order[1]])}`;
      list.set("read", list.read);
      name();
      picture.refresh();
      panel.refresh();
    }

    /** Choose a unit: its map, row and column, moved into the map if it lies outside. */
    function choose(wanted) {
      unit = wanted.map((one, axis) => inside(one, maps().shape[axis]));
      number.input.max = most = maps().shape[0];
      number.input.value = unit[0] + 1;
      number.tell();
      said.tell(tellUnit());
      picture.refresh();
      panel.refresh();
    }
    /** The pixels that the chosen unit sees: [[first, last], …] along both axes, frame left out. */
    function field() {
      const { size: reach, step, start } = net.fields[Number(layer.input.value)];
      return unit.slice(1).map((at) => [Math.max(start + at * step, 0), Math.min(start + at * step + reach, size) - 1]);
    }
    function tellUnit() {
      const [channels, height, width] = maps().shape;
      const value = maps().data[(unit[0] * height + unit[1]) * width + unit[2]];
      const [down, right] = field();
      const { size: reach, name: after } = net.fields[Number(layer.input.value)];
      const one = `map ${unit[0] + 1} of ${channels} after ${after}, row ${unit[1] + 1}, column ${unit[2] + 1}: activation ${shown(value)}`;
      const sees = `${reach} × ${reach} pixels, rows ${down.map((at) => at + 1).join(" to ")}, columns ${right.map((at) => at + 1).join(" to ")}`;
      list.set("unit", one);
      list.set("field", sees);
      panel.canvas.setAttribute("aria-label", `${channels} feature maps of ${height} by ${width}. Chosen: ${one}. It sees ${sees}.`);
      return `Unit in ${one}. It sees ${sees}.`;
    }
    function name() {
      picture.canvas.setAttribute("aria-label", `Picture of ${size} by ${size} pixels, read as ${list.read}. Pen in row ${pen[0] + 1}, ` +
        `column ${pen[1] + 1}. Arrow keys move it.`);
    }

    function drawPicture() {
      const { pen: brush, size: side } = picture;
      const unitSide = side / size;
      cells(picture, pixels, size, [0, 0], side, 1);
      brush.lineWidth = 2;
      brush.strokeStyle = picture.ink("orange");
      const [[top, bottom], [left, right]] = field();
      brush.strokeRect(left * unitSide, top * unitSide, (right - left + 1) * unitSide, (bottom - top + 1) * unitSide);
      brush.strokeStyle = picture.ink("teal");
      brush.strokeRect(pen[1] * unitSide, pen[0] * unitSide, unitSide, unitSide);
    }
    function layout() {
      const [channels, height, width] = maps().shape;
      const across = Math.ceil(Math.sqrt(channels));
      return { across, cell: panel.size / across, channels, height, width };
    }
    function drawMaps() {
      const { across, cell, channels, height, width } = layout();
      const { data } = maps();
      const most = data.reduce((one, other) => Math.max(one, other), 1e-9);
      const corner = (channel) => [(channel % across) * cell, Math.floor(channel / across) * cell];
      panel.pen.lineWidth = 1;
      for (let channel = 0; channel < channels; channel++) {
        const one = data.subarray(channel * height * width, (channel + 1) * height * width);
        cells(panel, one, width, corner(channel), cell - 3, most);
        panel.pen.strokeStyle = panel.ink("line-strong");
        panel.pen.strokeRect(...corner(channel), cell - 3, cell - 3);
      }
      const [x, y] = corner(unit[0]);
      const unitSide = (cell - 3) / width;
      panel.pen.lineWidth = 2;
      panel.pen.strokeStyle = panel.ink("orange");
      panel.pen.strokeRect(x + unit[2] * unitSide, y + unit[1] * unitSide, unitSide, unitSide);
    }
    /** Numbers from 0 to `most` as squares of more or less ink. */
    function cells(plane, data, width, [x, y], side, most) {
      const unitSide = side / width;
      plane.pen.fillStyle = plane.ink("shade-7");
      data.forEach((one, i) => {
        if (one <= 0) return;
        plane.pen.globalAlpha = Math.min(one / most, 1);
        plane.pen.fillRect(x + (i % width) * unitSide, y + Math.floor(i / width) * unitSide, unitSide + 0.3, unitSide + 0.3);
      });
      plane.pen.globalAlpha = 1;
    }
  }

  figure.start(play);
})();
