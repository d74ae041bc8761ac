import * as z from 'zod';
import { NddrError } from '../../../errors.js';
import { AGE_AND_GENDER, faceCells } from '../faces/labels.js';
import { importKind, type PlannedSample } from '../kind.js';
import { copied } from '../planned.js';
import { shownPath } from '../source.js';
import { atRandom, splitSettings } from '../splitting.js';

const settings = z.strictObject({ shares: splitSettings.shares, seed: splitSettings.seed });

/** `[age]_[gender]_[race]_[date].jpg`, or `.jpg.chip.jpg` where it is cropped and aligned. */
const NAME = /^((\d{1,3})_([01])_[0-4]_\d+)\.jpg(?:\.chip\.jpg)?$/i;

/** UTKFace: faces with age and gender in the names of their files. */
export const utkface = importKind({
  title: 'UTKFace, faces with age and gender',
  expects: 'the folder of images named `[age]_[gender]_[race]_[date].jpg.chip.jpg` or `.jpg`',
  writes:
    '`age` in years and `gender` in a table. The splits are random by image: the names do not say who is shown, so a ' +
    'person may be in two splits',
  settings,
  async plan(sources, { shares, seed }) {
    const images = sources.matching(/([^/]+)\.jpe?g$/i);
    const malformed: string[] = [];
    const found = new Map<string, Omit<PlannedSample, 'split'>>();
    for (const { match, ...file } of images) {
      const [, id, age, gender] = NAME.exec(match[0]) ?? [];
      if (id === undefined) {
        malformed.push(match[0]);
        continue;
      }
      if (found.has(id)) {
        throw new NddrError(
          `${shownPath(file)}: there is another image ${id}; keep one of them, or name only its folder`,
        );
      }
      const cells = faceCells(Number(age), gender === '1' ? 'female' : 'male');
      found.set(id, { id, image: copied(file), labels: {}, cells });
    }
    if (found.size === 0) throw new NddrError(`${sources.shown}: this is no UTKFace; expected ${utkface.expects}`);
    const samples = [...atRandom([...found.keys()], shares, seed)].flatMap(([split, ids]) =>
      ids.map((id) => ({ split, ...(found.get(id) as Omit<PlannedSample, 'split'>) })),
    );
    return {
      name: 'utkface',
      labels: AGE_AND_GENDER,
      samples,
      skipped: [{ why: 'images whose names do not tell age, gender and race', names: malformed, isFault: false }],
    };
  },
});
