// A convolution over maps (H, W, C) with a kernel (kh, kw, C, F), as Keras stores both.
//
// It is the direct sum, in an order that suits a processor. For each place, the patch's numbers that are not 0 are
// gathered once (behind ReLU about half are 0, and 0 times anything adds nothing). Then eight filters at a time
// multiply them, so that each number that was fetched is used eight times and the eight sums stay in registers.

const TOGETHER = 8;

// The kernel in blocks of eight filters: [block][place in the patch][filter in the block]; missing filters are 0.
export function packedKernel(kernel, filters) {
  const places = kernel.length / filters;
  const packed = new Float32Array(Math.ceil(filters / TOGETHER) * places * TOGETHER);
  for (let place = 0; place < places; place++) {
    for (let filter = 0; filter < filters; filter++) {
      const block = Math.floor(filter / TOGETHER);
      packed[(block * places + place) * TOGETHER + (filter % TOGETHER)] = kernel[place * filters + filter];
    }
  }
  return packed;
}

// Sums before the activation, (outHeight, outWidth, F).
export function convolve(layer, input, [height, width, channels]) {
  const [outHeight, outWidth, filters] = layer.shape;
  const { packed, bias, kernelSize, strides, dilation, padding } = layer;
  const places = kernelSize[0] * kernelSize[1] * channels;
  const values = new Float64Array(places);
  const where = new Int32Array(places);
  const sums = new Float32Array(outHeight * outWidth * filters);
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      let count = 0;
      for (let i = 0; i < kernelSize[0]; i++) {
        const y = row * strides[0] - padding[0] + i * dilation[0];
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < kernelSize[1]; j++) {
          const x = column * strides[1] - padding[1] + j * dilation[1];
          if (x < 0 || x >= width) continue;
          const from = (y * width + x) * channels;
          const place = (i * kernelSize[1] + j) * channels;
          for (let channel = 0; channel < channels; channel++) {
            const value = input[from + channel];
            if (value !== 0) {
              values[count] = value;
              where[count++] = (place + channel) * TOGETHER;
            }
          }
        }
      }
      const target = (row * outWidth + column) * filters;
      for (let first = 0; first < filters; first += TOGETHER) {
        multiply(packed, first * places, values, where, count, bias, first, filters, sums, target);
      }
    }
  }
  return sums;
}

// The sums of eight filters over the gathered numbers of one patch.
function multiply(packed, block, values, where, count, bias, first, filters, sums, target) {
  let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index];
    const at = block + where[index];
    a += value * packed[at];
    b += value * packed[at + 1];
    c += value * packed[at + 2];
    d += value * packed[at + 3];
    e += value * packed[at + 4];
    f += value * packed[at + 5];
    g += value * packed[at + 6];
    h += value * packed[at + 7];
  }
  if (first + TOGETHER <= filters) {
    const at = target + first;
    sums[at] = a + bias[first];
    sums[at + 1] = b + bias[first + 1];
    sums[at + 2] = c + bias[first + 2];
    sums[at + 3] = d + bias[first + 3];
    sums[at + 4] = e + bias[first + 4];
    sums[at + 5] = f + bias[first + 5];
    sums[at + 6] = g + bias[first + 6];
    sums[at + 7] = h + bias[first + 7];
  } else {
    const eight = [a, b, c, d, e, f, g, h];
    for (let filter = first; filter < filters; filter++) sums[target + filter] = eight[filter - first] + bias[filter];
  }
}
