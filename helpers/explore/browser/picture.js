// From paper to picture: what was drawn, chosen or dropped becomes numbers of the size that the network takes.
//
// Between the steps a picture is {height, width, channels, levels}, levels in 0..255. Grey pictures are ink on paper: on
// the screen paper is white, and for the network it is 0.

const PAPER = 280; // pixels on the screen, about

// How many pixels of the paper make one of the picture: a whole number, so that shrinking it loses nothing.
export function factorOf([height, width]) {
  return Math.max(1, Math.round(PAPER / Math.max(height, width)));
}

// What lies on the paper, shrunk: each level is the mean of a square of pixels.
export function shrunk(image, factor, channels) {
  const height = image.height / factor, width = image.width / factor;
  const levels = new Float32Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let i = 0; i < factor; i++) {
          for (let j = 0; j < factor; j++) {
            const at = 4 * ((row * factor + i) * image.width + column * factor + j);
            sum += channels === 1 ? 255 - greyAt(image.data, at) : image.data[at + channel];
          }
        }
        levels[(row * width + column) * channels + channel] = sum / factor ** 2;
      }
    }
  }
  return { height, width, channels, levels };
}

function greyAt(data, at) {
  if (data[at] === data[at + 1] && data[at] === data[at + 2]) return data[at];
  return 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
}

// The image as the training's pictures were prepared: "digit" as in chapter 03, "clothes" as in chapter 04.
export function prepared(image, how, [height, width]) {
  const longer = how === "digit" ? Math.round((20 / 28) * height) : height;
  const ink = how === "digit" ? inkOf(image, 0.35, Math.abs) : inkOf(image, 0.2, (darker) => Math.max(darker, 0));
  const box = boxOf(ink);
  const levels = new Float32Array(height * width);
  if (!box) return { height, width, channels: 1, levels };
  const scale = longer / Math.max(box.height, box.width);
  const small = resized(ink, box, Math.max(1, Math.round(box.height * scale)), Math.max(1, Math.round(box.width * scale)));
  const [top, left] = how === "digit" ? byMass(small, height, width)
    : [(height - small.height) >> 1, (width - small.width) >> 1];
  for (let row = 0; row < small.height; row++) {
    for (let column = 0; column < small.width; column++) {
      const target = (row + top) * width + column + left;
      levels[target] = 255 * small.values[row * small.width + column];
    }
  }
  return { height, width, channels: 1, levels };
}

// Ink in 0..1 by its distance from the paper, which is the middle value of all pixels; what is fainter counts as paper.
function inkOf({ width, height, data }, faint, distance) {
  const values = new Float32Array(width * height);
  for (let pixel = 0; pixel < values.length; pixel++) values[pixel] = greyAt(data, 4 * pixel);
  const paper = middleOf(values);
  let largest = 8; // what differs less from the paper is no ink
  for (let pixel = 0; pixel < values.length; pixel++) {
    values[pixel] = distance(paper - values[pixel]);
    if (values[pixel] > largest) largest = values[pixel];
  }
  for (let pixel = 0; pixel < values.length; pixel++) {
    values[pixel] = values[pixel] / largest >= faint ? values[pixel] / largest : 0;
  }
  return { height, width, values };
}

// The middle of whole levels, found by counting: sorting them would take longer than the network does.
function middleOf(levels) {
  const counts = new Uint32Array(256);
  for (const level of levels) counts[Math.round(level)]++;
  let level = 0;
  for (let seen = counts[0]; seen <= levels.length / 2; seen += counts[level]) level++;
  return level;
}

// The smallest rectangle that holds all ink.
function boxOf({ height, width, values }) {
  let top = height, bottom = -1, left = width, right = -1;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!values[row * width + column]) continue;
      top = Math.min(top, row);
      bottom = row;
      left = Math.min(left, column);
      right = Math.max(right, column);
    }
  }
  return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
}

// A rectangle in another size; each new pixel is the mean of what it covers.
function resized({ width: line, values }, box, height, width) {
  const small = { height, width, values: new Float32Array(height * width) };
  const rows = sharesOf(box.height, height), columns = sharesOf(box.width, width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (const [y, down] of rows[row]) {
        for (const [x, across] of columns[column]) sum += down * across * values[(box.top + y) * line + box.left + x];
      }
      small.values[row * width + column] = Math.min(1, sum);
    }
  }
  return small;
}

