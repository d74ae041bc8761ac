/** The files of the page, as `npm run build` made them. They are read once: no request names a path on the disk. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NddrError } from '../errors.js';

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its name changes with its content. */
  readonly lasting: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const FOLDER = fileURLToPath(new URL('../../studio', import.meta.url));

/** By their paths; `/` is the page. @throws NddrError where it was not built */
export async function readPage(folder = FOLDER): Promise<Map<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = new Map<string, PageFile>();
  for (const name of names.map((one) => one.split(sep).join('/'))) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(await readFile(join(folder, name)));
    files.set(name === 'index.html' ? '/' : `/${name}`, { type, bytes, lasting: name.startsWith('assets/') });
  }
  if (!files.has('/')) throw new NddrError(`${folder} lacks the page of the studio. Build it: npm run build`);
  return files;
}
