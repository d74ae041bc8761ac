// Trains a small network in a worker: on the built-in rooms, or on a folder that the user chooses or drops.
import { chosenFiles, droppedFiles, StoredRun, trainInWorker } from './nddr-web.js';

const NAME = 'page';
const element = (id) => document.getElementById(id);
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const losses = [];
let files;
let stop;

/** The configuration is that of Node; a folder needs a dataset.json, which `npx nddr data init` writes. */
const configuration = () => ({
  name: NAME,
  data: files
    ? { kind: 'folder', root: 'given' }
    : { kind: 'rooms', width: 48, height: 48, length: { train: 400, val: 20, test: 20 } },
  tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
  network: { backbone: { kind: 'tiny', width: 0.5 }, fusion: { kind: 'nddr' } },
  train: {
    ...{ steps: Number(element('steps').value), batch: 4, height: 48, width: 48, rate: 0.003 },
    ...{ evaluateEvery: 50, checkpointEvery: 10 },
  },
});

async function train(order) {
  stop = new AbortController();
  setRunning(true);
  try {
    const device = element('device').value;
    for await (const event of trainInWorker(worker, { ...order, device, files, signal: stop.signal })) show(event);
  } catch (error) {
    say(error.message);
  } finally {
    setRunning(false);
  }
}

function show(event) {
  if (event.type === 'start') say(`step ${event.step} of ${event.steps}`);
  else if (event.type === 'step') {
    losses[event.step] = event.total;
    say(`step ${event.step}: loss ${event.total.toFixed(4)}, ${Math.round(event.stepMillis)} ms`);
    draw();
  } else if (event.type === 'evaluation') log(`step ${event.step}: ${JSON.stringify(event.values)}`);
  else if (event.message) log(event.message);
  else if (event.type === 'done' || event.type === 'stopped') say(`${event.type} at step ${event.step}`);
}

const say = (text) => {
  element('status').textContent = text;
};
const log = (text) => {
  element('log').textContent += `${text}\n`;
};

function setRunning(running) {
  for (const id of ['start', 'resume', 'remove', 'device', 'steps', 'folder']) element(id).disabled = running;
  element('stop').disabled = !running;
}

/** The losses so far as a line. */
function draw() {
  const { width, height } = element('chart');
  const context = element('chart').getContext('2d');
  const most = losses.reduce((a, b) => Math.max(a, b), 0);
  context.clearRect(0, 0, width, height);
  context.beginPath();
  losses.forEach((loss, step) => {
    context.lineTo((step / (losses.length - 1 || 1)) * width, height * (1 - loss / most));
  });
  context.stroke();
}

/** Does something with the run that this browser keeps. */
async function withRun(act) {
  const run = await StoredRun.open(NAME);
  try {
    return await act(run);
  } finally {
    run.close();
  }
}

/** Saves the files of the run: laid into runs/page, they are a run of Node, to export, judge or resume. */
async function download() {
  for (const { path, bytes } of await withRun((run) => run.files())) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([bytes]));
    link.download = path.split('/').pop();
    link.click();
  }
}

element('start').onclick = () => {
  losses.length = 0;
  train({ config: configuration() });
};
element('resume').onclick = () => train({ resume: NAME });
element('stop').onclick = () => stop.abort();
element('download').onclick = download;
element('remove').onclick = () => withRun((run) => run.remove()).then(() => say('removed'));

const take = (given) => {
  files = given.size > 0 ? given : undefined;
  say(`${given.size} files`);
};
element('folder').onchange = (event) => take(chosenFiles(event.target.files));
document.ondragover = (event) => event.preventDefault();
document.ondrop = async (event) => {
  event.preventDefault();
  take(await droppedFiles(event.dataTransfer));
};

// A run that was interrupted, by closing the page or otherwise, is there again.
const earlier = await withRun(async (run) => (await run.config()) && run.readEvents());
for (const event of earlier ?? []) if (event.type === 'step') losses[event.step] = event.total;
say(earlier ? `a run of ${losses.length - 1} steps is kept: resume it` : 'ready');
if (losses.length > 0) draw();
setRunning(false);
