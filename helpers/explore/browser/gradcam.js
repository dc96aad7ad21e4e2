// Grad-CAM: where the last layer with maps found what speaks for a class (chapter 08).
//
// Its feature maps are added up, each weighted by the mean gradient of the class's score with respect to it; what is
// negative counts as 0. The score is that before the last softmax or sigmoid. Only the layers behind the maps are gone
// back through: poolings, dense layers, and the like.

import { OPERATIONS } from "./operations.js";

const PASSING = ["maxPooling", "averagePooling"];

// The heat map of a class, {values in 0..1, height, width}; null where it cannot be computed.
export function gradCam(network, outputs, classIndex) {
  const { layers } = network;
  const maps = lastMaps(layers);
  if (maps < 1 || !outputs[network.output]) return null;
  const gradients = new Array(layers.length).fill(null);
  if (!beginAtScore(network, outputs, classIndex, gradients)) return null;
  for (let index = layers.length - 1; index > maps; index--) {
    const layer = layers[index];
    if (!gradients[index]) continue;
    const { backward } = OPERATIONS[layer.operation];
    const shapes = layer.inputs.map((input) => layers[input].shape);
    const back = backward && backward(layer, layer.inputs.map((input) => outputs[input]), shapes, outputs[index], gradients[index]);
    if (!back) return null;
    layer.inputs.forEach((input, number) => add(gradients, input, back[number]));
  }
  return gradients[maps] && weighted(outputs[maps], gradients[maps], layers[maps].shape);
}

// The last layer with maps in front of poolings and dropout: the last convolution, or where branches meet behind it.
function lastMaps(layers) {
  const hasMaps = ({ shape, kind }) => shape.length === 3 && (shape[0] > 1 || shape[1] > 1) && !/Dropout/.test(kind);
  return layers.findLastIndex((layer, index) => index && hasMaps(layer) && !PASSING.includes(layer.operation));
}

// Puts the gradient of the score into the layer before the last activation.
function beginAtScore(network, outputs, classIndex, gradients) {
  const { layers } = network;
  let index = network.output;
  while (layers[index].operation === "identity") [index] = layers[index].inputs;
  const last = layers[index];
  const first = new Float32Array(outputs[index].length);
  if (first.length === 1) first[0] = classIndex ? 1 : -1; // one unit with sigmoid: its score is that of class 1
  else first[classIndex] = 1;
  if (last.operation === "activation") {
    gradients[last.inputs[0]] = first;
  } else if (last.operation === "dense") {
    const linear = { ...last, activation: "linear" };
    const input = outputs[last.inputs[0]];
    add(gradients, last.inputs[0], OPERATIONS.dense.backward(linear, [input], [], outputs[index], first)[0]);
  } else {
    gradients[index] = first;
  }
  return true;
}

function add(gradients, index, gradient) {
  const found = gradients[index];
  gradients[index] = found ? found.map((value, place) => value + gradient[place]) : gradient;
}

function weighted(maps, gradient, [height, width, channels]) {
  const weights = new Float64Array(channels);
  gradient.forEach((value, index) => { weights[index % channels] += value / (height * width); });
  const values = new Float32Array(height * width);
  maps.forEach((value, index) => { values[Math.floor(index / channels)] += value * weights[index % channels]; });
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return { values: values.map((value) => (largest > 0 && value > 0 ? value / largest : 0)), height, width };
}
