/** All families of pretrained networks. A new one is one file and one row: docs/guides/pretrained-weights.md. */
import type { Family } from '../family.js';
import { caffeVgg16 } from './caffe-vgg16.js';
import { kerasMobilenetv2 } from './keras-mobilenetv2.js';
import { published } from './published.js';
import { timmHrnet18 } from './timm-hrnet18.js';
import { torchvisionAlexnet } from './torchvision-alexnet.js';
import { torchvisionMobilenetv2 } from './torchvision-mobilenetv2.js';
import { torchvisionResnet } from './torchvision-resnet.js';
import { torchvisionVgg16 } from './torchvision-vgg16.js';

export const families = [
  torchvisionVgg16,
  torchvisionResnet,
  torchvisionAlexnet,
  torchvisionMobilenetv2,
  timmHrnet18,
  published,
  kerasMobilenetv2,
  caffeVgg16,
] as const satisfies readonly Family[];

export const familyNames = families.map(({ name }) => name);
