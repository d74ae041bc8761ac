/** VGG-16 of torchvision, with batch normalisation and without. */
import { TORCHVISION_INPUT } from '../convention.js';
import { type Family, type LayerNames, shown, TORCH_EPSILON, torchLayer } from '../family.js';

/** Convolutions of each block; a pooling follows each. */
const BLOCKS = [2, 2, 3, 3, 3];

/** Where the convolutions stand in `features`, by our names, with so many modules for each. */
function positions(modulesEach: number): Map<string, number> {
  const found = new Map<string, number>();
  let at = 0;
  for (const [block, count] of BLOCKS.entries()) {
    for (let i = 1; i <= count; i++) {
      found.set(`conv${block + 1}_${i}`, at);
      at += modulesEach;
    }
    at++; // the pooling
  }
  return found;
}

const PLAIN = positions(2); // convolution, ReLU
const NORMED = positions(3); // convolution, batch normalisation, ReLU

const CONNECTED: Readonly<Record<string, LayerNames>> = {
  fc6: { ...torchLayer('classifier.0'), window: 7, reducible: true },
  fc7: { ...torchLayer('classifier.3'), reducible: true },
};

export const torchvisionVgg16: Family = {
  name: 'torchvision-vgg16',
  title: 'VGG-16 as torchvision names it',
  markers: ['features.0.weight'],
  recognise(shapes) {
    const normed = shapes.has('features.1.running_mean') || shapes.get('features.1.weight')?.length === 1;
    const at = normed ? NORMED : PLAIN;
    const last = `features.${at.get('conv5_3')}.weight`;
    const window = shapes.get('features.0.weight')?.slice(1).join();
    if (window !== '3,3,3' || [...at.values()].some((i) => shapes.get(`features.${i}.weight`)?.length !== 4))
      return undefined;
    return {
      model: normed ? 'VGG-16 with batch normalisation' : 'VGG-16',
      backbone: 'vgg16',
      evidence: `13 convolutions 3x3 from ${shown(shapes, 'features.0.weight')} to ${shown(shapes, last)}`,
      convention: TORCHVISION_INPUT,
      layout: 'torch',
      epsilon: TORCH_EPSILON,
      layer({ part, layer }) {
        if (part === 'head') return CONNECTED[layer];
        const i = part === 'stages' ? at.get(layer) : undefined;
        if (i === undefined) return undefined;
        return torchLayer(`features.${i}`, normed ? `features.${i + 1}` : undefined);
      },
      spare: (name) => (name.startsWith('classifier.') ? 'the classifier of ImageNet' : undefined),
    };
  },
};
