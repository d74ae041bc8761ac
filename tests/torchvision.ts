/** Carries the weights of a PyTorch network over by name and says how far the outputs are apart. */
import { type BuiltInBackbone, buildStage, createBackbone, joinBranches } from '../src/backbones/index.js';
import { asPixels, source, type Tensor, toModel } from '../src/engine/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { NddrError } from '../src/errors.js';
import { readWhole } from '../src/files.js';
import { pooledHead } from '../src/nn/pooled-head.js';
import { parameterCount, Scope, type Values, type Variable } from '../src/nn/scope.js';
import { decodeSafetensors } from '../src/weights/safetensors.js';

export interface Comparison {
  /** Euclidean distances over the length of PyTorch's. */
  readonly features: number;
  readonly logits: number;
  /** Trained parameters, here and in PyTorch. */
  readonly parameters: number;
  readonly wantedParameters: number;
  /** Tensors of PyTorch's that no variable asked for. */
  readonly unused: readonly string[];
}

/** A network as `bench/peers/torchvision_outputs.py` names it. */
interface Counterpart {
  readonly config: BuiltInBackbone;
  /** Whether its logits are of the image as a whole. */
  readonly level: 'image' | 'pixel';
  /** The name of a layer in PyTorch: of its convolution and of its batch normalisation. */
  layer(path: string): readonly [conv: string, norm: string];
}

function counterpartOf(name: string, width: number): Counterpart {
  const [, depth, stride] = /^resnet(\d+)-(\d+)$/.exec(name) ?? [];
  if (depth) {
    const config = { kind: 'resnet', depth: Number(depth), outputStride: Number(stride), width } as BuiltInBackbone;
    return { config, level: 'image', layer: residualLayer };
  }
  const [, mobileStride] = /^mobilenetv2-(\d+)$/.exec(name) ?? [];
  if (mobileStride) {
    const config = { kind: 'mobilenetv2', outputStride: Number(mobileStride), width } as BuiltInBackbone;
    return { config, level: 'image', layer: mobileLayer };
  }
  if (name === 'deeplab50') {
    const config: BuiltInBackbone = { kind: 'resnet', depth: 50, outputStride: 8, head: 'aspp', width };
    return { config, level: 'pixel', layer: deeplabLayer };
  }
  if (name === 'alexnet')
    return { config: { kind: 'alexnet', width }, level: 'image', layer: (path) => [ALEXNET[path], ''] };
  if (name === 'hrnet18')
    return { config: { kind: 'hrnet18', width, resize: 'half-pixel' }, level: 'pixel', layer: hrnetLayer };
  throw new NddrError(
    `${name}: no such network. Known: resnetDEPTH-STRIDE, mobilenetv2-STRIDE, deeplab50, alexnet, hrnet18.`,
  );
}

const residualLayer = (path: string) =>
  path.endsWith('downsample')
    ? ([`${path}.0`, `${path}.1`] as const)
    : ([path, path.replace(/conv(\d)$/, 'bn$1')] as const);

/** A convolution and its batch normalisation in a sequence. */
const sequence = (path: string) => [`${path}.0`, `${path}.1`] as const;

function deeplabLayer(path: string): readonly [string, string] {
  if (path === 'fc') return ['classifier.4', ''];
  if (path === 'conv') return ['classifier.1', 'classifier.2'];
  if (path === 'aspp.pool') return ['classifier.0.convs.4.1', 'classifier.0.convs.4.2'];
  if (path === 'aspp.project') return sequence('classifier.0.project');
  if (path.startsWith('aspp')) return sequence(path.replace('aspp', 'classifier.0.convs'));
  const [conv, norm] = residualLayer(path);
  return [`backbone.${conv}`, `backbone.${norm}`];
}

function mobileLayer(path: string): readonly [string, string] {
  if (path === 'stem') return sequence('features.0');
  if (path === 'last') return sequence('features.18');
  if (path === 'fc') return ['classifier.1', ''];
  const [block, layer] = path.split('.');
  const number = Number(block.slice('block'.length));
  // The first block does not widen its features: its sequence is a layer shorter.
  const at = { expand: 0, depthwise: number === 1 ? 0 : 1, project: number === 1 ? 1 : 2 }[layer] ?? -1;
  const conv = `features.${number}.conv.${at}`;
  return layer === 'project' ? [conv, `features.${number}.conv.${at + 1}`] : sequence(conv);
}

