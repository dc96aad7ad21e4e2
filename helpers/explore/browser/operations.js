// What each kind of layer computes (forward), and how a change of its output goes back to its inputs (backward).
//
// Maps are rows of numbers in the order (H, W, C). `backward` gets the gradient of a score with respect to the layer's
// output, and returns those with respect to its inputs. Layers without it end Grad-CAM: convolutions, above all, because
// Grad-CAM looks at the last of them and needs only what lies behind it.

import { convolve } from "./convolution.js";

// Functions of single numbers: the value, and the slope from value (before) and result (after).
const FUNCTIONS = {
  linear: [(x) => x, () => 1],
  relu: [(x) => (x > 0 ? x : 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x, slope = 0.2) => (x > 0 ? x : slope * x), (x, y, slope = 0.2) => (x > 0 ? 1 : slope)],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)],
  tanh: [Math.tanh, (x, y) => 1 - y * y],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x, y) => (x > 0 ? 1 : y + 1)],
  silu: [(x) => x / (1 + Math.exp(-x)), (x, y) => { const s = 1 / (1 + Math.exp(-x)); return s + y * (1 - s); }],
};

// Values behind an activation. Softmax is taken over the last axis.
export function activated(values, layer) {
  const { activation = "linear", slope, shape } = layer;
  if (activation === "softmax") return softmax(values, shape[shape.length - 1]);
  const [value] = FUNCTIONS[activation];
  return activation === "linear" ? values : values.map((x) => value(x, slope));
}

function softmax(values, length) {
  const shares = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += length) {
    const some = values.subarray(start, start + length);
    const largest = Math.max(...some); // exp of large numbers overflows
    const powers = Float64Array.from(some, (x) => Math.exp(x - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, index) => { shares[start + index] = power / sum; });
  }
  return shares;
}

function backThroughActivation(layer, before, after, gradient) {
  if (layer.activation === "softmax") return null; // a score lies before it
  const [, slopeAt] = FUNCTIONS[layer.activation || "linear"];
  return gradient.map((g, index) => g * slopeAt(before[index], after[index], layer.slope));
}

// Sums of a layer before its activation.
export function before(layer, inputs, shapes) {
  const { sums } = OPERATIONS[layer.operation];
  return sums ? sums(layer, inputs, shapes) : inputs[0];
}

const withActivation = (sums) => ({ sums, forward: (layer, inputs, shapes) => activated(sums(layer, inputs, shapes), layer) });

function dense(layer, [input]) {
  const { kernel, bias } = layer;
  const sums = Float64Array.from(bias);
  const units = bias.length;
  for (let row = 0; row < input.length; row++) {
    const value = input[row];
    if (value === 0) continue;
    const start = row * units;
    for (let unit = 0; unit < units; unit++) sums[unit] += value * kernel[start + unit];
  }
  return Float32Array.from(sums);
}

function backThroughDense(layer, [input], shapes, output, gradient) {
  const inner = backThroughActivation(layer, dense(layer, [input]), output, gradient);
  if (!inner) return null;
  const units = layer.bias.length;
  return [Float32Array.from(input, (_, row) => {
    let sum = 0;
    for (let unit = 0; unit < units; unit++) sum += inner[unit] * layer.kernel[row * units + unit];
    return sum;
  })];
}

function depthwise(layer, [input], [[height, width, channels]]) {
  const sums = new Float32Array(layer.shape[0] * layer.shape[1] * layer.shape[2]);
  const outputs = layer.shape[2], copies = outputs / channels;
  eachWindow(layer, height, width, (target, cells) => {
    for (let output = 0; output < outputs; output++) {
      const channel = Math.floor(output / copies);
      let sum = layer.bias[output];
      for (const [from, place] of cells) sum += input[from * channels + channel] * layer.kernel[place * outputs + output];
      sums[target * outputs + output] = sum;
    }
  });
  return sums;
}

// Calls visit(place in the output, [[place in the input, place in the window], ...]) for every window.
export function eachWindow(layer, height, width, visit) {
  const [outHeight, outWidth] = layer.shape;
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      visit(row * outWidth + column, windowAt(layer, height, width, row, column));
    }
  }
}

// The cells of one window that lie inside the maps: [[place in the input, place in the window], ...].
export function windowAt({ kernelSize, strides, dilation, padding }, height, width, row, column) {
  const cells = [];
  for (let i = 0; i < kernelSize[0]; i++) {
    for (let j = 0; j < kernelSize[1]; j++) {
      const y = row * strides[0] - padding[0] + i * dilation[0];
      const x = column * strides[1] - padding[1] + j * dilation[1];
      if (y >= 0 && y < height && x >= 0 && x < width) cells.push([y * width + x, i * kernelSize[1] + j]);
    }
  }
  return cells;
}

