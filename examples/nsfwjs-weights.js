// Writes a model of the npm package nsfwjs as the files of TensorFlow.js that it was made from: model.json and shards.
//
//   npm pack nsfwjs && tar -xzf nsfwjs-*.tgz
//   node examples/nsfwjs-weights.js package mobilenet_v2 nsfwjs-mobilenet
//   npx nddr weights show nsfwjs-mobilenet/model.json
//
// The package holds them as CommonJS modules: model.min.js is the object of model.json, each shard a text in base64.
// Models: mobilenet_v2 (Keras's MobileNetV2 of width 1.0 for 224x224, with a head of its own for 5 classes),
// mobilenet_v2_mid (a graph model of width 1.4), inception_v3. All numbers are quantised to 8 bits.
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [source, name, destination] = process.argv.slice(2);
if (!destination) {
  console.error('node examples/nsfwjs-weights.js PACKAGE_FOLDER MODEL DEST');
  process.exit(1);
}
const require = createRequire(import.meta.url);
const read = (file) => require(join(resolve(source), 'dist', 'models', name, `${file}.min.js`));

const model = read('model');
await mkdir(destination, { recursive: true });
let bytes = 0;
for (const path of model.weightsManifest.flatMap(({ paths }) => paths)) {
  const shard = Buffer.from(read(path), 'base64');
  await writeFile(join(destination, path), shard);
  bytes += shard.length;
}
// Last, so that a folder with this file is complete.
await writeFile(join(destination, 'model.json'), JSON.stringify(model));
console.log(`${join(destination, 'model.json')}: ${bytes} bytes of weights`);