const ALEXNET: Readonly<Record<string, string>> = {
  ...{ conv1: 'features.0', conv2: 'features.3', conv3: 'features.6', conv4: 'features.8', conv5: 'features.10' },
  ...{ fc6: 'classifier.1', fc7: 'classifier.4', fc8: 'classifier.6' },
};

function hrnetLayer(path: string): readonly [string, string] {
  if (path === 'mix') return sequence('last_layer');
  if (path === 'fc') return ['last_layer.3', ''];
  if (/^transition\d\.\d$/.test(path)) {
    // A new branch is a sequence of one in PyTorch.
    const [stage, branch] = path.slice('transition'.length).split('.').map(Number);
    return sequence(branch < stage ? path : `${path}.0`);
  }
  return path.includes('.fuse.') ? sequence(path.replace('.fuse.', '.fuse_layers.')) : residualLayer(path);
}

const ENTRIES: Readonly<Record<string, string>> = {
  ...{ weight: 'weight', bias: 'bias', gamma: 'weight', beta: 'bias', mean: 'running_mean', var: 'running_var' },
};

/** @throws NddrError when the file was not written by the script, or its network has other variables than ours */
export async function compareWithTorchvision(file: string): Promise<Comparison> {
  const { tensors, metadata } = decodeSafetensors(await readWhole(file), file);
  const floats = (name: string) => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof Float32Array)) throw new NddrError(`${file} holds no tensor ${name} of float32.`);
    return { shape: tensor.shape, data: tensor.data };
  };
  const counterpart = counterpartOf(metadata.name, Number(metadata.width));
  const image = floats('image');
  const wanted = { features: floats('features'), logits: floats('logits') };
  const channels = wanted.logits.shape[1];
  const { features, logits, variables } = networkOf(counterpart, image.shape, channels);

  const used = new Set(['image', 'features', 'logits']);
  const values: Values = new Map();
  for (const { path, shape } of variables) {
    const at = path.lastIndexOf('.');
    const entry = path.slice(at + 1);
    const [conv, norm] = counterpart.layer(path.slice(0, at));
    const name = `${entry === 'weight' || entry === 'bias' ? conv : norm}.${ENTRIES[entry]}`;
    const { shape: stored, data } = floats(name);
    // A fully connected layer's matrix [O, I] holds what a convolution [O, C, h, w] does, in the same order.
    if (stored[0] !== shape[0] || data.length !== shape.reduce((product, n) => product * n, 1))
      throw new NddrError(`${file}: ${name} is [${stored}], ${path} is [${shape}].`);
    values.set(path, data);
    used.add(name);
  }
  const session = await nodeRuntime().open(toModel({ features, logits }, { constants: values }).bytes);
  const found = await session.run({ image: { dtype: 'float32', shape: image.shape, data: image.data } });
  await session.close();
  const apart = (name: 'features' | 'logits') => relativeError(found[name].data as Float32Array, wanted[name].data);
  return {
    features: apart('features'),
    logits: apart('logits'),
    parameters: parameterCount(variables),
    wantedParameters: Number(metadata.parameters),
    unused: [...tensors.keys()].filter((name) => !used.has(name)),
  };
}

function networkOf({ config, level }: Counterpart, shape: readonly number[], channels: number) {
  const backbone = createBackbone(config);
  const { scope, build } = Scope.root('evaluate');
  let x: readonly Tensor[] = [asPixels(source('image', shape))];
  for (const stage of backbone.stages) x = buildStage(stage, scope, x);
  const features = joinBranches(x, backbone.resize);
  const head = level === 'pixel' ? backbone.head : (backbone.imageHead ?? pooledHead);
  const logits = head(scope, features, channels);
  const variables: Variable[] = [...build.variables.values()];
  return { features, logits, variables };
}

/** NaN where the lengths differ. */
function relativeError(found: Float32Array, wanted: Float32Array): number {
  if (found.length !== wanted.length) return Number.NaN;
  let [distance, length] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    distance += (found[i] - wanted[i]) ** 2;
    length += wanted[i] ** 2;
  }
  return Math.sqrt(distance / length);
}
