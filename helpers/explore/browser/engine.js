// Computes pictures beside the page, in a worker, so that drawing stays fluid; where there is none, on the page itself.
//
// While a picture is computed, only the newest of those that arrive is kept: the answer is never far behind the pen.

import { compute, readNetwork } from "./network.js";
import { gradCam } from "./gradcam.js";

// Starts an engine for a network's file. `answer` is called with {outputs, heat, milliseconds} for the newest picture.
export function startEngine(file, network, answer) {
  let busy = false, waiting = null, newest = null, stopped = false;
  let ask = (question) => setTimeout(() => received(answered(network, question)));

  function received(result) {
    if (stopped) return;
    busy = false;
    if (waiting) send(waiting);
    answer(result);
  }

  function send(question) {
    waiting = null;
    busy = true;
    ask(question);
  }

  const worker = startWorker();
  if (worker) {
    worker.postMessage({ file });
    worker.onmessage = ({ data }) => received(data);
    const here = ask;
    ask = (question) => worker.postMessage(question);
    worker.onerror = () => { // some frames forbid workers, and say so only now
      ask = here;
      engine.inWorker = false;
      if (busy) send(newest);
    };
  }
  const engine = {
    inWorker: Boolean(worker),
    run(question) {
      newest = question;
      if (busy) waiting = question;
      else send(question);
    },
    stop() {
      stopped = true;
      worker?.terminate();
    },
  };
  return engine;
}

function answered(network, { picture, classIndex }) {
  const start = performance.now();
  const outputs = compute(network, picture);
  const milliseconds = performance.now() - start;
  return { outputs, milliseconds, heat: classIndex === null ? null : gradCam(network, outputs, classIndex) };
}

// The worker's script is the core of this page, taken from the page: a page opened from a folder has no other way.
function startWorker() {
  const core = document.getElementById("explorer-core");
  if (!core || !window.Worker) return null;
  const script = `${core.textContent}\n${answered}\nlet network;
    onmessage = async ({ data }) => {
      if (data.file) { network = readNetwork(data.file); return; }
      const result = answered(await network, data);
      postMessage(result, [...new Set(result.outputs.filter(Boolean).map((output) => output.buffer))]);
    };`;
  try {
    return new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  } catch {
    return null;
  }
}
