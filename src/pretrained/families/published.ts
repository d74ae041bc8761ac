/**
 * The published NDDR-CNN code's VGG-16, in TensorFlow: `vgg_16/...` of a single task and of a shared trunk, and
 * `vgg_16_TOWER_STAGE/...` with layers `nddr_STAGE/nddr_STAGE_nTOWER` between the towers.
 */
import { CAFFE_INPUT } from '../convention.js';
import { type Family, type LayerNames, shown } from '../family.js';
import type { Place } from '../target.js';

const FIRST = /^vgg_16(_\d_1)?\/conv1\/conv1_1\/weights$/;
/** The stage of the head in the names of towers. */
const HEAD_STAGE = 6;
const HEAD: Readonly<Record<string, string>> = { fc6: 'fc6', fc7: 'fc7', fc8: 'fc8_voc12' };

export const published: Family = {
  name: 'published',
  title: "VGG-16 as the published code's TensorFlow checkpoints name it",
  markers: ['vgg_16/conv1/conv1_1/weights', 'vgg_16_1_1/conv1/conv1_1/weights'],
  recognise(shapes) {
    const firsts = [...shapes.keys()].filter((name) => FIRST.test(name));
    if (firsts.length === 0) return undefined;
    const towered = firsts.every((name) => !name.startsWith('vgg_16/'));
    const heads = [...shapes.keys()].filter((name) => /^vgg_16_\d_6\/fc6\/weights$/.test(name)).length;
    const towers = towered ? firsts.length : heads;
    return {
      model: towered
        ? `VGG-16 in ${firsts.length} towers`
        : heads > 0
          ? `a trunk of VGG-16 and ${heads} heads`
          : 'VGG-16',
      backbone: 'vgg16',
      evidence: `${shown(shapes, firsts[0])}${towers > 0 ? ` and ${towers} towers or heads` : ''}`,
      convention: { ...CAFFE_INPUT, padding: 'same' },
      layout: 'tensorflow',
      epsilon: 1e-3, // the default of slim, which the code leaves
      ...(towers > 1 && { towers }),
      layer: (place) => layerAt(place, towered, towers > 0),
    };
  },
};

/** @param towered whether its towers have stages of their own @param headed whether it has several heads */
function layerAt({ part, index, layer }: Place, towered: boolean, headed: boolean): LayerNames | undefined {
  const number = index + 1;
  if (part === 'stages') {
    const stage = /^conv(\d)_\d$/.exec(layer)?.[1];
    return stage === undefined
      ? undefined
      : slimLayer(`${towered ? `vgg_16_${number}_${stage}` : 'vgg_16'}/conv${stage}/${layer}`);
  }
  if (part === 'head') {
    const name = HEAD[layer];
    if (!name) return undefined;
    const scope = headed ? `vgg_16_${number}_${HEAD_STAGE}` : 'vgg_16';
    return { ...slimLayer(`${scope}/${name}`), ...(layer === 'fc8' && !headed && { classifier: true }) };
  }
  if (index < 0) return undefined;
  const [between] = layer.split('.');
  const stage = /^nddr(\d+)$/.exec(between)?.[1];
  if (stage) return slimLayer(`nddr_${stage}/nddr_${stage}_n${number}`);
  if (between !== 'shortcut') return undefined;
  return slimLayer(towered ? `nddr_shortcut_${number}` : 'vgg_16/shortcuts');
}

const slimLayer = (scope: string): LayerNames => ({
  weight: `${scope}/weights`,
  bias: `${scope}/biases`,
  norm: {
    gamma: `${scope}/BatchNorm/gamma`,
    beta: `${scope}/BatchNorm/beta`,
    mean: `${scope}/BatchNorm/moving_mean`,
    variance: `${scope}/BatchNorm/moving_variance`,
  },
});
