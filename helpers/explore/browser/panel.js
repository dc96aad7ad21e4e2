// The arithmetic of one number, written out: patch, kernel, products, sum, bias, activation.

import { cellStyle, tableOf } from "./colours.js";
import { say } from "./language.js";

const MOST_TERMS = 12; // of a dense unit; the others are added up
const MOST_SIDE = 7; // larger windows are drawn without their numbers

// HTML of an explanation. `chosen` is the input map whose window is shown; by default the one that adds most.
export function panelOf(explained, scales, chosen = null) {
  const { layer, row, column, channel, value, kind } = explained;
  const place = layer.shape.length === 3 ? placeIn(channel, row, column) : say("unit {number}", { number: channel });
  const title = `<h3>${escaped(layer.name)}: ${say("{place} is {value}", { place, value: `<b>${number(value)}</b>` })}</h3>`;
  const body = { convolution: ofConvolution, dense: ofDense, pooling: ofPooling, scaling: ofScaling }[kind];
  return title + (body ? body(explained, scales, chosen) : ofOther(explained));
}

function ofConvolution({ layer, source, parts, size, sum, bias, before, after }, scales, chosen) {
  const strongest = parts.reduce((best, part) => (Math.abs(part.sum) > Math.abs(best.sum) ? part : best));
  const part = parts.find(({ channel }) => channel === chosen) || strongest;
  const reach = Math.max(...parts.flatMap(({ kernel }) => kernel.map(Math.abs)));
  const most = Math.max(...parts.flatMap(({ products }) => products.map(Math.abs)), 1e-9);
  const what = source.inputs.length ? mapOf(source, part.channel) : sourceName(source, part.channel);
  const tables = [
    grid(say("patch of {what}", { what }), part.patch, size, tableOf(source), scales[layer.inputs[0]]),
    `<span class="ex-sign">×</span>`,
    grid(say("kernel"), part.kernel, size, "weights", [-reach, reach]),
    `<span class="ex-sign">=</span>`,
    grid(say("products"), part.products, size, "weights", [-most, most]),
    `<span class="ex-sign">${say("sum")}: ${number(part.sum)}</span>`,
  ].join("");
  return `<div class="ex-row">${tables}</div>${parts.length > 1 ? sumsOf(parts, part, source) : ""}` +
    result(layer, sum, bias, before, after);
}

function sourceName(source, channel) {
  const colours = [say("the picture's red"), say("the picture's green"), say("the picture's blue")];
  return source.shape[2] === 3 ? colours[channel] : say("the picture");
}

function mapOf(source, channel) {
  return say("map {number} of {layer}", { number: channel, layer: escaped(source.name) });
}

function placeIn(map, row, column) {
  return say("map {map}, row {row}, column {column}", { map, row, column });
}

// What each input map adds; a click shows its window.
function sumsOf(parts, shown, source) {
  const most = Math.max(...parts.map(({ sum }) => Math.abs(sum)), 1e-9);
  const cells = parts.map(({ channel, sum }) =>
    `<button type="button" data-part="${channel}" aria-pressed="${channel === shown.channel}" ` +
    `title="${say("map {number} adds {sum}", { number: channel, sum: number(sum) })}" ` +
    `style="${cellStyle("weights", sum, -most, most)}">` +
    `<small>${channel}</small>${number(sum)}</button>`);
  const all = say("The same for all {count} maps of {layer}; the sums of their products:",
    { count: parts.length, layer: escaped(source.name) });
  return `<p>${all}</p>` +
    `<div class="ex-sums">${cells.join("")}</div>`;
}

function result(layer, sum, bias, before, after) {
  const activation = layer.activation || "linear";
  const share = say("softmax makes of it this unit's share of the sum of all exp(sum)");
  const last = { linear: "", softmax: `; ${share}` }[activation];
  const made = { activation: activation === "relu" ? "ReLU" : activation, value: `<b>${number(after)}</b>` };
  const behind = last ?? `; ${say("{activation} makes of it {value}", made)}`;
  return `<p class="ex-result">${say("sum")} <b>${number(sum)}</b> + ${say("bias")} <b>${number(bias)}</b> = ` +
    `<b>${number(before)}</b>${behind}.</p>`;
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
    ? `<tr><th scope="row">${say("{count} others", { count: rest.length })}</th><td></td><td></td>` +
      `<td>${number(rest.reduce((t, { product }) => t + product, 0))}</td></tr>`
    : "";
  const heads = [say("input"), say("value"), `× ${say("weight")}`, `= ${say("product")}`];
  return `<div class="ex-scroll"><table class="ex-terms"><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}` +
    `</tr></thead><tbody>${lines.join("")}${others}</tbody></table></div>` +
    result(layer, sum, bias, before, after);
}

// Where a number of a long row stands in the maps that the row was made of.
function placeOf(index, [, width, channels]) {
  if (!channels) return String(index);
  const pixel = Math.floor(index / channels);
  return placeIn(index % channels, Math.floor(pixel / width), pixel % width);
}

function ofPooling({ layer, patch, size, source, value, channel }, scales) {
  const how = layer.operation === "maxPooling" ? say("the largest of them") : say("their mean");
  const caption = say("window of {what}", { what: mapOf(source, channel) });
  return `<div class="ex-row">${grid(caption, patch, size, tableOf(source), scales[layer.inputs[0]])}<span class="ex-sign">${how}: <b>${number(value)}</b></span></div>`;
}

function ofScaling({ before, scale, shift, value }) {
  return `<p class="ex-result">${number(before)} × ${number(scale)} + ${number(shift)} = <b>${number(value)}</b>: ` +
    `${say("each map has a factor and a shift of its own.")}</p>`;
}

function ofOther({ layer, source }) {
  if (!source) return `<p>${say("This is what the network sees: a number for each pixel.")}</p>`;
  const names = { layer: escaped(source.name), kind: escaped(layer.kind) };
  const what = layer.operation === "identity"
    ? say("It is the number of {layer} at the same place; this layer leaves numbers as they are.", names)
    : say("It is made by {kind} from {layer}.", names);
  return `<p>${what}</p>`;
}

// A window as a table, its numbers on their colours.
function grid(caption, values, [rows, columns], table, [low, high]) {
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = values.slice(row * columns, (row + 1) * columns).map((value) => {
      if (value === null) return '<td class="ex-padding" title="' + say("padding") + '">0</td>';
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
