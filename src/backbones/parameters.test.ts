// What other programs say of the networks of full width.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asPixels, source, type Tensor } from '../engine/index.js';
import { pooledHead } from '../nn/pooled-head.js';
import { parameterCount, Scope } from '../nn/scope.js';
import type { Head } from './heads/index.js';
import { type BuiltInBackbone, buildStage, createBackbone, joinBranches } from './index.js';

/** Trained parameters with a head of so many outputs; without any, of the stages alone. */
function count(config: BuiltInBackbone, head?: 'image' | 'pixel', outputs = 1000): number {
  const backbone = createBackbone(config);
  const { scope, build } = Scope.root('evaluate');
  let x: readonly Tensor[] = [asPixels(source('image', [1, 3, 64, 64]))];
  for (const stage of backbone.stages) x = buildStage(stage, scope, x);
  const headOf: Record<string, Head> = { image: backbone.imageHead ?? pooledHead, pixel: backbone.head };
  if (head) headOf[head](scope, joinBranches(x), outputs);
  return parameterCount(build.variables.values());
}

test("classifiers of 1000 classes have the numbers of parameters that torchvision's have", () => {
  // num_params of torchvision's weights: ResNet18_Weights and so on, AlexNet_Weights.
  const published = { 18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160 } as const;
  for (const [depth, wanted] of Object.entries(published))
    assert.equal(count({ kind: 'resnet', depth: Number(depth) as keyof typeof published }, 'image'), wanted);
  assert.equal(count({ kind: 'alexnet' }, 'image'), 61_100_840);
  assert.equal(count({ kind: 'mobilenetv2' }, 'image'), 3_504_872);
});

test("ResNets with the head of DeepLab v3 have the numbers of parameters that torchvision's have", () => {
  // num_params of DeepLabV3_ResNet50_Weights and 101, less the auxiliary classifier, which nothing here has:
  // 3x3 of 1024 to 256 channels, batch norm, 1x1 to 21 classes.
  const auxiliary = 9 * 1024 * 256 + 2 * 256 + 256 * 21 + 21;
  assert.equal(count({ kind: 'resnet', depth: 50 }, 'pixel', 21), 42_004_074 - auxiliary);
  assert.equal(count({ kind: 'resnet', depth: 101 }, 'pixel', 21), 60_996_202 - auxiliary);
});

test("VGG's convolutions have the numbers of parameters that torchvision's have", () => {
  // num_params of VGG16_Weights, less its three fully connected layers.
  const connected = 7 * 7 * 512 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000;
  const convolutions = 138_357_544 - connected;
  assert.equal(count({ kind: 'vgg16', batchNorm: false }), convolutions);
  // Batch norm has two numbers a channel in place of the bias.
  const channels = 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512;
  assert.equal(count({ kind: 'vgg16' }), convolutions + channels);
});

test('HRNet-18 has the number of parameters of HRNet-W18-C, less its classification head', () => {
  // 21,299,004 in all. Its head: a bottleneck a resolution, three halvings, a 1x1 to 2048 channels, 1000 classes.
  const branches = [18, 36, 72, 144];
  const bottlenecks = [32, 64, 128, 256].map((c, i) => {
    const inner = branches[i] * c + 9 * c * c + 4 * c * c + 2 * (c + c + 4 * c);
    return inner + branches[i] * 4 * c + 8 * c;
  });
  const halvings = [128, 256, 512].map((c) => 9 * c * 2 * c + 2 * c + 4 * c);
  const last = 1024 * 2048 + 2048 + 2 * 2048 + 2048 * 1000 + 1000;
  const head = [...bottlenecks, ...halvings, last].reduce((sum, n) => sum + n);
  assert.equal(count({ kind: 'hrnet18' }), 21_299_004 - head);
});
