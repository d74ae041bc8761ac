/** The pages of `nddr export --web` and `nddr serve` in a real browser: hostile names, the keyboard, and images of all kinds. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp, { type Color } from 'sharp';
import { createBackbone } from '../src/backbones/index.js';
import { parseConfig } from '../src/experiments/config.js';
import { exportWeb } from '../src/experiments/export-web.js';
import { run } from '../src/experiments/run.js';
import { createFusion } from '../src/fusion/index.js';
import { buildNetwork, type NetworkOptions } from '../src/network.js';
import { initialValues } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import { type Running, startServer } from '../src/serve/server.js';
import { createTask } from '../src/tasks/index.js';
import { modelFacts } from '../src/train/model-facts.js';
import { inferenceModel } from '../src/train/predictor.js';
import { type Browser, choose, chromium, openBrowser, serveFolder, until } from './chromium.fixture.js';
import { temporaryFolder, tinyConfig } from './command.fixture.js';

const skip = chromium ? false : 'there is no Chromium here: apt-get install chromium, or name it in CHROMIUM';
const root = temporaryFolder({ after });
const ATTACK = `<img src=x onerror="window.attacked='yes'">`;
const NAMES = [ATTACK, `"quoted" 'names'`, `</script><script>window.attacked='yes'</script>`, '&lt;entity&amp;'];

interface Page {
  readonly url: string;
  /** That the page can take an image, that it has answered `name`, and what it says of a fault. */
  readonly ready: string;
  readonly answered: (name: string) => string;
  readonly fault: string;
}
const pages: Record<'web' | 'serve', Page> = { web: undefined as never, serve: undefined as never };
let folder: Awaited<ReturnType<typeof serveFolder>>;
let server: Running;

before(async () => {
  if (skip) return;
  const network: NetworkOptions = {
    backbone: createBackbone({ kind: 'tiny', width: 0.25 }),
    fusion: createFusion({ kind: 'shared' }),
    tasks: [
      createTask('areas', { kind: 'segmentation', classes: NAMES }),
      createTask('scene', { kind: 'classification', classes: NAMES }),
    ],
    normalisation: { mean: [127, 127, 127], deviation: [64, 64, 64] },
  };
  const { variables } = buildNetwork(network, 'evaluate', [1, 64, 64]).build;
  const { bytes } = inferenceModel(network, initialValues(variables.values(), new Random(1)), {
    origin: { version: '0', run: ATTACK, step: 1, weights: 'best' },
  });
  // The folder of another model, in which the hostile one takes its place.
  const train = { ...tinyConfig.train, steps: 1 };
  const path = join(root, 'run');
  for await (const _ of run({ path, config: parseConfig({ ...tinyConfig, train }) }));
  const site = join(root, 'site');
  await exportWeb(path, site, { images: 0 });
  const model = join(site, 'model.onnx');
  writeFileSync(model, bytes);
  writeFileSync(join(site, 'model.json'), JSON.stringify(modelFacts(bytes)));
  folder = await serveFolder(site);
  server = await startServer({ port: 0, model: { path: model, threads: 1 }, log: () => {} });
  await server.model;
  const text = (id: string) => `document.getElementById('${id}').textContent`;
  pages.web = {
    url: folder.url,
    ready: `document.readyState === 'complete' && !document.getElementById('file').disabled`,
    answered: (name) => `${text('status')}.startsWith(${JSON.stringify(`${name}: `)})`,
    fault: `document.getElementById('status').classList.contains('fault') ? ${text('status')} : ''`,
  };
  pages.serve = {
    url: server.url,
    ready: `document.readyState === 'complete' && ${text('about')}.startsWith('Answers')`,
    answered: () => `${text('status')} === 'Answered.'`,
    fault: `document.getElementById('error').hidden ? '' : ${text('error')}`,
  };
});
after(async () => {
  folder?.close();
  await server?.stop(0);
});

async function opened(t: { after(clean: () => void): void }, page: Page): Promise<Browser> {
  const browser = await openBrowser();
  t.after(() => browser.close());
  await browser.send('Page.enable');
  await browser.send('Page.navigate', { url: page.url });
  await until(browser, page.ready);
  return browser;
}

let count = 0;
async function file(
  bytes: Uint8Array | Promise<Uint8Array>,
  extension = 'png',
): Promise<{ path: string; name: string }> {
  const name = `${++count}.${extension}`;
  writeFileSync(join(root, name), await bytes);
  return { path: join(root, name), name };
}

const plain = (width: number, height: number, background: Color = '#804020') =>
  sharp({ create: { width, height, channels: 4, background }, limitInputPixels: false });

const SHOWN_SIZE = `(() => {
  const shown = document.querySelector('figure canvas, figure img');
  return [shown.naturalWidth ?? shown.width, shown.naturalHeight ?? shown.height];
})()`;

