// TensorFlow.js on networks and convolutions of the same shapes (npm install --prefix bench/peers).
//   infer  NDDR of two tasks on one image, WebAssembly; batch norms are folded into the convolutions
//   conv   one 3x3 convolution, forward, WebAssembly (it has no kernel for the gradient of the weights)
//   step   one training step in plain JavaScript, the only backend of Node without native code that has all gradients;
//          its convolutions have no gradient at a dilation other than 1, so here all of them have dilation 1

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import tf from '@tensorflow/tfjs';
import wasm from '@tensorflow/tfjs-backend-wasm';
import { medianMillis, printLine, readOptions } from './options.mjs';

const BLOCKS = [
  { convolutions: 2, channels: 64, dilation: 1, stride: 2 },
  { convolutions: 2, channels: 128, dilation: 1, stride: 2 },
  { convolutions: 3, channels: 256, dilation: 1, stride: 2 },
  { convolutions: 3, channels: 512, dilation: 1, stride: 1 },
  { convolutions: 3, channels: 512, dilation: 2, stride: 1 },
];
const TASKS = ['seg', 'normal'];
const NORMAL_WEIGHT = 20;

const { mode, height, columns, width, batch, steps, threads, classes, channels } = readOptions();
const scaled = (count) => Math.max(4, Math.round(count * width));
const training = mode === 'step';

/** Weights by name, made when they are first asked for. */
const weights = new Map();
function weight(name, shape) {
  if (!weights.has(name)) {
    const spread = Math.sqrt(2 / (shape.at(-1) + shape.at(-2)) / (shape.length === 4 ? shape[0] * shape[1] : 1));
    const value = tf.keep(tf.truncatedNormal(shape, 0, shape.length === 1 ? 0.01 : spread));
    weights.set(name, training ? tf.variable(value, true, name) : value);
  }
  return weights.get(name);
}

function conv(name, x, count, size, dilation = 1) {
  const filter = weight(`${name}/weight`, [size, size, x.shape[3], count]);
  const shift = weight(`${name}/beta`, [count]);
  if (!training)
    return tf.fused.conv2d({
      x,
      filter,
      strides: 1,
      pad: 'same',
      dilations: dilation,
      bias: shift,
      activation: 'relu',
    });
  const y = tf.conv2d(x, filter, 1, 'same');
  const { mean, variance } = tf.moments(y, [0, 1, 2]);
  return tf.relu(tf.batchNorm(y, mean, variance, shift, weight(`${name}/gamma`, [count]), 1e-3));
}

/** NDDR-CNN: [N, H, W, 3] -> the logits of every task, at an eighth of the size. */
function logits(image) {
  let features = TASKS.map(() => image);
  for (const [index, { convolutions, dilation, stride, ...block }] of BLOCKS.entries()) {
    const count = scaled(block.channels);
    features = features.map((input, task) => {
      let x = input;
      for (let i = 0; i < convolutions; i++) x = conv(`${TASKS[task]}/conv${index}_${i}`, x, count, 3, dilation);
      x = tf.maxPool(x, 3, stride, 'same');
      return index === 4 ? tf.avgPool(x, 3, 1, 'same') : x;
    });
    const all = tf.concat(features, 3);
    features = TASKS.map((task) => conv(`nddr${index}/${task}`, all, count, 1));
  }
  return features.map((x, task) => {
    const name = TASKS[task];
    const y = conv(`${name}/fc7`, conv(`${name}/fc6`, x, scaled(1024), 3, 12), scaled(1024), 1);
    const outputs = name === 'seg' ? classes : 3;
    return tf.add(
      tf.conv2d(y, weight(`${name}/fc8`, [1, 1, y.shape[3], outputs]), 1, 'same'),
      weight(`${name}/bias`, [outputs]),
    );
  });
}

const unit = (x) => tf.div(x, tf.maximum(tf.norm(x, 2, 3, true), 1e-6));

async function infer() {
  const image = tf.randomNormal([1, height, columns, 3]);
  const run = async () => {
    const [seg, normal] = tf.tidy(() => {
      const [classLogits, directions] = logits(image).map((y) => tf.image.resizeBilinear(y, [height, columns]));
      return [tf.softmax(classLogits), unit(directions)];
    });
    await Promise.all([seg.data(), normal.data()]);
    tf.dispose([seg, normal]);
  };
  return { infer_ms: await medianMillis(run, Math.min(steps, 2)) };
}

async function convolution() {
  const x = tf.randomNormal([1, height, columns, channels]);
  const filter = tf.randomNormal([3, 3, channels, channels]);
  const run = async () => {
    const y = tf.conv2d(x, filter, 1, 'same');
    await y.data();
    y.dispose();
  };
  return { forward_ms: await medianMillis(run, Math.min(steps, 5)) };
}

async function step() {
  const image = tf.randomNormal([batch, height, columns, 3]);
  const [seg, normal] = tf.tidy(() => logits(image)).map(({ shape }) => tf.keep(tf.randomNormal(shape)));
  const truth = { seg: tf.tidy(() => tf.oneHot(tf.argMax(seg, 3), classes)), normal: tf.tidy(() => unit(normal)) };
  const optimizer = tf.train.momentum(1e-5, 0.9);
  const run = async () => {
    const loss = optimizer.minimize(() => {
      const [classLogits, directions] = logits(image);
      const entropy = tf.losses.softmaxCrossEntropy(truth.seg, classLogits);
      const angle = tf.sub(1, tf.sum(tf.mul(unit(directions), truth.normal), 3)).mean();
      return tf.add(entropy, tf.mul(angle, NORMAL_WEIGHT));
    }, true);
    await loss.data();
  };
  return { step_ms: await medianMillis(run, Math.min(steps, 3)) };
}

if (!training) {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(`${folder}/`);
  wasm.setThreadsCount(threads);
}
await tf.setBackend(training ? 'cpu' : 'wasm');
await tf.ready();
const modes = { infer, conv: convolution, step };
printLine({ peer: `tfjs ${tf.version.tfjs} ${tf.getBackend()}`, ...(await modes[mode]()) });
process.exit(0); // its threads would keep the process alive
