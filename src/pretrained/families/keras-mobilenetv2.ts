/** MobileNetV2 of Keras, in its own files and in TensorFlow.js's. */
import { KERAS_MOBILENET_INPUT } from '../convention.js';
import { type Family, type LayerNames, shown } from '../family.js';

export const kerasMobilenetv2: Family = {
  name: 'keras-mobilenetv2',
  title: 'MobileNetV2 as Keras names it',
  markers: ['expanded_conv_depthwise/depthwise_kernel'],
  recognise(shapes) {
    if (!shapes.has('Conv1/kernel') || !shapes.has('block_16_project/kernel')) return undefined;
    return {
      model: 'MobileNetV2',
      backbone: 'mobilenetv2',
      evidence: `${shown(shapes, 'Conv1/kernel')} and ${shown(shapes, 'expanded_conv_depthwise/depthwise_kernel')}`,
      convention: KERAS_MOBILENET_INPUT,
      layout: 'tensorflow',
      epsilon: 1e-3,
      layer({ part, layer }) {
        if (part === 'head') return layer === 'last' ? kerasLayer('Conv_1', 'Conv_1_bn') : undefined;
        return part === 'stages'
          ? stageLayer(layer, shapes.has('bn_Conv1/gamma') ? 'bn_Conv1' : 'Conv1_bn')
          : undefined;
      },
      spare: (name) => (/^(Conv_1|Logits|predictions|dense)/.test(name) ? 'the classifier' : undefined),
    };
  },
};

function stageLayer(path: string, stemNorm: string): LayerNames | undefined {
  if (path === 'stem') return kerasLayer('Conv1', stemNorm);
  const [, block, layer] = /^block(\d+)\.(expand|depthwise|project)$/.exec(path) ?? [];
  if (layer === undefined) return undefined;
  // Keras counts from 0, and the block 0 has another name.
  const name = `${block === '1' ? 'expanded_conv' : `block_${Number(block) - 1}`}_${layer}`;
  return { ...kerasLayer(name, `${name}_BN`), ...(layer === 'depthwise' && { weight: `${name}/depthwise_kernel` }) };
}

const kerasLayer = (conv: string, norm: string): LayerNames => ({
  weight: `${conv}/kernel`,
  bias: `${conv}/bias`,
  norm: {
    gamma: `${norm}/gamma`,
    beta: `${norm}/beta`,
    mean: `${norm}/moving_mean`,
    variance: `${norm}/moving_variance`,
  },
});
