// The maps of all layers, one figure for each, and the arithmetic of the point that was chosen.

import { explain } from "./arithmetic.js";
import { gradientOf, tableOf } from "./colours.js";
import { say } from "./language.js";
import { drawMaps, gridOf, markMap, pointAt, pointByKey } from "./maps.js";
import { fieldOf } from "./network.js";
import { escaped, number, panelOf } from "./panel.js";

// Fills an element with the figures of a network's layers. `show(outputs)` draws a picture's maps.
export function makeLayers(element, network) {
  let outputs = null, grids = [], available = 0;
  let point = null; // {index of the layer, at: [row, column, map]}
  let part = null; // the input map whose window is shown; null: the one that adds most
  const figures = network.layers.map(makeFigure);
  element.replaceChildren(...figures.map(({ figure }) => figure));
  const observer = new ResizeObserver(layOut);
  observer.observe(element);
  layOut();
  return {
    show(computed) {
      outputs = computed;
      draw();
    },
    stop: () => observer.disconnect(),
  };

  function makeFigure(layer, index) {
    const figure = document.createElement("figure");
    figure.className = "ex-layer";
    const size = layer.shape.map((length) => length ?? "?").join(" × ");
    figure.innerHTML = `<figcaption><b>${escaped(layer.name)}</b> ${escaped(layer.kind)} <span>${size}</span> ` +
      '<span class="ex-scale"></span></figcaption>';
    if (layer.operation === "unknown") {
      const box = document.createElement("p");
      box.className = "ex-box";
      box.textContent = say("{kind}: the explorer cannot compute this layer, and so none behind it.", { kind: layer.kind });
      figure.append(box);
    }
    figure.classList.toggle("ex-same", layer.operation === "identity"); // its maps are those before it
    const canvas = makeCanvas(layer, index), panel = makePanel();
    figure.append(canvas, panel);
    return { figure, canvas, panel, scale: figure.querySelector(".ex-scale") };
  }

  function makeCanvas(layer, index) {
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const names = { count: fieldOf(layer.shape)[2], layer: layer.name };
    canvas.setAttribute("aria-label",
      say("{count} maps of {layer}. Arrow keys move in a map, page up and page down from map to map; the arithmetic stands below.", names));
    canvas.onclick = (event) => {
      const at = pointAt(canvas, grids[index], event);
      if (at) choose(index, at);
    };
    canvas.onkeydown = (event) => {
      const from = point?.index === index ? point.at : [0, 0, 0];
      const at = event.key === "Enter" ? from : pointByKey(from, event.key, grids[index]);
      if (!at) return;
      event.preventDefault();
      choose(index, at);
    };
    return canvas;
  }

  function makePanel() {
    const panel = document.createElement("div");
    panel.className = "ex-panel";
    panel.setAttribute("aria-live", "polite");
    panel.hidden = true;
    panel.onclick = (event) => {
      const button = event.target.closest("[data-part]");
      if (!button) return;
      part = Number(button.dataset.part);
      draw();
    };
    return panel;
  }

  // As many maps to a row as there is room for.
  function layOut() {
    const room = Math.max(200, element.clientWidth - 4);
    if (room === available) return;
    available = room;
    grids = network.layers.map((layer) => gridOf(layer.shape, available));
    if (outputs) draw();
  }

  function choose(index, at) {
    if (point?.index !== index || point.at[2] !== at[2]) part = null;
    point = { index, at };
    draw();
  }

  function draw() {
    const scales = outputs.map((values, index) => {
      const { canvas, scale, figure } = figures[index];
      figure.classList.toggle("ex-waiting", !values);
      if (!values) return null;
      const table = tableOf(network.layers[index]);
      const [low, high] = drawMaps(canvas, grids[index], values, table);
      scale.innerHTML = `${number(low)} <i style="background:${gradientOf(table)}"></i> ${number(high)}`;
      return [low, high];
    });
    figures.forEach(({ panel }, index) => { panel.hidden = point?.index !== index; });
    if (!point || !outputs[point.index]) return;
    const explained = explain(network, outputs, point.index, point.at);
    figures[point.index].panel.innerHTML = panelOf(explained, scales, part);
    mark(point.index, point.at);
  }

  // Frames the point, and in the maps before it the window that it looks at.
  function mark(index, [row, column, channel]) {
    const layer = network.layers[index];
    markMap(figures[index].canvas, grids[index], channel, [row, column, row + 1, column + 1]);
    if (!layer.kernelSize) return;
    const [source] = layer.inputs;
    const [top, left] = [row, column].map((place, axis) => place * layer.strides[axis] - layer.padding[axis]);
    const [height, width] = layer.kernelSize.map((size, axis) => (size - 1) * layer.dilation[axis] + 1);
    for (let map = 0; map < grids[source].channels; map++) {
      if (layer.operation !== "convolution" && map !== channel) continue; // each map by itself
      markMap(figures[source].canvas, grids[source], map, [top, left, top + height, left + width]);
    }
  }
}
