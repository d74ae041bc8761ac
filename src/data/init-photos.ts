/** What `data init` guesses about the orientation of photographs. */
import { type DescriptionInput, parseDescription } from './description.js';
import { listSplit } from './files.js';
import { guess } from './guess.js';
import { readImageInfo } from './image.js';
import { limitsOf } from './limits.js';
import { expectMapWithin } from './map-size.js';
import { isSideways } from './orientation.js';
import { notesOnPhotos, type PhotoFile } from './photos.js';

/** At most so many images of a split have their headers read, evenly spread over it. */
const SCANNED_IMAGES = 1000;

/**
 * Sets the orientation of labels in a description: "stored" where every map of an image that EXIF turns sideways has
 * the size of the stored pixels. Adds notes on the headers of the images.
 */
export async function guessOrientation(root: string, description: DescriptionInput, notes: string[]): Promise<void> {
  const parsed = parseDescription(description, root);
  const limits = limitsOf(parsed.maxMegapixels, '--max-megapixels');
  const fits: Record<string, { stored: number; turned: number }> = {};
  const photos: Record<string, PhotoFile[]> = {};
  for (const split of Object.keys(parsed.splits)) {
    const { samples } = await listSplit(root, parsed, split);
    const every = Math.ceil(samples.length / SCANNED_IMAGES);
    photos[split] = [];
    for (const { image, labels } of samples.filter((_, i) => i % every === 0)) {
      const info = await readImageInfo(image).catch(() => undefined);
      // `data check` reports images that cannot be read.
      if (!info) continue;
      photos[split].push({ path: image, info });
      if (!isSideways(info.orientation) || info.width === info.height) continue;
      for (const [name, path] of Object.entries(labels)) {
        const size = await expectMapWithin(path, limits);
        fits[name] ??= { stored: 0, turned: 0 };
        if (size?.width === info.width && size.height === info.height) fits[name].stored++;
        else if (size?.width === info.height && size.height === info.width) fits[name].turned++;
      }
    }
  }
  for (const [name, count] of Object.entries(fits)) {
    if (count.stored === 0) continue;
    const evidence = `${count.stored} of its maps have the size of the stored pixels of an image that EXIF turns, ${count.turned} that of the turned image`;
    if (count.turned === 0) {
      Object.assign(description.labels[name], { orientation: 'stored' });
      guess(notes, `${name}: lies as the stored pixels ("orientation": "stored")`, evidence);
    } else notes.push(`${name}: ${evidence}; turn the fewer of them`);
  }
  const { labels } = parseDescription(description, root);
  for (const [split, files] of Object.entries(photos)) notes.push(...notesOnPhotos(split, files, labels));
}
