import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { CAMVID_11, CAMVID_11_COLOURS } from '../classes/camvid.js';
import { CITYSCAPES_19, CITYSCAPES_IDS } from '../classes/cityscapes.js';
import { importKind } from '../kind.js';
import { copies, pairUp, placeIn } from '../pairs.js';
import type { SourceFile } from '../source.js';
import { splitByKey, splitSettings, splitUp } from '../splitting.js';

/** KITTI's depth is stored as whole 1/256 m, and 0 where the laser hit nothing. */
const DEPTH = { kind: 'depth' as const, metresPerValue: 1 / 256 };

/** KITTI: the depth benchmark, the semantics benchmark, or frames with painted labels beside them. */
export const kitti = importKind({
  title: 'KITTI: depth, semantics, or frames with painted labels',
  expects:
    'the depth benchmark (`train` and `val`, with `DRIVE/proj_depth/groundtruth/image_02`) and the raw drives; or the semantics benchmark ' +
    '(`training/image_2`, `training/semantic`); or frames `NAME.png` with `segm_gt_NAME.png` and `depth_gt_NAME.png`',
  writes: '`depth` in 1/256 m, 0 where unknown; `segmentation` (19 classes of Cityscapes, or 11 colours)',
  settings: z.strictObject(splitSettings),
  async plan(sources, choice) {
    const raw = sources.byKey(
      /(?:^|\/)([^/]+_sync)\/(image_0[23])\/data\/(\d+)\.(?:png|jpg)$/,
      ([, drive, camera, frame]) => `${drive}_${camera}_${frame}`,
    );
    const official = new Map<string, string>();
    const truth = sources.byKey(
      /(?:^|\/)(train|val)\/([^/]+_sync)\/proj_depth\/groundtruth\/(image_0[23])\/(\d+)\.png$/,
      ([, split, drive, camera, frame]) => {
        official.set(`${drive}_${camera}_${frame}`, split);
        return `${drive}_${camera}_${frame}`;
      },
    );
    if (truth.size > 0) {
      // The first and last frames of a drive have no ground truth.
      const pairs = pairUp({
        images: raw,
        labels: { depth: copies(truth) },
        placeOf: (id) => placeIn(official, id),
      });
      return { name: 'kitti', labels: { depth: DEPTH }, ...pairs };
    }
    const benchmark = sources.byKey(/(?:^|\/)training\/image_2\/([^/]+)\.png$/);
    const semantic = sources.byKey(/(?:^|\/)training\/semantic\/([^/]+)\.png$/);
    const isBenchmark = semantic.size > 0;
    const images = isBenchmark ? benchmark : sources.byKey(/(?:^|\/)(?!segm_gt_|depth_gt_)([^/]+)\.(?:png|jpg)$/);
    const segmentation = isBenchmark ? semantic : sources.byKey(/(?:^|\/)segm_gt_([^/]+)\.png$/);
    const depth = isBenchmark ? new Map<string, SourceFile>() : sources.byKey(/(?:^|\/)depth_gt_([^/]+)\.png$/);
    const labelled = new Map([...images].filter(([id]) => segmentation.has(id) || depth.has(id)));
    if (labelled.size === 0) throw new NddrError(`${sources.shown}: this is no KITTI; expected ${kitti.expects}`);
    const division = await splitUp(sources, labelled, choice);
    const splitOf = splitByKey(division);
    const pairs = pairUp({
      images,
      labels: { segmentation: copies(segmentation), depth: copies(depth) },
      placeOf: (id) => placeIn(splitOf, id),
    });
    return {
      name: 'kitti',
      labels: {
        ...(segmentation.size > 0 && { segmentation: isBenchmark ? ids() : painted() }),
        ...(depth.size > 0 && { depth: DEPTH }),
      },
      samples: pairs.samples,
      skipped: [...division.skipped, ...pairs.skipped],
    };
  },
});

/** Labels by the ids of Cityscapes. */
const ids = () => ({
  kind: 'segmentation' as const,
  classes: CITYSCAPES_19.map(([, name]) => name),
  colours: CITYSCAPES_19.map(([, , , colour]) => colour),
  map: Object.fromEntries(
    CITYSCAPES_IDS.map((id) => [String(id), CITYSCAPES_19.find(([known]) => known === id)?.[1] ?? null]),
  ),
});

/** Labels in CamVid's colours, as the frames are painted that Ros et al. published ("Vision-based Offline-Online Perception", WACV 2015). */
const painted = () => ({
  kind: 'segmentation' as const,
  classes: [...CAMVID_11],
  colours: [...CAMVID_11_COLOURS],
  map: { '#000000': null },
  coding: 'colours' as const,
});
