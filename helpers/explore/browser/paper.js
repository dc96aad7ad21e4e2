// The paper: what is drawn on it with mouse, pen or finger, a test picture, or a photograph.

import { asImage, factorOf } from "./picture.js";

// Makes a canvas the paper. `tools` gives the pen's colour and width; `changed` is called after every change.
export function makePaper(canvas, tools, changed) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const paper = { source: "drawn", fit, wipe, put, putPhoto, image };
  let last = null;
  canvas.onpointerdown = (event) => {
    if (paper.source === "test") wipe(); // a new drawing, not one over the test picture
    canvas.setPointerCapture(event.pointerId);
    last = placeOf(event);
    draw(event);
    event.preventDefault();
  };
  canvas.onpointermove = (event) => last && draw(event);
  canvas.onpointerup = canvas.onpointercancel = () => { last = null; };
  return paper;

  // Takes the size for a network's pictures, (height, width).
  function fit([height, width]) {
    const factor = factorOf([height, width]);
    canvas.width = width * factor;
    canvas.height = height * factor;
    wipe();
  }

  function wipe() {
    paper.source = "drawn";
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }

  // Puts a test picture on the paper, each pixel as a square.
  function put(picture) {
    paper.source = "test";
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvasOf(picture), 0, 0, canvas.width, canvas.height);
    changed();
  }

  // Fills the paper with a photograph, cut off where it is longer.
  function putPhoto(photo) {
    wipe();
    paper.source = "photo";
    const scale = Math.max(canvas.width / photo.width, canvas.height / photo.height);
    const width = photo.width * scale, height = photo.height * scale;
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(photo, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    changed();
  }

  function image() {
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  }

  function draw(event) {
    const { colour, width } = tools();
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...last);
    last = placeOf(event);
    pen.lineTo(...last);
    pen.stroke();
    changed();
  }

  function placeOf(event) {
    const frame = canvas.getBoundingClientRect();
    const across = (event.clientX - frame.left) / frame.width, down = (event.clientY - frame.top) / frame.height;
    return [across * canvas.width, down * canvas.height];
  }
}

// A canvas of a picture's own size.
export function canvasOf(picture) {
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").putImageData(asImage(picture), 0, 0);
  return canvas;
}
