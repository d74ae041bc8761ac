// The worker that trains. What it imports are files of nddr and onnxruntime-web, which serve.js finds.
import { serveTraining } from './nddr-web.js';
import * as ort from './ort/ort.webgpu.min.mjs';

ort.env.wasm.wasmPaths = new URL('./ort/', import.meta.url).href;
serveTraining(self, ort);
