// A small folder in the layout of every kind of import, with values of some pixels worked out by hand.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jpeg, png, rgb, writeTestFile } from '../folder.test.fixture.js';
import type { importKinds } from './index.js';
import { matlabLayouts } from './layouts-matlab.test.fixture.js';

/** What a pixel of a label must hold: the name of a class, metres, 1 and 0 (yes and no), or a direction. */
export type Expected = string | number | readonly [number, number, number] | undefined;

export interface Pixel {
  readonly split: string;
  readonly id: string;
  readonly label: string;
  readonly at: readonly [x: number, y: number];
  /** Undefined where the pixel is unlabelled. */
  readonly is: Expected;
}

export interface Layout {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Path below the source to content. */
  files(): Promise<Readonly<Record<string, Uint8Array | string>>>;
  /** Split to the ids of its samples. */
  readonly samples: Readonly<Record<string, readonly string[]>>;
  readonly pixels: readonly Pixel[];
}

const WIDTH = 8;
const HEIGHT = 6;

const photo = () => jpeg(rgb(WIDTH, HEIGHT, (x, y) => [30 * x, 40 * y, 90]));
const photoPng = () =>
  png(
    WIDTH,
    HEIGHT,
    3,
    Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => i % 256),
  );
/** A map with one value in the left half and one in the right. */
const halves = (left: number, right: number, depth: 8 | 16 = 8) =>
  png(
    WIDTH,
    HEIGHT,
    1,
    Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at % WIDTH < WIDTH / 2 ? left : right)),
    depth,
  );
/** A picture with one colour in the left half and one in the right. */
const colours = (left: readonly number[], right: readonly number[]) =>
  png(WIDTH, HEIGHT, 3, [...rgb(WIDTH, HEIGHT, (x) => (x < WIDTH / 2 ? left : right)).data]);

const LEFT = [1, 2] as const;
const RIGHT = [6, 2] as const;
const pixel = (split: string, id: string, label: string, at: readonly [number, number], is: Expected): Pixel => ({
  split,
  id,
  label,
  at,
  is,
});

