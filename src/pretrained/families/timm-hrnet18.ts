/** HRNet-W18 of timm and of its authors. */
import { TORCHVISION_INPUT } from '../convention.js';
import { type Family, type LayerNames, sequence, shown, TORCH_EPSILON } from '../family.js';
import { residualLayer } from './torchvision-resnet.js';

export const timmHrnet18: Family = {
  name: 'timm-hrnet18',
  title: 'HRNet as timm and its authors name it',
  markers: ['stage2.0.branches.0.0.conv1.weight'],
  recognise(shapes) {
    const first = 'stage2.0.branches.0.0.conv1.weight';
    const finest = shapes.get(first)?.[0];
    if (finest === undefined || !shapes.has('stage4.0.branches.3.0.conv1.weight')) return undefined;
    return {
      model: `HRNet-W${finest}`,
      backbone: [30, 32, 40, 44, 48, 64].includes(finest) ? `hrnet${finest}` : 'hrnet18',
      evidence: `${shown(shapes, first)} and ${shown(shapes, 'stage4.0.branches.3.0.conv1.weight')}`,
      convention: TORCHVISION_INPUT,
      layout: 'torch',
      epsilon: TORCH_EPSILON,
      notes: ['its network enlarged branches by the nearest pixel; this one interpolates (network.backbone.resize)'],
      layer: ({ part, layer }) => (part === 'stages' ? stageLayer(layer) : undefined),
      spare: (name) =>
        /^(incre_modules|downsamp_modules|final_layer|classifier|head)\./.test(name)
          ? 'the classifier of ImageNet'
          : undefined,
    };
  },
};

function stageLayer(path: string): LayerNames {
  if (/^transition\d\.\d$/.test(path)) {
    // A new branch is a sequence of one in PyTorch.
    const [stage, branch] = path.slice('transition'.length).split('.').map(Number);
    return sequence(branch < stage ? path : `${path}.0`);
  }
  return path.includes('.fuse.') ? sequence(path.replace('.fuse.', '.fuse_layers.')) : residualLayer(path);
}