/** Gives the page an image and waits for its answer. @returns width and height of the first picture that it shows */
async function ask(browser: Browser, page: Page, { path, name }: { path: string; name: string }): Promise<unknown> {
  // What an earlier image left there must not count.
  await browser.evaluate(`document.getElementById('status').textContent = ''`);
  await choose(browser, [path]);
  await until(browser, page.answered(name));
  return browser.evaluate(SHOWN_SIZE);
}

for (const kind of ['web', 'serve'] as const) {
  test(`names of classes and of the run are text in the page of ${kind}, whatever they hold`, { skip }, async (t) => {
    const page = pages[kind];
    const browser = await opened(t, page);
    await ask(browser, page, await file(plain(40, 32).png().toBuffer()));
    const [title, text, attacked, images] = (await browser.evaluate(
      `[document.querySelector('h1').textContent, document.body.innerText, window.attacked ?? null,
        document.querySelectorAll('img[onerror], body script:not([src])').length]`,
    )) as [string, string, string | null, number];
    assert.equal(title, ATTACK);
    for (const name of NAMES) assert.ok(text.includes(name), name);
    assert.deepEqual([attacked, images, browser.faults], [null, 0, []]);
  });

  test(`every control of the page of ${kind} is reached by Tab, and Enter opens the choice of a file`, {
    skip,
  }, async (t) => {
    const page = pages[kind];
    const browser = await opened(t, page);
    await ask(browser, page, await file(plain(40, 32).png().toBuffer()));
    await browser.send('Page.setInterceptFileChooserDialog', { enabled: true });
    const press = async (key: string, code: number, text?: string) => {
      const which = { key, code: key, windowsVirtualKeyCode: code };
      await browser.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...which, text });
      await browser.send('Input.dispatchKeyEvent', { type: 'keyUp', ...which });
    };
    const controls = (await browser.evaluate(`(() => {
      window.controls = [...document.querySelectorAll('a[href], input, select, button')].filter((e) => e.checkVisibility());
      window.reached = new Set();
      document.activeElement.blur();
      return window.controls.length;
    })()`)) as number;
    assert.ok(controls >= 2);
    for (let i = 0; i < controls + 5; i++) {
      await press('Tab', 9);
      const isFile = await browser.evaluate(
        `(window.reached.add(document.activeElement), document.activeElement.id === 'file')`,
      );
      if (isFile && !browser.events.includes('Page.fileChooserOpened')) await press('Enter', 13, '\r');
    }
    const missed = await browser.evaluate(
      `window.controls.filter((one) => !window.reached.has(one)).map((one) => one.outerHTML)`,
    );
    assert.deepEqual(missed, []);
    assert.ok(browser.events.includes('Page.fileChooserOpened'));
  });

  test(`the page of ${kind} shows broken images as such and answers the others, however they are made`, {
    skip,
  }, async (t) => {
    const page = pages[kind];
    const browser = await opened(t, page);
    const broken = await file(Buffer.from('no image at all'));
    await choose(browser, [broken.path]);
    await until(browser, page.fault);
    assert.match(String(await browser.evaluate(page.fault)), /no image that this browser reads|is not an image/);

    assert.deepEqual(await ask(browser, page, await file(plain(1, 1).png().toBuffer())), [1, 1]);
    const turned = await file(plain(40, 32).withMetadata({ orientation: 6 }).jpeg().toBuffer(), 'jpg');
    assert.deepEqual(await ask(browser, page, turned), [32, 40]);

    const clear = await file(plain(40, 32, { r: 0, g: 0, b: 0, alpha: 0 }).png().toBuffer());
    await ask(browser, page, clear);
    if (kind === 'web')
      assert.deepEqual(
        await browser.evaluate(`[...document.querySelector('canvas').getContext('2d').getImageData(3, 3, 1, 1).data]`),
        [255, 255, 255, 255],
        'transparent pixels are laid on white, as predict does',
      );

    // 64 megapixels: reduced by the page, and more than the server takes.
    const huge = await file(plain(8000, 8000).removeAlpha().png({ compressionLevel: 1 }).toBuffer());
    if (kind === 'web') assert.deepEqual(await ask(browser, page, huge), [640, 640]);
    else {
      await choose(browser, [huge.path]);
      await until(browser, page.fault);
      assert.match(String(await browser.evaluate(page.fault)), /8000x8000 pixels, more than 25 million/);
    }

    // The second is chosen before the first is answered: it is the one that is shown in the end.
    const [first, second] = [await file(plain(300, 200).png().toBuffer()), await file(plain(50, 60).png().toBuffer())];
    await choose(browser, [first.path]);
    assert.deepEqual(await ask(browser, page, second), [50, 60]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(await browser.evaluate(SHOWN_SIZE), [50, 60], 'and stays');
    assert.deepEqual(browser.faults, []);
  });
}
