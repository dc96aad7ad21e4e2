// The colours of the lessons (helpers/plots.py): viridis for activations, red and blue around a white zero for weights,
// yellow to red for heat maps. Each is 33 colours of Matplotlib's table, with straight lines between them.

const TABLES = {
  activations: "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d " +
    "2f6b8e 2c728e 297a8e 26828e 23898e 21918c 1f988b 1fa088 22a785 28ae80 32b67a " +
    "3fbc73 4ec36b 5ec962 70cf57 84d44b 98d83e addc30 c2df23 d8e219 ece51b fde725",
  weights: "053061 0e4179 175290 1f63a8 2a71b2 3480b9 3f8ec0 529dc8 6bacd1 84bcd9 9bc9e0 " +
    "aed3e6 c2ddec d4e6f1 e0ecf3 ecf2f5 f7f6f6 f9eee7 fbe5d8 fddcc9 fbccb4 f8bb9e " +
    "f5aa89 ee9677 e48066 db6b55 d05548 c53e3d ba2832 ab162a 930e26 7c0722 67001f",
  heat: "ffffcc fffac1 fff6b6 fff1ab ffeda0 ffe895 fee38b fede80 fed976 fecf6b fec561 " +
    "febb56 feb24c fea848 fd9f44 fd9640 fd8c3c fd7c37 fc6c33 fc5d2e fc4d2a f54026 " +
    "ef3323 e9261f e2191c d9131f cf0c21 c50624 bb0026 ac0026 9d0026 8d0026 800026",
};

const STEPS = 256;

// For each table 256 colours, [red, green, blue], from its lowest to its highest value.
// "ink" is for grey pictures, whose paper is 0; "light" for red, green and blue.
export const COLOURS = {
  ...Object.fromEntries(Object.entries(TABLES).map(([name, text]) => [name, filled(text.split(" "))])),
  ink: filled(["ffffff", "000000"]),
  light: filled(["000000", "ffffff"]),
};

// The same as whole numbers that an ImageData of four bytes a pixel takes at once (red in the lowest byte).
export const WORDS = Object.fromEntries(Object.entries(COLOURS).map(([name, colours]) =>
  [name, Uint32Array.from(colours, ([red, green, blue]) => (255 << 24) | (blue << 16) | (green << 8) | red)]));

function filled(anchors) {
  const parsed = anchors.map((hex) => [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16)));
  return Array.from({ length: STEPS }, (_, step) => {
    const at = (step / (STEPS - 1)) * (parsed.length - 1);
    const low = Math.min(Math.floor(at), parsed.length - 2);
    return parsed[low].map((value, part) => Math.round(value + (at - low) * (parsed[low + 1][part] - value)));
  });
}

// Index into the table for a value between low and high.
export function step(value, low, high) {
  if (!(high > low)) return 0;
  return Math.max(0, Math.min(STEPS - 1, Math.round(((value - low) / (high - low)) * (STEPS - 1))));
}

// Style of a table's cell that shows a value: its colour, and letters that stand out from it.
export function cellStyle(table, value, low, high) {
  const [red, green, blue] = COLOURS[table][step(value, low, high)];
  return `background:rgb(${red},${green},${blue});color:${lightOf([red, green, blue]) > 0.179 ? "#000" : "#fff"}`;
}

// How bright the eye finds a colour, 0..1: "relative luminance" of the guidelines for accessible pages (WCAG 2). Black
// letters stand out from what is above 0.179, white ones from what is below.
function lightOf(colour) {
  const [red, green, blue] = colour.map((part) =>
    (part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// The smallest value, at most 0, and the largest: the one scale of a layer's maps.
export function scaleOf(values) {
  let low = 0, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// A gradient for a colour bar, in the words of a style sheet.
export function gradientOf(table) {
  return `linear-gradient(to right, ${COLOURS[table].filter((_, n) => n % 15 === 0).map((c) => `rgb(${c})`).join(", ")})`;
}

// The colours of a layer's maps: pictures are grey, activations are not.
export function tableOf({ inputs, shape }) {
  if (inputs.length) return "activations";
  return shape[2] === 1 ? "ink" : "light";
}
