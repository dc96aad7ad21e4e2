// The page: picture, sliders and answer on the left, the maps of all layers on the right.

import { step, WORDS } from "./colours.js";
import { startEngine } from "./engine.js";
import { say } from "./language.js";
import { makeLayers } from "./layers.js";
import { bytesOf, readNetwork } from "./network.js";
import { canvasOf, makePaper } from "./paper.js";
import { asImage, between, changed, factorOf, prepared, scaled, shrunk } from "./picture.js";

const MOST_BARS = 100; // classes
const SLIDERS = [
  ["right", say("Shift to the right"), -50, 50, "%"],
  ["down", say("Shift down"), -50, 50, "%"],
  ["turn", say("Turn"), -180, 180, "°"],
  ["cover", say("Cover the middle"), 0, 90, "%"],
  ["noise", say("Noise"), 0, 50, "%"],
];
const PREPARE = {
  digit: say("Prepare as MNIST was: cut out, 20 pixels, centre of mass in the middle"),
  clothes: say("Prepare as Fashion-MNIST was: background out, cut out, as large as possible"),
};
const SKELETON = `
<div class="ex-bar">
  <label class="ex-choice">${say("Network")} <select data-id="networks"></select></label>
  <label class="ex-button">${say("Open a network of yours")} <input type="file" data-id="own" accept=".json" class="ex-hidden"></label>
  <span data-id="status" role="status"></span>
</div>
<p data-id="error" role="alert" class="ex-error" hidden></p>
<div class="ex-columns">
  <section class="ex-left" aria-label="${say("Picture and answer")}">
    <div class="ex-pair">
      <figure><figcaption>${say("Draw here, or drop a photograph")}</figcaption>
        <canvas data-id="paper" class="ex-paper" role="img"
          aria-label="${say("Paper to draw on with mouse, pen or finger")}"></canvas></figure>
      <figure><figcaption data-id="seenCaption">${say("What the network sees")}</figcaption>
        <canvas data-id="seen" class="ex-seen" role="img"
          aria-label="${say("The picture that the network gets")}"></canvas></figure>
    </div>
    <div class="ex-tools">
      <label>${say("Pen")} <input type="range" data-id="pen" min="2" max="80" value="20"></label>
      <label>${say("Colour")} <input type="color" data-id="colour" value="#000000"></label>
      <button type="button" data-id="clear">${say("Clear")}</button>
      <label class="ex-button">${say("Photograph")} <input type="file" data-id="photo" accept="image/*" class="ex-hidden"></label>
    </div>
    <label class="ex-check" data-id="prepareLine"><input type="checkbox" data-id="prepare" checked> <span></span></label>
    <div class="ex-pictures" data-id="pictures" role="group" aria-label="${say("Test pictures")}"></div>
    <h2>${say("Answer")}</h2>
    <p class="ex-hint" data-id="camHint">${
      say("Click on a bar: Grad-CAM shows where the last maps found what speaks for that class.")}</p>
    <div class="ex-bars" data-id="bars" role="group" aria-label="${say("Probability of each class")}"></div>
    <details class="ex-sliders" open><summary>${say("Change the picture")}</summary><div data-id="sliders"></div>
      <button type="button" data-id="reset">${say("All back to 0")}</button></details>
  </section>
  <section class="ex-layers" data-id="layers" aria-label="${say("Layers")}"></section>
</div>`;

