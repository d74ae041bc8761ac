/** The example page of an exported model: answers about an image that is chosen or dropped, drawn side by side. */
import { type Answer, type Model, openModel, pictureOf, type TaskFacts, wordsOf } from './client.js';

/** Lines of words that are shown of an answer about the image as a whole. */
const LINES = 5;

const here = new URL('../../', import.meta.url);

const element = <E extends HTMLElement>(id: string): E => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found as E;
};
const made = <K extends keyof HTMLElementTagNameMap>(tag: K, text = '', className = ''): HTMLElementTagNameMap[K] =>
  Object.assign(document.createElement(tag), { textContent: text, className });

const say = (text: string, isFault = false): void => {
  const status = element('status');
  status.textContent = text;
  status.classList.toggle('fault', isFault);
};

/** The image at the size at which it is answered. */
function pixelsOf(image: ImageBitmap, model: Model): HTMLCanvasElement {
  const longest = Number(element<HTMLSelectElement>('longest').value);
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const { height, width } = model.facts.input;
  const canvas = made('canvas');
  canvas.width = width ?? Math.max(1, Math.round(image.width * scale));
  canvas.height = height ?? Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser has no canvas');
  // Transparent pixels are laid on white, as `nddr predict` does.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const dataOf = (canvas: HTMLCanvasElement): ImageData => {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no canvas');
  return context.getImageData(0, 0, canvas.width, canvas.height);
};

/** A picture as a canvas. */
function drawn(task: TaskFacts, answer: Answer): HTMLCanvasElement {
  const { width, height, data } = pictureOf(task, answer);
  const canvas = Object.assign(made('canvas'), { width, height });
  const rgba = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) rgba.data.set([data[3 * i], data[3 * i + 1], data[3 * i + 2], 255], 4 * i);
  canvas.getContext('2d')?.putImageData(rgba, 0, 0);
  return canvas;
}

function legendOf(task: TaskFacts, answer: Answer): HTMLElement {
  const list = made('ul', '', 'legend');
  const seen = task.channels === task.legend.length ? shares(answer) : undefined;
  const entries = task.legend
    .map((entry, i) => ({ ...entry, share: seen?.[i] }))
    .filter(({ share, label }) => (share === undefined ? label !== 'unlabelled' : share > 0))
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  for (const { label, colour, share } of entries) {
    const item = made(
      'li',
      share === undefined ? label : `${label} ${share < 0.005 ? '<1' : Math.round(100 * share)} %`,
    );
    const swatch = made('i');
    swatch.style.background = `rgb(${colour.join(' ')})`;
    item.prepend(swatch);
    list.append(item);
  }
  return list;
}

/** The share of the pixels that each class has. */
function shares({ channels, height, width, data }: Answer): number[] {
  const plane = height * width;
  const counts = new Array<number>(channels).fill(0);
  for (let i = 0; i < plane; i++) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (data[c * plane + i] > data[best * plane + i]) best = c;
    counts[best]++;
  }
  return counts.map((count) => count / plane);
}

function figure(title: string, ...content: readonly HTMLElement[]): HTMLElement {
  const result = made('figure');
  result.append(made('figcaption', title), ...content);
  return result;
}

function words(task: TaskFacts, answer: Answer): HTMLElement {
  const list = made('ol', '', 'words');
  const lines = wordsOf(task, answer);
  for (const { text, note, share } of lines.slice(0, LINES)) {
    const item = made('li');
    item.append(made('span', text), made('b', note));
    if (share !== undefined) item.style.setProperty('--share', String(share));
    list.append(item);
  }
  if (lines.length > LINES) list.append(made('li', `and ${lines.length - LINES} more`, 'more'));
  return list;
}

/** Answers about an image and shows the answers. */
async function show(model: Model, image: ImageBitmap, name: string): Promise<void> {
  const canvas = pixelsOf(image, model);
  const { width, height } = canvas;
  say(`Answering about ${name} at ${width} x ${height} pixels ...`);
  // Lets the browser show the line before the runtime occupies the page.
  await new Promise((resolve) => setTimeout(resolve, 30));
  const began = performance.now();
  const answers = await model.answer(dataOf(canvas));
  const seconds = (performance.now() - began) / 1000;
  const figures = model.tasks.map((task) => {
    const answer = answers[task.name];
    const title = task.name === task.kind ? task.name : `${task.name} (${task.kind})`;
    if (task.level === 'image') return figure(title, words(task, answer));
    return figure(title, drawn(task, answer), legendOf(task, answer));
  });
  element('answers').replaceChildren(figure(name, canvas), ...figures);
  const changed = width === image.width && height === image.height ? '' : `, from ${image.width} x ${image.height}`;
  say(`${name}: ${width} x ${height} pixels${changed}, answered in ${seconds.toFixed(2)} s`);
}

async function main(): Promise<void> {
  // Beside the page, so that it works without a network.
  const runtimeUrl = new URL('ort/ort.wasm.min.mjs', here).href;
  const runtime = await import(runtimeUrl);
  runtime.env.wasm.wasmPaths = new URL('ort/', here).href;
  const model = await openModel(here, runtime);
  const { origin } = model.facts;
  if (origin) {
    document.title = origin.run;
    element('title').textContent = origin.run;
    element('origin').textContent = `${origin.weights} weights, step ${origin.step}, nddr ${origin.version}`;
  }
  element('size').hidden = model.facts.input.width !== null;
  say('Choose an image, or drop one on the page. It stays on this computer.');

  let last: { readonly image: ImageBitmap; readonly name: string } | undefined;
  let busy = Promise.resolve();
  const again = (): Promise<void> => {
    busy = busy
      .then(() => (last ? show(model, last.image, last.name) : undefined))
      .catch((error: unknown) => say(String((error as Error).message ?? error), true));
    return busy;
  };
  const open = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    try {
      last = { image: await createImageBitmap(file), name: file.name };
    } catch {
      return say(`${file.name} is no image that this browser reads.`, true);
    }
    await again();
  };
  const input = element<HTMLInputElement>('file');
  input.disabled = false;
  // Else no change is told where the same file is chosen again, which may hold another image by now.
  input.addEventListener('click', () => {
    input.value = '';
  });
  input.addEventListener('change', () => open(input.files?.[0]));
  element('longest').addEventListener('change', again);
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
}

main().catch((error: unknown) => say(`The model cannot be opened: ${(error as Error).message ?? error}`, true));
