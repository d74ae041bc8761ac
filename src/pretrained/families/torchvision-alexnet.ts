/** AlexNet of torchvision. */
import { TORCHVISION_INPUT } from '../convention.js';
import { type Family, type LayerNames, shown, TORCH_EPSILON, torchLayer } from '../family.js';

const CONVOLUTIONS: Readonly<Record<string, LayerNames>> = {
  conv1: torchLayer('features.0'),
  conv2: torchLayer('features.3'),
  conv3: torchLayer('features.6'),
  conv4: torchLayer('features.8'),
  conv5: torchLayer('features.10'),
};

/** Of the head for questions about the image as a whole; those about every pixel have others of these names. */
const CONNECTED: Readonly<Record<string, LayerNames>> = {
  fc6: { ...torchLayer('classifier.1'), window: 6, onlyIfItFits: true },
  fc7: { ...torchLayer('classifier.4'), onlyIfItFits: true },
};

export const torchvisionAlexnet: Family = {
  name: 'torchvision-alexnet',
  title: 'AlexNet as torchvision names it',
  markers: ['features.0.weight'],
  recognise(shapes) {
    const window = shapes.get('features.0.weight')?.slice(1).join();
    if (window !== '3,11,11' || !shapes.has('features.10.weight')) return undefined;
    return {
      model: 'AlexNet',
      backbone: 'alexnet',
      evidence: `${shown(shapes, 'features.0.weight')} and ${shown(shapes, 'features.10.weight')}`,
      convention: TORCHVISION_INPUT,
      layout: 'torch',
      epsilon: TORCH_EPSILON,
      layer: ({ part, layer }) =>
        part === 'stages' ? CONVOLUTIONS[layer] : part === 'head' ? CONNECTED[layer] : undefined,
      spare: (name) => (name.startsWith('classifier.') ? 'the classifier of ImageNet' : undefined),
    };
  },
};
