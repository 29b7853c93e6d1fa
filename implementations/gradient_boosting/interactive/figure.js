// needs: figure/controls.js
// TODO: what there is to do, and what it is computed from; docs/guides/figures.md has the kit.
"use strict";

(() => {
  const { bar, range, status, values } = figure;

  figure.start((place) => {
    const said = status();
    const list = values({ square: "Its square" });
    const number = range("Number", { min: 0, max: 10, value: 3 }, changed);
    place.append(bar(number.label), list.list, said.element);
    changed();
    said.hush();

    function changed() {
      const square = Number(number.input.value) ** 2;
      list.set("square", String(square));
      said.tell(`The square is ${square}.`);
    }
  });
})();