// Opens the explorer in an element, with one network's `file`, or with `networks`: {name: {title, source, classes}}, of
// which each `source` is a script that calls explorerNetwork(file), and `classes`, if given, are its classes' names. Returns its state, for tests.
export function openExplorer(element, { file = null, networks = {} }) {
  element.classList.add("explorer");
  element.innerHTML = SKELETON;
  const parts = Object.fromEntries([...element.querySelectorAll("[data-id]")].map((part) => [part.dataset.id, part]));
  const state = { network: null, engine: null, layers: null, outputs: null, heat: null, classIndex: null, changes: {} };
  state.paper = makePaper(parts.paper, () => ({ colour: parts.colour.value, width: Number(parts.pen.value) }), update);

  makeSliders();
  for (const [name, { title }] of Object.entries(networks)) parts.networks.append(new Option(title, name));
  parts.networks.closest("label").hidden = !parts.networks.length;
  parts.networks.onchange = () => choose(parts.networks.value);
  parts.own.onchange = () => openOwn(parts.own.files[0]);
  parts.photo.onchange = () => takePhoto(parts.photo.files[0]);
  parts.clear.onclick = () => { state.paper.wipe(); update(); };
  parts.prepare.onchange = update;
  element.ondragover = (event) => event.preventDefault();
  element.ondrop = (event) => {
    event.preventDefault();
    const [dropped] = event.dataTransfer.files;
    if (/\.json$/i.test(dropped?.name)) openOwn(dropped);
    else takePhoto(dropped);
  };
  if (file) open(file).catch(complain);
  else choose(parts.networks.value);
  return state;

  // ---- networks

  function choose(name) {
    parts.status.textContent = say("Loading …");
    const { classes } = networks[name];
    window.explorerNetwork = (content) => open(classes ? { ...content, classes } : content).catch(complain);
    const script = document.createElement("script");
    script.src = networks[name].source;
    script.onerror = () => complain({ message: say("The file of this network is missing: {file}.", { file: networks[name].source }) });
    document.head.append(script);
    script.remove();
  }

  async function openOwn(chosen) {
    if (!chosen) return;
    try {
      await open(JSON.parse(await chosen.text()));
    } catch (error) {
      const none = say("{file} holds no network. Write one with json.dumps(helpers.explore.network_file(model, images)).",
        { file: chosen.name });
      complain(error instanceof SyntaxError ? { message: none } : error);
    }
  }

  async function open(content) {
    const network = await readNetwork(content); // throws a sentence before anything changes
    complain({ message: "" });
    state.engine?.stop();
    state.layers?.stop();
    Object.assign(state, { network, outputs: null, heat: null, classIndex: null });
    state.engine = startEngine(content, network, show);
    state.layers = makeLayers(parts.layers, network);
    const [height, width, channels] = network.layers[0].shape;
    state.paper.fit([height, width]);
    parts.seen.width = width;
    parts.seen.height = height;
    parts.prepareLine.hidden = !PREPARE[network.prepare];
    parts.prepareLine.querySelector("span").textContent = PREPARE[network.prepare] || "";
    parts.pen.value = channels === 1 ? (network.prepare === "clothes" ? 40 : 20) : 12;
    parts.bars.replaceChildren();
    const tests = testPictures(network);
    parts.pictures.replaceChildren(...tests.map(buttonOf));
    if (tests.length) state.paper.put(tests[0]);
    else update();
  }

  // Tells what went wrong, or, with an empty message, that nothing is wrong any more.
  function complain({ message }) {
    parts.error.textContent = message;
    parts.error.hidden = !message;
    if (message) parts.status.textContent = "";
  }

  // ---- the picture

  function buttonOf(picture, index) {
    const label = state.network.pictures.labels[index];
    const button = document.createElement("button");
    button.type = "button";
    button.title = `${say("Test picture {index}", { index })}${label === undefined ? "" : `: ${className(label)}`}`;
    button.setAttribute("aria-label", button.title);
    button.append(canvasOf(picture));
    button.onclick = () => state.paper.put(picture);
    return button;
  }

  async function takePhoto(chosen) {
    if (!chosen) return;
    try {
      state.paper.putPhoto(await createImageBitmap(chosen));
      complain({ message: "" });
    } catch {
      const none = say("{file} is no picture that this browser can read. Take a JPEG or PNG.", { file: chosen.name });
      complain({ message: none });
    }
  }

  function makeSliders() {
    for (const [name, label, low, high, unit] of SLIDERS) {
      const line = document.createElement("label");
      line.innerHTML = `<span>${label}</span><input type="range" name="${name}" min="${low}" max="${high}" value="0"><output></output>`;
      line.querySelector("input").oninput = slid;
      line.dataset.unit = unit;
      parts.sliders.append(line);
    }
    parts.reset.onclick = () => {
      for (const input of parts.sliders.querySelectorAll("input")) input.value = 0;
      slid();
    };
    slid();
  }

  function slid() {
    for (const line of parts.sliders.children) {
      const input = line.querySelector("input");
      state.changes[input.name] = Number(input.value);
      line.querySelector("output").textContent = `${input.value} ${line.dataset.unit}`.replace("-", "\u2212");
    }
    update();
  }

  // ---- computing

  // Asks for the picture as it is now: once for each image that the screen shows, however fast the pen is.
  function update() {
    if (!state.asked) requestAnimationFrame(ask);
    state.asked = true;
  }

  function ask() {
    state.asked = false;
    if (!state.network) return;
    const { network, paper } = state;
    const { shape } = network.layers[0];
    const asTrained = parts.prepare.checked && PREPARE[network.prepare] && shape[2] === 1 && paper.source !== "test";
    const picture = asTrained ? prepared(paper.image(), network.prepare, shape)
      : shrunk(paper.image(), factorOf(shape), shape[2]);
    state.seen = changed(picture, state.changes);
    state.engine.run({ picture: scaled(state.seen, network.range), classIndex: state.classIndex });
  }

  function show({ outputs, heat, milliseconds }) {
    Object.assign(state, { outputs, heat });
    parts.status.textContent = say("{time} ms a picture", { time: milliseconds.toFixed(1) });
    showSeen();
    showBars();
    state.layers.show(outputs);
  }

  // The picture, and Grad-CAM over it where a class is chosen.
  function showSeen() {
    const image = asImage(state.seen);
    if (state.heat) layHeat(image, state.heat);
    parts.seen.getContext("2d").putImageData(image, 0, 0);
    let caption = say("What the network sees");
    if (state.classIndex !== null) {
      const name = className(state.classIndex);
      caption = state.heat ? say("Grad-CAM for {name}", { name }) : say("No Grad-CAM: a layer is in its way");
    }
    parts.seenCaption.textContent = caption;
  }

  // ---- the answer

  function className(index) {
    return state.network.classes[index] ?? String(index);
  }

  // What the network puts out, one number for each class; one unit with sigmoid stands for two.
  function answers() {
    const values = state.outputs[state.network.output];
    if (!values || values.length > MOST_BARS) return [];
    return values.length === 1 ? [1 - values[0], values[0]] : [...values];
  }

  function showBars() {
    const values = answers();
    const highest = values.indexOf(Math.max(...values));
    parts.camHint.hidden = !values.length;
    values.forEach((value, index) => {
      const button = parts.bars.children[index] || parts.bars.appendChild(barOf(index));
      button.classList.toggle("ex-highest", index === highest);
      button.setAttribute("aria-pressed", String(index === state.classIndex));
      button.querySelector("i").style.width = `${100 * Math.max(0, Math.min(1, value))}%`;
      button.querySelector("em").textContent = `${(100 * value).toFixed(1)} %`.replace("-", "\u2212");
    });
  }

  function barOf(index) {
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = "<b></b><span><i></i></span><em></em>";
    button.querySelector("b").textContent = className(index);
    button.onclick = () => {
      state.classIndex = state.classIndex === index ? null : index;
      update();
    };
    return button;
  }
}