// For each of `after` new pixels, the old pixels that it covers and each one's share: [[[index, share], ...], ...].
function sharesOf(before, after) {
  const size = before / after;
  return Array.from({ length: after }, (_, pixel) => {
    const start = pixel * size, end = start + size, shares = [];
    for (let index = Math.floor(start); index < Math.min(before, Math.ceil(end - 1e-9)); index++) {
      shares.push([index, (Math.min(end, index + 1) - Math.max(start, index)) / size]);
    }
    return shares;
  });
}

// Where a small picture goes so that its centre of mass is in the middle.
function byMass({ height, width, values }, outHeight, outWidth) {
  let mass = 0, down = 0, across = 0;
  values.forEach((value, index) => {
    mass += value;
    down += value * (Math.floor(index / width) + 0.5);
    across += value * ((index % width) + 0.5);
  });
  const place = (middle, sum, free) => Math.max(0, Math.min(free, Math.round(middle - sum / mass)));
  return [place(outHeight / 2, down, outHeight - height), place(outWidth / 2, across, outWidth - width)];
}

// The picture shifted, turned, covered and with noise, as the sliders say. With all at 0 it is the same, to the bit.
export function changed(picture, { right, down, turn, cover, noise }) {
  let { levels } = picture;
  if (right || down || turn) levels = moved(picture, right, down, turn);
  if (cover) levels = covered(picture, levels, cover);
  if (noise) levels = noisy(levels, noise);
  return { ...picture, levels };
}

function moved({ height, width, channels, levels }, right, down, turn) {
  const result = new Float32Array(levels.length);
  const angle = (turn * Math.PI) / 180, cos = Math.cos(angle), sin = Math.sin(angle);
  const middleRow = (height - 1) / 2, middleColumn = (width - 1) / 2;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const y = row - middleRow - (down * height) / 100, x = column - middleColumn - (right * width) / 100;
      const fromRow = middleRow + cos * y - sin * x, fromColumn = middleColumn + sin * y + cos * x;
      for (let channel = 0; channel < channels; channel++) {
        result[(row * width + column) * channels + channel] = between(fromRow, fromColumn, (i, j) => {
          const inside = i >= 0 && i < height && j >= 0 && j < width;
          if (!inside && channels === 1) return 0; // paper
          const y = Math.max(0, Math.min(height - 1, i)), x = Math.max(0, Math.min(width - 1, j));
          return levels[(y * width + x) * channels + channel];
        });
      }
    }
  }
  return result;
}

// A value between four neighbours, each the more weighty the nearer it is.
export function between(row, column, at) {
  const i = Math.floor(row), j = Math.floor(column), y = row - i, x = column - j;
  return (1 - y) * ((1 - x) * at(i, j) + x * at(i, j + 1)) + y * ((1 - x) * at(i + 1, j) + x * at(i + 1, j + 1));
}

// A square in the middle takes the picture's mean colour; `share` is its side, in hundredths of the picture's.
function covered({ height, width, channels }, levels, share) {
  const means = new Float64Array(channels);
  levels.forEach((level, index) => { means[index % channels] += level / (height * width); });
  const result = levels.slice();
  const half = share / 200;
  for (let row = Math.round(height * (0.5 - half)); row < Math.round(height * (0.5 + half)); row++) {
    for (let column = Math.round(width * (0.5 - half)); column < Math.round(width * (0.5 + half)); column++) {
      for (let channel = 0; channel < channels; channel++) result[(row * width + column) * channels + channel] = means[channel];
    }
  }
  return result;
}

// Normally distributed noise, the same each time; `share` is its standard deviation, in hundredths of white.
function noisy(levels, share) {
  const random = randomNumbers(1);
  return levels.map((level) => {
    const wave = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.min(255, level + 2.55 * share * wave));
  });
}

// Numbers in 0..1 that a seed fixes (mulberry32).
function randomNumbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// What the network takes: levels in the range of its training.
export function scaled({ levels }, [low, high]) {
  return levels.map((level) => low + ((high - low) * level) / 255);
}

// An image of the screen from levels, {data, height, width}; grey ones as ink on paper.
export function asImage({ height, width, channels, levels }) {
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let part = 0; part < 3; part++) {
      image.data[4 * pixel + part] = channels === 1 ? 255 - levels[pixel] : levels[pixel * channels + part];
    }
    image.data[4 * pixel + 3] = 255;
  }
  return image;
}
