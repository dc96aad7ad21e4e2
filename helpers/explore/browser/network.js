// Reads a network that helpers/explore wrote down, and computes it: one output for each layer.

import { OPERATIONS } from "./operations.js";
import { packedKernel } from "./convolution.js";
import { say } from "./language.js";

const FORMAT = 1;
const DAMAGED = say("The weights in this file are damaged or cut short. Write it anew.");

// The network of a file: its layers, with weights as typed arrays. Throws a sentence for a file that holds none.
export async function readNetwork(file) {
  if (!file || file.format === undefined || !Array.isArray(file.layers)) {
    throw new Error(say("This file holds no network. Write one with helpers.explore.network_file(model, images)."));
  }
  if (file.format !== FORMAT) {
    const formats = { found: file.format, expected: FORMAT };
    throw new Error(say("This network is written in format {found}, and this page reads format {expected}. Write it anew with the helpers that came with this page.", formats));
  }
  const weights = await unpacked(file.weights);
  const arrays = file.arrays.map(([start, length]) => {
    if (start + length > weights.length) throw new Error(DAMAGED);
    return weights.subarray(start, start + length);
  });
  const layers = file.layers.map((layer) => withWeights(layer, arrays));
  return { ...file, weights: null, layers };
}

// All layers' outputs for a picture, (H, W, C) as one row of numbers. null where a layer is unknown, and behind it.
export function compute(network, picture) {
  const outputs = [picture];
  for (const layer of network.layers.slice(1)) {
    const inputs = layer.inputs.map((index) => outputs[index]);
    const operation = OPERATIONS[layer.operation];
    const known = operation && inputs.every((input) => input);
    const shapes = layer.inputs.map((index) => network.layers[index].shape);
    outputs.push(known ? operation.forward(layer, inputs, shapes) : null);
  }
  return outputs;
}

export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

// Height, width and channels of a shape; a row of numbers counts as that many maps of one pixel.
export function fieldOf(shape) {
  return shape.length === 3 ? shape : [1, 1, sizeOf(shape)];
}

// Bytes of a text in base64.
export function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = letters.charCodeAt(index);
  return bytes;
}

// float32 numbers from text: base64, gzip, and within it all first bytes, then all second bytes, and so on.
async function unpacked(text) {
  let planes;
  try {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
    planes = new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new Error(DAMAGED);
  }
  const count = planes.length / 4;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < 4; plane++) {
    for (let index = 0; index < count; index++) bytes[4 * index + plane] = planes[plane * count + index];
  }
  return new Float32Array(bytes.buffer);
}

function withWeights(layer, arrays) {
  const found = { ...layer };
  for (const name of ["kernel", "bias", "scale", "shift"]) {
    if (name in layer) found[name] = arrays[layer[name]];
  }
  if (layer.operation === "convolution") found.packed = packedKernel(found.kernel, found.bias.length);
  return found;
}
