/** MobileNetV2 of torchvision. */
import { TORCHVISION_INPUT } from '../convention.js';
import { type Family, type LayerNames, sequence, shown, TORCH_EPSILON, torchLayer } from '../family.js';

export const torchvisionMobilenetv2: Family = {
  name: 'torchvision-mobilenetv2',
  title: 'MobileNetV2 as torchvision names it',
  markers: ['features.0.0.weight'],
  recognise(shapes) {
    if (!shapes.has('features.1.conv.0.0.weight') || !shapes.has('features.17.conv.3.weight')) return undefined;
    return {
      model: 'MobileNetV2',
      backbone: 'mobilenetv2',
      evidence: `${shown(shapes, 'features.0.0.weight')} and ${shown(shapes, 'features.1.conv.0.0.weight')}`,
      convention: TORCHVISION_INPUT,
      layout: 'torch',
      epsilon: TORCH_EPSILON,
      layer: ({ part, layer }) =>
        part === 'stages'
          ? stageLayer(layer)
          : part === 'head' && layer === 'last'
            ? sequence('features.18')
            : undefined,
      spare: (name) => (/^(features\.18|classifier)\./.test(name) ? 'the classifier of ImageNet' : undefined),
    };
  },
};

function stageLayer(path: string): LayerNames | undefined {
  if (path === 'stem') return sequence('features.0');
  const [, block, layer] = /^block(\d+)\.(expand|depthwise|project)$/.exec(path) ?? [];
  if (layer === undefined) return undefined;
  // The first block does not widen its features: its sequence is a layer shorter.
  const depthwise = block === '1' ? 0 : 1;
  const at = { expand: 0, depthwise, project: depthwise + 1 }[layer] as number;
  const conv = `features.${block}.conv.${at}`;
  return layer === 'project' ? torchLayer(conv, `features.${block}.conv.${at + 1}`) : sequence(conv);
}
