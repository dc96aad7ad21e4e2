// The arithmetic of one number of one map: what went in, what it was multiplied by, and what came out.

import { activated, windowAt } from "./operations.js";
import { fieldOf } from "./network.js";

// Explains the output of a layer at (row, column, channel). What it returns has `kind`:
// "convolution": cells of the window, per input channel; "dense": each input with its weight; "pooling"; or "other".
export function explain(network, outputs, index, [row, column, channel]) {
  const layer = network.layers[index];
  const [, width, channels] = fieldOf(layer.shape);
  const value = outputs[index][(row * width + column) * channels + channel];
  const found = { kind: "other", layer, value, row, column, channel };
  if (!layer.inputs.length) return found;
  const input = outputs[layer.inputs[0]];
  const source = network.layers[layer.inputs[0]];
  if (layer.operation === "convolution" || layer.operation === "depthwise") {
    return { ...found, kind: "convolution", source, ...convolutionAt(layer, input, source.shape, row, column, channel) };
  }
  if (layer.operation === "dense") {
    return { ...found, kind: "dense", source: originOf(network, source), ...denseAt(layer, input, channel) };
  }
  if (layer.operation === "maxPooling" || layer.operation === "averagePooling") {
    const patch = patchAt(layer, input, source.shape, row, column, channel);
    return { ...found, kind: "pooling", source, patch, size: layer.kernelSize };
  }
  if (layer.operation === "scaling") {
    const place = channel % layer.scale.length;
    const before = input[(row * width + column) * channels + channel];
    return { ...found, kind: "scaling", source, before, scale: layer.scale[place], shift: layer.shift[place] };
  }
  return { ...found, source };
}

// The numbers under a window in one channel; null where padding lies.
function patchAt(layer, input, [height, width, channels], row, column, channel) {
  const patch = new Array(layer.kernelSize[0] * layer.kernelSize[1]).fill(null);
  for (const [from, place] of windowAt(layer, height, width, row, column)) patch[place] = input[from * channels + channel];
  return patch;
}

function convolutionAt(layer, input, shape, row, column, filter) {
  const inputs = shape[2], filters = layer.shape[2];
  const single = layer.operation === "depthwise";
  const channels = single ? [Math.floor(filter / (filters / inputs))] : Array.from({ length: inputs }, (_, c) => c);
  const parts = channels.map((channel) => {
    const patch = patchAt(layer, input, shape, row, column, channel);
    const kernel = patch.map((_, place) =>
      layer.kernel[(single ? place : place * inputs + channel) * filters + filter]);
    const products = patch.map((number, place) => (number === null ? 0 : number * kernel[place]));
    return { channel, patch, kernel, products, sum: total(products) };
  });
  return { size: layer.kernelSize, parts, ...summed(layer, total(parts.map((part) => part.sum)), filter) };
}

// The layer whose numbers these are: flatten and dropout only hand them on.
function originOf(network, layer) {
  return layer.operation === "identity" ? originOf(network, network.layers[layer.inputs[0]]) : layer;
}

function denseAt(layer, input, unit) {
  const units = layer.bias.length;
  const terms = Array.from(input, (value, row) => {
    const weight = layer.kernel[row * units + unit];
    return { row, value, weight, product: value * weight };
  });
  return { terms, ...summed(layer, total(terms.map((term) => term.product)), unit) };
}

// Sum, bias and what the activation makes of both. (What softmax makes depends on the other units, too.)
function summed(layer, sum, channel) {
  const bias = layer.bias[channel];
  const before = sum + bias;
  const after = layer.activation === "softmax" ? null : activated(Float32Array.of(before), { ...layer, shape: [1] })[0];
  return { sum, bias, before, after };
}

function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}
