// Draws all maps of a layer into one canvas, side by side in one scale, and tells which number lies under a point.

import { WORDS, scaleOf, step } from "./colours.js";
import { fieldOf } from "./network.js";

const GAP = 2; // pixels between two maps

// How large one map is drawn, in pixels of the screen.
function cellOf(height, width) {
  const longer = Math.max(height, width);
  return longer >= 64 ? 96 : longer >= 20 ? 56 : longer >= 10 ? 48 : longer >= 5 ? 40 : longer > 1 ? 27 : 12;
}

// Where the maps of a layer lie in a canvas that is at most so many pixels wide.
export function gridOf(shape, available) {
  const [height, width, channels] = fieldOf(shape);
  const cell = cellOf(height, width);
  const zoom = Math.max(1, Math.floor(cell / Math.max(height, width)));
  const shown = Math.min(1, cell / Math.max(height, width)); // large maps are drawn whole and shown smaller
  const columns = Math.max(1, Math.min(channels, Math.floor((available + GAP) / (width * zoom * shown + GAP))));
  const rows = Math.ceil(channels / columns);
  return {
    height, width, channels, zoom, columns, rows, shown,
    pixelWidth: columns * (width * zoom + GAP) - GAP,
    pixelHeight: rows * (height * zoom + GAP) - GAP,
  };
}

// Draws the maps. Returns the scale, [lowest, highest].
export function drawMaps(canvas, grid, values, table, limits) {
  if (canvas.width !== grid.pixelWidth || canvas.height !== grid.pixelHeight) {
    canvas.width = grid.pixelWidth;
    canvas.height = grid.pixelHeight;
    canvas.style.width = `${grid.pixelWidth * grid.shown}px`;
  }
  const { height, width, channels, zoom, columns } = grid;
  const [low, high] = limits || scaleOf(values);
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const words = WORDS[table];
  for (let channel = 0; channel < channels; channel++) {
    const top = Math.floor(channel / columns) * (height * zoom + GAP);
    const left = (channel % columns) * (width * zoom + GAP);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const word = words[step(values[(row * width + column) * channels + channel], low, high)];
        const start = (top + row * zoom) * canvas.width + left + column * zoom;
        for (let i = 0; i < zoom; i++) pixels.fill(word, start + i * canvas.width, start + i * canvas.width + zoom);
      }
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return [low, high];
}

// Draws an orange frame around a rectangle of one map.
export function markMap(canvas, grid, channel, [top, left, bottom, right]) {
  const pen = canvas.getContext("2d");
  const { height, width, zoom, columns } = grid;
  const x = (channel % columns) * (width * zoom + GAP), y = Math.floor(channel / columns) * (height * zoom + GAP);
  pen.strokeStyle = "#ff7f0e";
  pen.lineWidth = Math.max(2, 2 / grid.shown);
  pen.strokeRect(x + left * zoom, y + top * zoom, (right - left) * zoom, (bottom - top) * zoom);
}

// [row, column, channel] under a point of the canvas on the screen; null between maps.
export function pointAt(canvas, grid, event) {
  const frame = canvas.getBoundingClientRect();
  const x = ((event.clientX - frame.left) / frame.width) * canvas.width;
  const y = ((event.clientY - frame.top) / frame.height) * canvas.height;
  const { height, width, channels, zoom, columns } = grid;
  const across = Math.floor(x / (width * zoom + GAP)), down = Math.floor(y / (height * zoom + GAP));
  const column = Math.floor((x - across * (width * zoom + GAP)) / zoom);
  const row = Math.floor((y - down * (height * zoom + GAP)) / zoom);
  const channel = down * columns + across;
  const inside = across < columns && channel < channels && row >= 0 && row < height && column >= 0 && column < width;
  return inside ? [row, column, channel] : null;
}

// The point that a key moves to: arrows in the map, page up and down to the maps before and behind.
export function pointByKey([row, column, channel], key, { height, width, channels }) {
  const step = { ArrowUp: [-1, 0, 0], ArrowDown: [1, 0, 0], ArrowLeft: [0, -1, 0], ArrowRight: [0, 1, 0],
    PageUp: [0, 0, -1], PageDown: [0, 0, 1] }[key];
  if (!step) return null;
  if (height * width === 1 && !step[2]) step[2] = step[0] + step[1]; // a row of units: each is a map of one pixel
  const clip = (value, length) => Math.max(0, Math.min(length - 1, value));
  return [clip(row + step[0], height), clip(column + step[1], width), clip(channel + step[2], channels)];
}