const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../../../../tests/fixtures/pascal-context/${name}`, import.meta.url)));

export const layouts: Readonly<Record<keyof typeof importKinds, Layout>> = {
  ...matlabLayouts,
  camvid: {
    settings: { lists: { train: 'train.txt', val: 'val.txt' } },
    files: async () => ({
      '701_StillsRaw_full/0001TP_006690.png': photoPng(),
      '701_StillsRaw_full/0001TP_006720.png': photoPng(),
      // A bicyclist and a motorcycle are one class of the 11; void has none.
      'LabeledApproved_full/0001TP_006690_L.png': colours([192, 0, 192], [0, 0, 0]),
      'LabeledApproved_full/0001TP_006720_L.png': colours([64, 192, 0], [128, 64, 128]),
      'train.txt': '/SegNet/CamVid/train/0001TP_006690.png /SegNet/CamVid/trainannot/0001TP_006690.png\n',
      'val.txt': '/SegNet/CamVid/val/0001TP_006720.png /SegNet/CamVid/valannot/0001TP_006720.png\n',
    }),
    samples: { train: ['0001TP_006690'], val: ['0001TP_006720'] },
    pixels: [
      pixel('train', '0001TP_006690', 'segmentation', LEFT, 'bicyclist'),
      pixel('train', '0001TP_006690', 'segmentation', RIGHT, undefined),
      pixel('val', '0001TP_006720', 'segmentation', LEFT, 'building'),
      pixel('val', '0001TP_006720', 'segmentation', RIGHT, 'road'),
    ],
  },
  cityscapes: {
    settings: { splits: ['train', 'val', 'test'] },
    files: async () => {
      const camera = JSON.stringify({ extrinsic: { baseline: 0.2 }, intrinsic: { fx: 2000 } });
      const of = (split: string, id: string, ids: Uint8Array, disparity: Uint8Array) => ({
        [`leftImg8bit/${split}/ulm/${id}_leftImg8bit.png`]: photoPng(),
        [`gtFine/${split}/ulm/${id}_gtFine_labelIds.png`]: ids,
        [`gtFine/${split}/ulm/${id}_gtFine_color.png`]: photoPng(),
        [`disparity/${split}/ulm/${id}_disparity.png`]: disparity,
        [`camera/${split}/ulm/${id}_camera.json`]: camera,
      });
      return {
        // A disparity of (25601 - 1) / 256 = 100 pixels is 0.2 m x 2000 / 100 = 4 m; 0 is unknown.
        ...of('train', 'ulm_000000_000019', halves(7, 9), halves(25601, 0, 16)),
        // (257 - 1) / 256 = 1 pixel would be 400 m, beyond the maximum; 20 m is 20 pixels.
        ...of('val', 'ulm_000001_000019', halves(26, 33), halves(257, 5121, 16)),
        ...of('test', 'ulm_000002_000019', halves(0, 0), halves(5121, 5121, 16)),
      };
    },
    samples: { train: ['ulm_000000_000019'], val: ['ulm_000001_000019'], test: ['ulm_000002_000019'] },
    pixels: [
      pixel('train', 'ulm_000000_000019', 'segmentation', LEFT, 'road'),
      pixel('train', 'ulm_000000_000019', 'segmentation', RIGHT, undefined),
      pixel('train', 'ulm_000000_000019', 'depth', LEFT, 4),
      pixel('train', 'ulm_000000_000019', 'depth', RIGHT, undefined),
      pixel('val', 'ulm_000001_000019', 'segmentation', LEFT, 'car'),
      pixel('val', 'ulm_000001_000019', 'segmentation', RIGHT, 'bicycle'),
      pixel('val', 'ulm_000001_000019', 'depth', LEFT, undefined),
      pixel('val', 'ulm_000001_000019', 'depth', RIGHT, 20),
    ],
  },
  voc: {
    files: async () => ({
      'VOCdevkit/VOC2012/JPEGImages/2007_000032.jpg': await photo(),
      'VOCdevkit/VOC2012/JPEGImages/2007_000033.jpg': await photo(),
      'VOCdevkit/VOC2012/JPEGImages/2007_000999.jpg': await photo(),
      'VOCdevkit/VOC2012/SegmentationClass/2007_000032.png': halves(0, 15),
      'VOCdevkit/VOC2012/SegmentationClass/2007_000033.png': halves(255, 20),
      'VOCdevkit/VOC2012/ImageSets/Segmentation/train.txt': '2007_000032\n',
      'VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt': '2007_000033\n',
      'VOCdevkit/VOC2012/ImageSets/Segmentation/trainval.txt': '2007_000032\n2007_000033\n',
    }),
    samples: { train: ['2007_000032'], val: ['2007_000033'] },
    pixels: [
      pixel('train', '2007_000032', 'segmentation', LEFT, 'background'),
      pixel('train', '2007_000032', 'segmentation', RIGHT, 'person'),
      pixel('train', '2007_000032', 'boundaries', [3, 2], 1),
      pixel('train', '2007_000032', 'boundaries', [4, 2], 1),
      pixel('train', '2007_000032', 'boundaries', [5, 2], 0),
      pixel('val', '2007_000033', 'segmentation', LEFT, undefined),
      pixel('val', '2007_000033', 'segmentation', RIGHT, 'tvmonitor'),
    ],
  },
  'pascal-context': {
    files: async () => ({
      'PASCAL_MT/JPEGImages/2008_000001.jpg': await photo(),
      'PASCAL_MT/ImageSets/Context/train.txt': '2008_000001\n',
      'PASCAL_MT/ImageSets/Context/val.txt': '2008_000002\n',
      'PASCAL_MT/JPEGImages/2008_000002.jpg': await photo(),
      'PASCAL_MT/semseg/VOC12/2008_000001.png': halves(15, 3),
      'PASCAL_MT/semseg/pascal-context/2008_000002.png': halves(255, 1),
      'PASCAL_MT/pascal-context/trainval/2008_000001.mat': await fixture('label-map.mat'),
      'PASCAL_MT/pascal-context/trainval/2008_000002.mat': await fixture('label-map.mat'),
      'PASCAL_MT/human_parts/2008_000001.mat': await fixture('parts.mat'),
      'PASCAL_MT/human_parts/2008_000002.mat': await fixture('parts.mat'),
      // Towards the viewer, and upwards. The wall in the left half has normals, the bird in the right half none.
      'PASCAL_MT/normals_distill/2008_000001.png': colours([127, 127, 255], [127, 255, 127]),
      'PASCAL_MT/normals_distill/2008_000002.png': colours([127, 255, 127], [127, 127, 255]),
      'PASCAL_MT/sal_distill/2008_000001.png': halves(127, 128),
      'PASCAL_MT/sal_distill/2008_000002.png': halves(255, 0),
    }),
    samples: { train: ['2008_000001'], val: ['2008_000002'] },
    pixels: [
      pixel('train', '2008_000001', 'segmentation', LEFT, 'person'),
      pixel('train', '2008_000001', 'segmentation', RIGHT, 'bird'),
      pixel('train', '2008_000001', 'parts', LEFT, 'head'),
      pixel('train', '2008_000001', 'parts', [2, 0], 'lower legs'),
      pixel('train', '2008_000001', 'parts', RIGHT, 'background'),
      pixel('train', '2008_000001', 'normals', LEFT, [0, 0, 1]),
      pixel('train', '2008_000001', 'normals', RIGHT, undefined),
      pixel('val', '2008_000002', 'normals', LEFT, [0, 1, 0]),
      pixel('train', '2008_000001', 'saliency', LEFT, 0),
      pixel('train', '2008_000001', 'saliency', RIGHT, 1),
      pixel('train', '2008_000001', 'boundaries', [4, 5], 1),
      pixel('train', '2008_000001', 'boundaries', [1, 5], 0),
    ],
  },
  ade20k: {
    files: async () => ({
      'ADEChallengeData2016/images/training/ADE_train_00000001.jpg': await photo(),
      'ADEChallengeData2016/images/validation/ADE_val_00000001.jpg': await photo(),
      'ADEChallengeData2016/annotations/training/ADE_train_00000001.png': halves(1, 0),
      'ADEChallengeData2016/annotations/validation/ADE_val_00000001.png': halves(150, 13),
    }),
    samples: { train: ['ADE_train_00000001'], val: ['ADE_val_00000001'] },
    pixels: [
      pixel('train', 'ADE_train_00000001', 'segmentation', LEFT, 'wall'),
      pixel('train', 'ADE_train_00000001', 'segmentation', RIGHT, undefined),
      pixel('val', 'ADE_val_00000001', 'segmentation', LEFT, 'flag'),
      pixel('val', 'ADE_val_00000001', 'segmentation', RIGHT, 'person'),
    ],
  },
  kitti: {
    files: async () => {
      const drive = '2011_09_26_drive_0001_sync';
      return {
        [`2011_09_26/${drive}/image_02/data/0000000005.png`]: photoPng(),
        [`2011_09_26/${drive}/image_03/data/0000000005.png`]: photoPng(),
        [`2011_09_26/${drive}/image_02/data/0000000001.png`]: photoPng(),
        [`train/${drive}/proj_depth/groundtruth/image_02/0000000005.png`]: halves(2560, 0, 16),
        [`val/${drive}/proj_depth/groundtruth/image_03/0000000005.png`]: halves(20480, 128, 16),
      };
    },
    samples: {
      train: ['2011_09_26_drive_0001_sync_image_02_0000000005'],
      val: ['2011_09_26_drive_0001_sync_image_03_0000000005'],
    },
    pixels: [
      pixel('train', '2011_09_26_drive_0001_sync_image_02_0000000005', 'depth', LEFT, 10),
      pixel('train', '2011_09_26_drive_0001_sync_image_02_0000000005', 'depth', RIGHT, undefined),
      pixel('val', '2011_09_26_drive_0001_sync_image_03_0000000005', 'depth', LEFT, 80),
      pixel('val', '2011_09_26_drive_0001_sync_image_03_0000000005', 'depth', RIGHT, 0.5),
    ],
  },
  list: {
    settings: { axes: ['x', '-z', 'y'] },
    files: async () => ({
      'nyu_v2/list/training_seg.txt': '/images/1.png /seg/1.png\n',
      'nyu_v2/list/testing_seg.txt': '/images/2.png /seg/2.png\n',
      'nyu_v2/list/training_normal_mask.txt': '/images/1.png /normal_mask/1.png\n',
      'nyu_v2/list/testing_normal_mask.txt': '/images/2.png /normal_mask/2.png\n',
      'nyu_v2/images/1.png': photoPng(),
      'nyu_v2/images/2.png': photoPng(),
      'nyu_v2/seg/1.png': halves(0, 255),
      'nyu_v2/seg/2.png': halves(39, 4),
      // Blue is up and green away from the viewer in these files.
      'nyu_v2/normal_mask/1.png': colours([127, 127, 255], [255, 255, 255]),
      'nyu_v2/normal_mask/2.png': colours([127, 0, 127], [255, 127, 127]),
    }),
    samples: { train: ['1'], test: ['2'] },
    pixels: [
      pixel('train', '1', 'segmentation', LEFT, 'wall'),
      pixel('train', '1', 'segmentation', RIGHT, undefined),
      pixel('test', '2', 'segmentation', LEFT, 'other prop'),
      pixel('test', '2', 'segmentation', RIGHT, 'chair'),
      pixel('train', '1', 'normals', LEFT, [0, 1, 0]),
      pixel('train', '1', 'normals', RIGHT, undefined),
      pixel('test', '2', 'normals', LEFT, [0, 0, 1]),
      pixel('test', '2', 'normals', RIGHT, [1, 0, 0]),
    ],
  },
  taskonomy: {
    files: async () => {
      const of = (building: string, left: number) => ({
        [`rgb/${building}/point_7_view_2_domain_rgb.png`]: photoPng(),
        [`depth_zbuffer/${building}/point_7_view_2_domain_depth_zbuffer.png`]: halves(left, 65535, 16),
        // A wall that faces the viewer; in Taskonomy green is down, so a floor is purple.
        [`normal/${building}/point_7_view_2_domain_normal.png`]: colours(
          building === 'beechwood' ? [127, 0, 127] : [127, 127, 255],
          [128, 128, 128],
        ),
        [`segment_semantic/${building}/point_7_view_2_domain_segmentsemantic.png`]: halves(17, 0),
        [`edge_occlusion/${building}/point_7_view_2_domain_edge_occlusion.png`]: halves(0, 60000, 16),
      });
      return {
        ...of('allensville', 1024),
        ...of('beechwood', 256),
        'train_val_test_tiny.csv': 'id,train,val,test\nallensville,1,0,0\nbeechwood,0,1,0\n',
      };
    },
    samples: { train: ['allensville_point_7_view_2'], val: ['beechwood_point_7_view_2'] },
    pixels: [
      pixel('train', 'allensville_point_7_view_2', 'depth', LEFT, 2),
      pixel('train', 'allensville_point_7_view_2', 'depth', RIGHT, undefined),
      pixel('val', 'beechwood_point_7_view_2', 'depth', LEFT, 0.5),
      pixel('train', 'allensville_point_7_view_2', 'normals', LEFT, [0, 0, 1]),
      pixel('val', 'beechwood_point_7_view_2', 'normals', LEFT, [0, 1, 0]),
      pixel('train', 'allensville_point_7_view_2', 'normals', RIGHT, undefined),
      pixel('train', 'allensville_point_7_view_2', 'segmentation', LEFT, 'vase'),
      pixel('train', 'allensville_point_7_view_2', 'segmentation', RIGHT, undefined),
      pixel('train', 'allensville_point_7_view_2', 'boundaries', LEFT, 0),
      pixel('train', 'allensville_point_7_view_2', 'boundaries', RIGHT, 1),
    ],
  },
  folder: {
    settings: {
      name: 'photos',
      images: '**/photo_*.jpg',
      labels: {
        depth: { files: '**/depth_*.png', kind: 'depth', metresPerValue: 0.001, invalid: [9999], maximum: 20 },
        things: {
          files: '**/mask_*.png',
          kind: 'segmentation',
          classes: ['wall', 'floor'],
          map: { '3': 'wall', '4': 'floor', '0': null, '9': null },
        },
      },
      lists: { train: 'first.txt', test: 'second.txt' },
    },
    files: async () => ({
      'a/photo_1.jpg': await photo(),
      'b/photo_1.jpg': await photo(),
      'a/depth_1.png': halves(1500, 9999, 16),
      'b/depth_1.png': halves(21000, 400, 16),
      'a/mask_1.png': halves(3, 0),
      'b/mask_1.png': halves(9, 4),
      'lists/first.txt': '# made by hand\na/photo_1.jpg\n',
      'lists/second.txt': 'b/photo_1\n',
    }),
    samples: { train: ['a_1'], test: ['b_1'] },
    pixels: [
      pixel('train', 'a_1', 'depth', LEFT, 1.5),
      pixel('train', 'a_1', 'depth', RIGHT, undefined),
      pixel('test', 'b_1', 'depth', LEFT, undefined),
      pixel('test', 'b_1', 'depth', RIGHT, 0.4),
      pixel('train', 'a_1', 'things', LEFT, 'wall'),
      pixel('train', 'a_1', 'things', RIGHT, undefined),
      pixel('test', 'b_1', 'things', LEFT, undefined),
      pixel('test', 'b_1', 'things', RIGHT, 'floor'),
    ],
  },
};

/** Writes the files of a layout. @returns the source */
export async function writeLayout(root: string, layout: Layout): Promise<string> {
  const source = join(root, 'source');
  for (const [path, content] of Object.entries(await layout.files())) await writeTestFile(join(source, path), content);
  return source;
}