function maxPooling(layer, [input], [[height, width, channels]]) {
  const pooled = new Float32Array(layer.shape[0] * layer.shape[1] * channels).fill(-Infinity);
  eachWindow(layer, height, width, (target, cells) => {
    for (const [from] of cells) {
      for (let channel = 0; channel < channels; channel++) {
        const value = input[from * channels + channel];
        if (value > pooled[target * channels + channel]) pooled[target * channels + channel] = value;
      }
    }
  });
  return pooled;
}

// The gradient goes to the first cell of each window that holds its largest value.
function backThroughMaxPooling(layer, [input], [[height, width, channels]], output, gradient) {
  const back = new Float32Array(input.length);
  eachWindow(layer, height, width, (target, cells) => {
    for (let channel = 0; channel < channels; channel++) {
      const at = target * channels + channel;
      const [from] = cells.find(([place]) => input[place * channels + channel] === output[at]);
      back[from * channels + channel] += gradient[at];
    }
  });
  return [back];
}

// The mean of the cells that lie inside the maps: as in Keras, padding does not count.
function averagePooling(layer, [input], [[height, width, channels]]) {
  const pooled = new Float32Array(layer.shape[0] * layer.shape[1] * channels);
  eachWindow(layer, height, width, (target, cells) => {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (const [from] of cells) sum += input[from * channels + channel];
      pooled[target * channels + channel] = sum / cells.length;
    }
  });
  return pooled;
}

function backThroughAveragePooling(layer, [input], [[height, width, channels]], output, gradient) {
  const back = new Float32Array(input.length);
  eachWindow(layer, height, width, (target, cells) => {
    for (const [from] of cells) {
      for (let channel = 0; channel < channels; channel++) {
        back[from * channels + channel] += gradient[target * channels + channel] / cells.length;
      }
    }
  });
  return [back];
}

function globalAverage(layer, [input], [[height, width, channels]]) {
  const sums = new Float64Array(channels);
  input.forEach((value, index) => { sums[index % channels] += value; });
  return Float32Array.from(sums, (sum) => sum / (height * width));
}

function globalMax(layer, [input], [[, , channels]]) {
  const largest = new Float32Array(channels).fill(-Infinity);
  input.forEach((value, index) => { if (value > largest[index % channels]) largest[index % channels] = value; });
  return largest;
}

function backThroughGlobalMax(layer, [input], [[, , channels]], output, gradient) {
  const back = new Float32Array(input.length);
  const open = new Array(channels).fill(true);
  input.forEach((value, index) => {
    const channel = index % channels;
    if (open[channel] && value === output[channel]) { back[index] = gradient[channel]; open[channel] = false; }
  });
  return [back];
}

function scaling({ scale, shift }, [input]) {
  return input.map((value, index) => value * scale[index % scale.length] + shift[index % scale.length]);
}

function padded(layer, [input], [[height, width, channels]]) {
  const maps = new Float32Array(layer.shape[0] * layer.shape[1] * channels);
  const [top, left] = layer.padding;
  for (let row = 0; row < height; row++) {
    const line = input.subarray(row * width * channels, (row + 1) * width * channels);
    maps.set(line, ((row + top) * layer.shape[1] + left) * channels);
  }
  return maps;
}

function joined(layer, inputs, shapes) {
  const total = layer.shape[layer.shape.length - 1];
  const maps = new Float32Array(layer.shape.reduce((product, length) => product * length, 1));
  let first = 0;
  inputs.forEach((input, number) => {
    const channels = shapes[number][shapes[number].length - 1];
    input.forEach((value, index) => { maps[Math.floor(index / channels) * total + first + (index % channels)] = value; });
    first += channels;
  });
  return maps;
}

export const OPERATIONS = {
  convolution: withActivation((layer, [input], [shape]) => convolve(layer, input, shape)),
  depthwise: withActivation(depthwise),
  dense: { ...withActivation(dense), backward: backThroughDense },
  activation: {
    forward: (layer, [input]) => activated(input, layer),
    backward: (layer, [input], shapes, output, gradient) => {
      const back = backThroughActivation(layer, input, output, gradient);
      return back && [back];
    },
  },
  maxPooling: { forward: maxPooling, backward: backThroughMaxPooling },
  averagePooling: { forward: averagePooling, backward: backThroughAveragePooling },
  globalAverage: {
    forward: globalAverage,
    backward: (layer, [input], [[height, width, channels]], output, gradient) =>
      [input.map((_, index) => gradient[index % channels] / (height * width))],
  },
  globalMax: { forward: globalMax, backward: backThroughGlobalMax },
  scaling: {
    forward: scaling,
    backward: ({ scale }, inputs, shapes, output, gradient) => [gradient.map((g, index) => g * scale[index % scale.length])],
  },
  identity: { forward: (layer, [input]) => input, backward: (layer, inputs, shapes, output, gradient) => [gradient] },
  padding: { forward: padded },
  add: {
    forward: (layer, inputs) => inputs[0].map((_, index) => inputs.reduce((sum, input) => sum + input[index], 0)),
    backward: (layer, inputs, shapes, output, gradient) => inputs.map(() => gradient),
  },
  concatenate: { forward: joined },
};
