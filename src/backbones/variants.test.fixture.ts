// Every backbone in every form, narrow, and an image to show them.
import { Random } from '../random.js';
import type { BuiltInBackbone } from './index.js';

export type BackboneKind = BuiltInBackbone['kind'];
type Settings<K extends BackboneKind> = Omit<Extract<BuiltInBackbone, { kind: K }>, 'kind'>;

/** Of every kind, the settings that change its structure. A kind without a row does not compile. */
export const variants: { readonly [K in BackboneKind]: readonly Settings<K>[] } = {
  vgg16: [{}, { batchNorm: false }],
  resnet: [
    { depth: 18, outputStride: 8 },
    { depth: 34, outputStride: 16, head: 'largefov' },
    { depth: 50, outputStride: 32, head: 'linear' },
    { depth: 101 },
  ],
  alexnet: [{}],
  mobilenetv2: [{ outputStride: 8 }, { head: 'largefov' }, { outputStride: 32, head: 'linear' }],
  // A width at which the channels of every branch are even.
  hrnet18: [{ width: 1 / 9 }],
  tiny: [{}, { head: 'multiscale' }],
};

export const WIDTH = 1 / 16;

export interface Variant {
  readonly kind: BackboneKind;
  readonly title: string;
  readonly config: BuiltInBackbone;
}

export const variantsOf = (kind: BackboneKind): readonly Variant[] =>
  variants[kind].map((settings) => {
    const title = [kind, ...Object.entries(settings).map(([key, value]) => `${key} ${value}`)].join(', ');
    return { kind, title, config: { kind, width: WIDTH, ...settings } as BuiltInBackbone };
  });

/** Pixels 0..255 that differ from place to place: a slope, a wave and noise. */
export function imageOf(shape: readonly number[]): Float32Array {
  const random = new Random('image');
  const [n, c, h, w] = shape;
  return Float32Array.from({ length: n * c * h * w }, (_, i) => {
    const [x, y] = [i % w, Math.floor(i / w) % h];
    return 60 + (120 * x) / w + 40 * Math.sin(y / 3 + (i % 5)) + random.uniform(0, 30);
  });
}
