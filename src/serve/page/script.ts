/** The script of the page. It is plain JavaScript: the page is served as it stands here. */
export const SCRIPT = String.raw`
const at = (id) => document.getElementById(id);
const make = (name, props = {}, ...children) => {
  const element = Object.assign(document.createElement(name), props);
  element.append(...children);
  return element;
};
const png = ({ base64 }) => 'data:image/png;base64,' + base64;

let model;
let photo;
let waiting;
let links = [];

async function open() {
  const response = await fetch('/model').catch(() => undefined);
  if (!response || response.status === 503) return setTimeout(open, 1000);
  model = await response.json();
  document.title = model.name + ' - nddr';
  at('name').textContent = model.name;
  const step = model.step === null ? '' : ', with the weights of step ' + model.step;
  const count = model.tasks.length;
  at('about').textContent = 'Answers ' + (count === 1 ? 'one question' : count + ' questions') + ' about an image' + step + '.';
  at('limits').textContent = 'up to ' + model.limits.megabytes + ' MB and ' + model.limits.megapixels + ' megapixels';
  for (const { name } of model.tasks) {
    const box = make('input', { type: 'checkbox', name: 'task', value: name, checked: true });
    box.addEventListener('change', () => photo && send());
    at('tasks').append(make('label', {}, box, name));
  }
  at('tasks').hidden = count < 2;
  at('command').textContent =
    "curl -H 'Content-Type: image/jpeg' --data-binary @photo.jpg \\\n  '" + location.origin + "/predict?maps=png&pictures=true'";
  at('program').hidden = false;
}

function take(file) {
  if (!file) return;
  photo = file;
  send();
}

async function send() {
  waiting?.abort();
  const mine = new AbortController();
  waiting = mine;
  const tasks = [...document.querySelectorAll('[name=task]:checked')].map((box) => box.value);
  if (model && tasks.length === 0) return fail('Choose at least one question.');
  at('error').hidden = true;
  at('status').className = 'soft busy';
  at('status').textContent = 'Answering about ' + (photo.name || 'the image') + ' ...';
  const query = new URLSearchParams({ pictures: 'true' });
  if (model && tasks.length < model.tasks.length) query.set('tasks', tasks.join(','));
  try {
    const response = await fetch('/predict?' + query, {
      method: 'POST',
      body: photo,
      headers: { 'Content-Type': photo.type || 'application/octet-stream' },
      signal: mine.signal,
    });
    const answer = await response.json();
    if (mine.signal.aborted) return;
    if (!response.ok) return fail(answer.error);
    await show(answer);
    at('status').className = 'soft';
    at('status').textContent = 'Answered.';
  } catch (error) {
    if (!mine.signal.aborted) fail('The server cannot be reached, or broke off: ' + error.message);
  }
}

function fail(reason) {
  at('status').className = 'soft';
  at('status').textContent = '';
  at('error').textContent = reason;
  at('error').hidden = false;
  at('answers').hidden = true;
}

async function show(answer) {
  for (const link of links) URL.revokeObjectURL(link);
  const address = (blob) => {
    links.push(URL.createObjectURL(blob));
    return links.at(-1);
  };
  links = [];
  const { width, height, pages } = answer.image;
  const small = width < 200 ? 'small' : '';
  const image = make('img', { src: address(photo), alt: 'The image', className: small });
  // A browser shows no TIFF.
  image.addEventListener('error', () => image.remove());
  const size = width + ' x ' + height + (pages > 1 ? ', first of ' + pages + ' pages' : '');
  const cards = [make('figure', {}, make('figcaption', {}, 'Image', make('span', { className: 'soft' }, size)), image)];
  for (const task of Object.values(answer.tasks)) cards.push(await card(task, small));
  at('pictures').replaceChildren(...cards);
  const { milliseconds: ms, shown } = answer;
  const how =
    shown.kind === 'tiles' ? ', in ' + shown.count + ' tiles' : shown.kind === 'reduced' ? ', reduced to ' + shown.width + ' x ' + shown.height : '';
  const say = (value) => (value < 1000 ? Math.round(value) + ' ms' : (value / 1000).toFixed(1) + ' s');
  at('times').textContent =
    say(ms.total) + ' in all: ' + say(ms.network) + ' network' + how + ', ' + say(ms.decode) + ' decoding, ' + say(ms.draw) + ' drawing, ' + say(ms.waited) + ' waiting';
  at('json').href = address(new Blob([JSON.stringify(answer)], { type: 'application/json' }));
  at('answers').hidden = false;
}

async function card(task, small) {
  const { name, kind, map, picture, words, value } = task;
  const caption = make('figcaption', {}, name === kind ? name : name + ' (' + kind + ')');
  if (words !== undefined) return make('figure', {}, caption, make('p', { className: 'words' }, words), numbers(value));
  const image = make('img', { src: png(picture), alt: name + ' of each pixel', className: small });
  await image.decode();
  if (map) caption.append(make('a', { href: png(map), download: name + '.' + map.unit + '.png' }, map.unit));
  return make('figure', {}, caption, image, legend(task, image));
}

/** The legend; of classes, only those that occur, with their shares of the pixels. */
function legend({ legend: entries, map }, image) {
  const shares = map?.unit === 'classes' ? sharesOf(image) : undefined;
  const key = ([r, g, b]) => (r << 16) | (g << 8) | b;
  const share = ({ colour }) => shares?.get(key(colour)) ?? 0;
  const shown = shares ? entries.filter((one) => share(one) > 0).sort((a, b) => share(b) - share(a)) : entries;
  const items = shown.map((entry) => {
    const swatch = make('i');
    swatch.style.background = 'rgb(' + entry.colour.join(' ') + ')';
    const part = 100 * share(entry);
    const percent = shares ? [make('b', {}, (part < 1 ? 'under 1' : Math.round(part)) + ' %')] : [];
    return make('li', {}, swatch, entry.label, ...percent);
  });
  const list = make('ul', { className: 'legend' }, ...items);
  if (items.length > 12) list.tabIndex = 0; // it scrolls, also by the keyboard
  return list;
}

function sharesOf(image) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = make('canvas', { width, height }).getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const counts = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  for (const [colour, count] of counts) counts.set(colour, count / (width * height));
  return counts;
}

/** The value of an answer about the image as a whole, a row for each of its numbers. */
function numbers(value) {
  const rows = [];
  const walk = (found, name) => {
    if (typeof found === 'object' && found !== null) for (const [key, inner] of Object.entries(found)) walk(inner, key);
    else rows.push([name, typeof found === 'number' ? Number(found.toPrecision(3)) : String(found)]);
  };
  walk(value, '');
  const cells = rows.slice(0, 8).map(([name, text]) => make('tr', {}, make('td', {}, name), make('td', {}, String(text))));
  return make('table', {}, make('tbody', {}, ...cells));
}

at('form').addEventListener('submit', (event) => event.preventDefault());
at('file').addEventListener('change', (event) => {
  take(event.target.files[0]);
  event.target.value = ''; // the same file may be chosen again
});
addEventListener('paste', (event) => take(event.clipboardData?.files[0]));
for (const [type, over] of [['dragover', true], ['dragleave', false], ['drop', false]])
  addEventListener(type, (event) => {
    event.preventDefault();
    at('drop').classList.toggle('over', over);
    if (type === 'drop') take(event.dataTransfer.files[0]);
  });
open();
`;
