/** VGG-16 of Caffe: the network of its authors, and DeepLab-LargeFOV, whose fc6 and fc7 are convolutions already. */
import { CAFFE_INPUT } from '../convention.js';
import { type Family, type LayerNames, shown, TORCH_EPSILON, torchLayer } from '../family.js';

const CONNECTED: Readonly<Record<string, LayerNames>> = {
  fc6: { ...torchLayer('fc6'), window: 7, reducible: true },
  fc7: { ...torchLayer('fc7'), reducible: true },
};

export const caffeVgg16: Family = {
  name: 'caffe-vgg16',
  title: 'VGG-16 as Caffe names it',
  markers: ['conv1_1.weight'],
  recognise(shapes) {
    if (shapes.get('conv1_1.weight')?.slice(1).join() !== '3,3,3' || !shapes.has('conv5_3.weight')) return undefined;
    const reduced = shapes.get('fc6.weight')?.length === 4 && shapes.get('fc6.weight')?.[2] !== 7;
    return {
      model: reduced ? 'DeepLab-LargeFOV' : 'VGG-16',
      backbone: 'vgg16',
      evidence: [
        shown(shapes, 'conv1_1.weight'),
        ...(shapes.has('fc6.weight') ? [shown(shapes, 'fc6.weight')] : []),
      ].join(' and '),
      convention: CAFFE_INPUT,
      layout: 'torch',
      epsilon: TORCH_EPSILON, // it has no batch normalisation
      layer: ({ part, layer }) =>
        part === 'head' ? CONNECTED[layer] : part === 'stages' ? torchLayer(layer) : undefined,
      spare: (name) => (name.startsWith('fc') ? 'the classifier' : undefined),
    };
  },
};
