/** What is worth knowing of the image files of a split, before anything goes wrong with them. */

import { someOf } from '../words.js';
import { type Description, derivedFrom } from './description.js';
import type { ImageInfo } from './image.js';

export interface PhotoFile {
  readonly path: string;
  readonly info: ImageInfo;
}

/**
 * Tells how many images are turned by their EXIF orientation, and which have several pages.
 * @param labels of which those of pixels lie as the turned image or as the stored one
 */
export function tellPhotos(split: string, files: readonly PhotoFile[], labels: Description['labels']): string[] {
  const notes: string[] = [];
  const turned = files.filter(({ info }) => info.orientation > 1);
  if (turned.length > 0) {
    const counts = new Map<number, number>();
    for (const { info } of turned) counts.set(info.orientation, (counts.get(info.orientation) ?? 0) + 1);
    const listed = [...counts].sort(([a], [b]) => a - b).map(([orientation, count]) => `${orientation} (${count})`);
    const lying = (orientation: 'turned' | 'stored') =>
      Object.keys(labels).filter((name) => {
        const what = labels[name];
        return 'orientation' in what && derivedFrom(what) === undefined && what.orientation === orientation;
      });
    const taken = (['turned', 'stored'] as const).flatMap((orientation) =>
      lying(orientation).length > 0 ? [`${lying(orientation).join(', ')} as "${orientation}"`] : [],
    );
    const how = taken.length > 0 ? `; labels are taken to lie as "orientation" says: ${taken.join(', ')}` : '';
    notes.push(
      `${split}: ${turned.length} of ${files.length} images have an EXIF orientation, ${listed.join(', ')}, and are ` +
        `turned upright (${someOf(turned.map(({ path }) => path))})${how}`,
    );
  }
  const paged = files.filter(({ info }) => info.pages > 1);
  if (paged.length > 0) {
    const named = paged.map(({ path, info }) => `${path} (${info.pages})`);
    notes.push(`${split}: ${paged.length} images have several pages or frames; the first is read: ${someOf(named)}`);
  }
  return notes;
}
