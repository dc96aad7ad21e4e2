// The arithmetic of one number, written out: patch, kernel, products, sum, bias, activation.

import { cellStyle, tableOf } from "./colours.js";

const MOST_TERMS = 12; // of a dense unit; the others are added up
const MOST_SIDE = 7; // larger windows are drawn without their numbers

// HTML of an explanation. `chosen` is the input map whose window is shown; by default the one that adds most.
export function panelOf(explained, scales, chosen = null) {
  const { layer, row, column, channel, value, kind } = explained;
  const place = layer.shape.length === 3 ? `map ${channel}, row ${row}, column ${column}` : `unit ${channel}`;
  const title = `<h3>${escaped(layer.name)}: ${place} is <b>${number(value)}</b></h3>`;
  const body = { convolution: ofConvolution, dense: ofDense, pooling: ofPooling, scaling: ofScaling }[kind];
  return title + (body ? body(explained, scales, chosen) : ofOther(explained));
}

function ofConvolution({ layer, source, parts, size, sum, bias, before, after }, scales, chosen) {
  const strongest = parts.reduce((best, part) => (Math.abs(part.sum) > Math.abs(best.sum) ? part : best));
  const part = parts.find(({ channel }) => channel === chosen) || strongest;
  const reach = Math.max(...parts.flatMap(({ kernel }) => kernel.map(Math.abs)));
  const most = Math.max(...parts.flatMap(({ products }) => products.map(Math.abs)), 1e-9);
  const what = source.inputs.length ? `map ${part.channel} of ${escaped(source.name)}` : sourceName(source, part.channel);
  const tables = [
    grid(`patch of ${what}`, part.patch, size, tableOf(source), scales[layer.inputs[0]]),
    `<span class="ex-sign">×</span>`,
    grid("kernel", part.kernel, size, "weights", [-reach, reach]),
    `<span class="ex-sign">=</span>`,
    grid("products", part.products, size, "weights", [-most, most]),
    `<span class="ex-sign">sum: ${number(part.sum)}</span>`,
  ].join("");
  return `<div class="ex-row">${tables}</div>${parts.length > 1 ? sumsOf(parts, part, source) : ""}` +
    result(layer, sum, bias, before, after);
}

function sourceName(source, channel) {
  return source.shape[2] === 3 ? `the picture's ${["red", "green", "blue"][channel]}` : "the picture";
}

// What each input map adds; a click shows its window.
function sumsOf(parts, shown, source) {
  const most = Math.max(...parts.map(({ sum }) => Math.abs(sum)), 1e-9);
  const cells = parts.map(({ channel, sum }) =>
    `<button type="button" data-part="${channel}" aria-pressed="${channel === shown.channel}" ` +
    `title="map ${channel} adds ${number(sum)}" style="${cellStyle("weights", sum, -most, most)}">` +
    `<small>${channel}</small>${number(sum)}</button>`);
  return `<p>The same for all ${parts.length} maps of ${escaped(source.name)}; the sums of their products:</p>` +
    `<div class="ex-sums">${cells.join("")}</div>`;
}

function result(layer, sum, bias, before, after) {
  const activation = layer.activation || "linear";
  const last = { linear: "", softmax: "; softmax makes of it this unit's share of the sum of all exp(sum)" }[activation];
  const behind = last ?? `; ${activation === "relu" ? "ReLU" : activation} makes of it <b>${number(after)}</b>`;
  return `<p class="ex-result">sum <b>${number(sum)}</b> + bias <b>${number(bias)}</b> = <b>${number(before)}</b>${behind}.</p>`;
}

function ofDense({ layer, source, terms, sum, bias, before, after }) {
  const sorted = terms.toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const shown = sorted.slice(0, MOST_TERMS);
  const rest = sorted.slice(MOST_TERMS);
  const most = Math.max(Math.abs(shown[0]?.product || 0), 1e-9);
  const reach = Math.max(...shown.map(({ weight }) => Math.abs(weight)), 1e-9);
  const lines = shown.map(({ row, value, weight, product }) =>
    `<tr><th scope="row">${escaped(source.name)} ${placeOf(row, source.shape)}</th><td>${number(value)}</td>` +
    `<td style="${cellStyle("weights", weight, -reach, reach)}">${number(weight)}</td>` +
    `<td style="${cellStyle("weights", product, -most, most)}">${number(product)}</td></tr>`);
  const others = rest.length
    ? `<tr><th scope="row">${rest.length} others</th><td></td><td></td><td>${number(rest.reduce((t, { product }) => t + product, 0))}</td></tr>`
    : "";
  return '<div class="ex-scroll"><table class="ex-terms"><thead><tr><th scope="col">input</th><th scope="col">value</th>' +
    `<th scope="col">× weight</th><th scope="col">= product</th></tr></thead><tbody>${lines.join("")}${others}</tbody></table></div>` +
    result(layer, sum, bias, before, after);
}

// Where a number of a long row stands in the maps that the row was made of.
function placeOf(index, [, width, channels]) {
  if (!channels) return String(index);
  const pixel = Math.floor(index / channels);
  return `map ${index % channels}, row ${Math.floor(pixel / width)}, column ${pixel % width}`;
}

function ofPooling({ layer, patch, size, source, value, channel }, scales) {
  const how = layer.operation === "maxPooling" ? "the largest of them" : "their mean";
  return `<div class="ex-row">${grid(`window of map ${channel} of ${escaped(source.name)}`, patch, size, tableOf(source),
    scales[layer.inputs[0]])}<span class="ex-sign">${how}: <b>${number(value)}</b></span></div>`;
}

function ofScaling({ before, scale, shift, value }) {
  return `<p class="ex-result">${number(before)} × ${number(scale)} + ${number(shift)} = <b>${number(value)}</b>: ` +
    "each map has a factor and a shift of its own.</p>";
}

function ofOther({ layer, source }) {
  if (!source) return "<p>This is what the network sees: a number for each pixel.</p>";
  const from = escaped(source.name);
  const what = layer.operation === "identity" ? `the number of ${from} at the same place; this layer leaves numbers as they are`
    : `made by ${escaped(layer.kind)} from ${from}`;
  return `<p>It is ${what}.</p>`;
}

// A window as a table, its numbers on their colours.
function grid(caption, values, [rows, columns], table, [low, high]) {
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = values.slice(row * columns, (row + 1) * columns).map((value) => {
      if (value === null) return '<td class="ex-padding" title="padding">0</td>';
      return `<td style="${cellStyle(table, value, low, high)}">${columns > MOST_SIDE ? "" : number(value)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table class="ex-grid"><caption>${caption}</caption><tbody>${lines.join("")}</tbody></table>`;
}

// A number with three digits behind the point, or as many as it needs.
export function number(value) {
  if (!Number.isFinite(value)) return String(value);
  const text = value !== 0 && Math.abs(value) < 0.0005 ? value.toExponential(0) : value.toFixed(Math.abs(value) >= 100 ? 1 : 3);
  return text.replace("-", "\u2212");
}

export function escaped(text) {
  return String(text).replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);
}