// The pictures that came with a network.
function testPictures({ layers, pictures }) {
  const [height, width, channels] = layers[0].shape;
  const bytes = bytesOf(pictures.bytes), size = height * width * channels;
  return Array.from({ length: pictures.count }, (_, index) =>
    ({ height, width, channels, levels: bytes.subarray(index * size, (index + 1) * size) }));
}

// Lays a heat map over an image: the picture in faint grey, yellow to red where the map is high.
function layHeat(image, { values, height, width }) {
  const { data } = image;
  const at = (i, j) => values[Math.max(0, Math.min(height - 1, i)) * width + Math.max(0, Math.min(width - 1, j))];
  for (let row = 0; row < image.height; row++) {
    for (let column = 0; column < image.width; column++) {
      const heat = between(((row + 0.5) / image.height) * height - 0.5, ((column + 0.5) / image.width) * width - 0.5, at);
      const start = 4 * (row * image.width + column);
      const grey = 127.5 + (data[start] + data[start + 1] + data[start + 2]) / 6;
      const word = WORDS.heat[step(heat, 0, 1)], share = 0.9 * Math.sqrt(Math.max(0, heat));
      for (let part = 0; part < 3; part++) {
        data[start + part] = (1 - share) * grey + share * ((word >> (8 * part)) & 255);
      }
    }
  }
}
