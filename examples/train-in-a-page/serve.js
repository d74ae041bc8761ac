// node serve.js: serves this folder with the files of nddr and onnxruntime-web that it needs. Any server can do the
// same: copy these files beside the page, and send the two headers where it should train on several threads.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const library = join(here, '..', '..', 'dist', 'web');
const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'));

const FILES = {
  ...Object.fromEntries(['index.html', 'page.js', 'worker.js'].map((name) => [`/${name}`, join(here, name)])),
  '/': join(here, 'index.html'),
  '/nddr-web.js': join(library, 'nddr-web.js'),
  ...Object.fromEntries(
    ['ort.webgpu.min.mjs', 'ort-wasm-simd-threaded.asyncify.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'].map(
      (name) => [`/ort/${name}`, join(runtime, name)],
    ),
  ),
};

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Pages with these headers may share memory between threads. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serves the page on this computer. @param more further files, by their path */
export function serve(port, more = {}) {
  const server = createServer(({ url }, response) => {
    const path = { ...FILES, ...more }[new URL(url, 'http://localhost').pathname];
    if (!path || !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { ...ISOLATED, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    return createReadStream(path).pipe(response);
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await serve(8080);
  console.log(`http://localhost:${server.address().port}/`);
}
