/** ResNets of torchvision and timm, which name them alike. */
import { TORCHVISION_INPUT } from '../convention.js';
import { type Family, type Shapes, sequence, shown, TORCH_EPSILON, torchLayer } from '../family.js';

/** How many blocks each of the four layers has. */
const blocksOf = (shapes: Shapes): number[] =>
  [1, 2, 3, 4].map((layer) => {
    let count = 0;
    while (shapes.has(`layer${layer}.${count}.conv1.weight`)) count++;
    return count;
  });

const DEPTHS: Readonly<Record<string, string>> = {
  'basic 2+2+2+2': '18',
  'basic 3+4+6+3': '34',
  'bottleneck 3+4+6+3': '50',
  'bottleneck 3+4+23+3': '101',
  'bottleneck 3+8+36+3': '152',
};

export const torchvisionResnet: Family = {
  name: 'torchvision-resnet',
  title: 'ResNet as torchvision and timm name it',
  markers: ['layer1.0.conv1.weight'],
  recognise(shapes) {
    const blocks = blocksOf(shapes);
    if (!shapes.has('conv1.weight') || !shapes.has('bn1.weight') || blocks.includes(0)) return undefined;
    const kind = shapes.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic';
    const counted = `${kind} ${blocks.join('+')}`;
    // ResNeXt groups the channels of its 3x3 convolutions, and wide ResNets have more of them.
    const [inner, perGroup] = shapes.get('layer1.0.conv2.weight') ?? [];
    const [outer] = shapes.get('layer1.0.conv3.weight') ?? [];
    const plain = inner === perGroup && (kind === 'basic' || outer === 4 * inner);
    const depth = DEPTHS[counted];
    return {
      model:
        plain && depth
          ? `ResNet-${depth}`
          : `a ResNet of another kind (${counted}, ${shown(shapes, 'layer1.0.conv2.weight')})`,
      backbone: plain && depth ? `resnet${depth}` : '',
      evidence: `${shown(shapes, 'conv1.weight')}; ${counted} blocks in layer1 to layer4`,
      convention: TORCHVISION_INPUT,
      layout: 'torch',
      epsilon: TORCH_EPSILON,
      layer: ({ part, layer }) => (part === 'stages' ? residualLayer(layer) : undefined),
      spare: (name) => (name.startsWith('fc.') ? 'the classifier of ImageNet' : undefined),
    };
  },
};

/** The names of a layer of a network of residual blocks: ours are PyTorch's, but for the batch normalisations. */
export const residualLayer = (path: string) =>
  path.endsWith('downsample') ? sequence(path) : torchLayer(path, path.replace(/conv(\d)$/, 'bn$1'));
