import { posix } from 'node:path';
import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { decodeText } from '../../../json.js';
import { NYU_40 } from '../classes/nyu.js';
import { importKind, type PlannedFile, type PlannedSample, type Skipped } from '../kind.js';
import { axesSetting, NYU_AXES, tellAxes } from '../normal-axes.js';
import { copied } from '../planned.js';
import { readFile, type SourceFile, shownPath } from '../source.js';

const SPLITS: Readonly<Record<string, string>> = { training: 'train', testing: 'test' };
const LABELS: Readonly<Record<string, string>> = { seg: 'segmentation', normal_mask: 'normals' };

const settings = z.strictObject({
  classes: z
    .array(z.string().min(1))
    .min(2)
    .optional()
    .describe('Names of the classes, in the order of the indices in the files, from 0; the 40 of NYU v2 if not given'),
  axes: axesSetting
    .optional()
    .describe(
      'What red, green and blue of the normals hold: x to the right, y up, z to the viewer; told from the files',
    ),
});

/** The list files of the published NDDR-CNN code: `list/training_seg.txt`, `list/testing_normal_mask.txt`, ... */
export const list = importKind({
  title: 'the list files of the published NDDR-CNN code',
  expects:
    'the folder with `list/training_seg.txt`, `list/testing_seg.txt` and `list/*_normal_mask.txt`; a line is `IMAGE LABEL`, paths ' +
    'from that folder',
  writes: '`segmentation` (255 is void) and `normals` (255,255,255 is unlabelled); the splits `train` and `test`',
  settings,
  async plan(sources, { classes = [...NYU_40], axes }) {
    const lists = sources.matching(/^(.*?)list\/(training|testing)_(seg|normal_mask)\.txt$/);
    if (lists.length === 0) throw new NddrError(`${sources.shown}: there is no such list; expected ${list.expects}`);
    const byName = new Map(sources.list.map((source) => [source, new Set(source.names)]));
    const samples = new Map<string, PlannedSample & { labels: Record<string, PlannedFile> }>();
    const missing: string[] = [];
    const normals: SourceFile[] = [];
    for (const file of lists) {
      const [, root, phase, task] = file.match;
      const split = SPLITS[phase];
      const find = (path: string): SourceFile | undefined => {
        // A path never leads out of the source: it is only looked up among the names of its files.
        const name = posix.normalize(`${root}${path.replace(/^\/+/, '')}`);
        return byName.get(file.source)?.has(name) ? { source: file.source, name } : undefined;
      };
      for (const [image, label = image] of await linesOf(file)) {
        const [imageFile, labelFile] = [find(image), find(label)];
        if (!imageFile || !labelFile) {
          missing.push(`${file.name}: ${imageFile ? label : image}`);
          continue;
        }
        const key = `${split} ${imageFile.name}`;
        const sample = samples.get(key) ?? { split, id: posix.parse(image).name, image: copied(imageFile), labels: {} };
        if (LABELS[task] in sample.labels)
          throw new NddrError(`${file.name}: names the image ${image} twice; remove one of the lines`);
        sample.labels[LABELS[task]] = copied(labelFile);
        if (LABELS[task] === 'normals') normals.push(labelFile);
        samples.set(key, sample);
      }
    }
    const skipped: Skipped[] = [{ why: 'lines that name a file that is not there', names: missing, isFault: true }];
    const has = (label: string) => [...samples.values()].some(({ labels }) => label in labels);
    const told = axes || normals.length === 0 ? undefined : await tellAxes(normals, NYU_AXES, 'axes');
    return {
      name: 'nyu-v2-list',
      labels: {
        ...(has('segmentation') && {
          segmentation: { kind: 'segmentation', classes, ignore: 255 },
          boundaries: { kind: 'boundaries', from: 'segmentation' },
        }),
        ...(has('normals') && {
          normals: { kind: 'normals', axes: [...(axes ?? told?.axes ?? [])], unlabelled: [255, 255, 255] },
        }),
      },
      samples: [...samples.values()],
      skipped,
      notes: told?.notes ?? [],
    };
  },
});

/** The lines of a list that are not empty, split at spaces. */
async function linesOf(file: SourceFile): Promise<string[][]> {
  const text = decodeText(await readFile(file), shownPath(file));
  return text.split(/\r\n|\r|\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim().split(/\s+/)]));
}
