/** What is worth knowing of the image files of a split, before anything goes wrong with them. */
import { someOf } from './findings.js';
import type { ImageInfo } from './image.js';

export interface PhotoFile {
  readonly path: string;
  readonly info: ImageInfo;
}

/**
 * Tells how many images are turned by their EXIF orientation, and which have several pages.
 * @param stored names of labels that lie as the stored pixels do
 */
export function tellPhotos(split: string, files: readonly PhotoFile[], stored: readonly string[]): string[] {
  const notes: string[] = [];
  const turned = files.filter(({ info }) => info.orientation > 1);
  if (turned.length > 0) {
    const counts = new Map<number, number>();
    for (const { info } of turned) counts.set(info.orientation, (counts.get(info.orientation) ?? 0) + 1);
    const listed = [...counts].sort(([a], [b]) => a - b).map(([orientation, count]) => `${orientation} (${count})`);
    const labels = stored.length > 0 ? `so are the labels ${stored.join(', ')}; others are` : 'labels are';
    notes.push(
      `${split}: ${turned.length} of ${files.length} images have an EXIF orientation, ${listed.join(', ')}, and are ` +
        `turned upright; ${labels} taken to lie as the turned image. Set "orientation" of a label to "stored" where it ` +
        `lies as the stored pixels: ${someOf(turned.map(({ path }) => path))}`,
    );
  }
  const several = files.filter(({ info }) => info.pages > 1);
  if (several.length > 0) {
    const named = several.map(({ path, info }) => `${path} (${info.pages})`);
    notes.push(`${split}: ${several.length} images have several pages or frames; the first is read: ${someOf(named)}`);
  }
  return notes;
}
