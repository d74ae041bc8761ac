/** Exports a run as a folder that a web page can be served from. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NddrError } from '../errors.js';
import { makeFolder, readWhole, writeJson, writeWhole } from '../files.js';
import { modelFacts } from '../train/model-facts.js';
import { type Exported, type ExportOptions, exportRun } from './export.js';
import { WEB_PAGE } from './web-page.js';

export interface WebExported extends Exported {
  readonly folder: string;
  /** Bytes of all files but the model. */
  readonly otherBytes: number;
  /** Sentences on files that were left as they are. */
  readonly notes: readonly string[];
}

/** The package that runs models in browsers; an optional peer, for it is large. */
const RUNTIME = 'onnxruntime-web';
/** What is used of it: WebAssembly on the processor, on any device. */
const RUNTIME_FILES = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'] as const;

const MODEL = 'model.onnx';
/** Files that were being written when an export was killed. */
const PART = /^\.model\.(onnx|json)\.[0-9a-f]{8}\.part$/;

/** Modules of this package that run in the page, with their types, below its root of compiled files. */
const MODULES = ['web/page', 'web/client', 'drawing/colours', 'drawing/image'] as const;

/**
 * Writes a folder that any static server serves: the model, checked as `exportRun` does, what it says about itself as
 * JSON, a client with types, the files of onnxruntime-web, and a page that answers about images. An `index.html` that
 * is not this page stays as it is.
 * @throws NddrError as `exportRun`, when onnxruntime-web is not installed, or the folder holds something else
 */
export async function exportWeb(
  path: string,
  folder: string,
  options: Omit<ExportOptions, 'out' | 'outputs'> = {},
): Promise<WebExported> {
  const runtime = runtimeFolder();
  requireFolder(folder);
  await makeFolder(folder);
  for (const name of readdirSync(folder)) if (PART.test(name)) await rm(join(folder, name), { force: true });
  const exported = await exportRun(path, { ...options, out: join(folder, MODEL) });
  await writeJson(join(folder, 'model.json'), modelFacts(await readWhole(exported.path), exported.path));
  let otherBytes = 0;
  const copy = async (from: string, ...to: readonly string[]) => {
    const bytes = await readFile(from);
    otherBytes += bytes.length;
    await writeWhole(join(folder, ...to), [bytes]);
  };
  for (const name of RUNTIME_FILES) await copy(join(runtime, name), 'ort', name);
  const compiled = fileURLToPath(new URL('..', import.meta.url));
  for (const module of MODULES)
    for (const ending of ['js', 'd.ts'])
      await copy(join(compiled, `${module}.${ending}`), 'nddr', `${module}.${ending}`);
  const page = join(folder, 'index.html');
  const isOwn = existsSync(page) && (await readFile(page, 'utf8')) !== WEB_PAGE;
  if (!isOwn) await writeWhole(page, [WEB_PAGE]);
  const notes = isOwn ? [`${page} is not the example page and stays as it is.`] : [];
  return { ...exported, folder, otherBytes: otherBytes + Buffer.byteLength(WEB_PAGE), notes };
}

/** @throws NddrError where a file has the name, or a folder that this did not write */
function requireFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) throw new NddrError(`--web ${folder}: is a file. Name a folder.`);
  // The model comes first: an export that was stopped may have left it alone, or files aside.
  const others = readdirSync(folder).filter((name) => name !== MODEL && !PART.test(name));
  if (others.length === 0 || existsSync(join(folder, 'model.json'))) return;
  throw new NddrError(
    `--web ${folder}: holds other files than those of an earlier export. Name an empty folder or a new one.`,
  );
}

/** The folder of the runtime's files. @throws NddrError when it is not installed */
function runtimeFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${RUNTIME}/wasm`));
  } catch (cause) {
    throw new NddrError(`--web copies files of ${RUNTIME}, which is not installed. Get it: npm install ${RUNTIME}`, {
      cause,
    });
  }
}
