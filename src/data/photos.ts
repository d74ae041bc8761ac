/** Notes on the image files of a split, by what their headers say. */
import { someOf } from '../words.js';
import { type Description, derivedFrom } from './description.js';
import type { ImageInfo } from './image.js';

/** An image file, and what its header says. */
export interface PhotoFile {
  readonly path: string;
  readonly info: ImageInfo;
}

/**
 * Notes on the images of a split: how many are turned by their EXIF orientation, and which have several pages.
 * @param labels of which those of pixels lie as the turned image or as the stored one
 */
export const notesOnPhotos = (split: string, files: readonly PhotoFile[], labels: Description['labels']): string[] => [
  ...turnedNotes(split, files, labels),
  ...pageNotes(split, files),
];

function turnedNotes(split: string, files: readonly PhotoFile[], labels: Description['labels']): string[] {
  const turned = files.filter(({ info }) => info.orientation > 1);
  if (turned.length === 0) return [];
  const counts = new Map<number, number>();
  for (const { info } of turned) counts.set(info.orientation, (counts.get(info.orientation) ?? 0) + 1);
  const listed = [...counts].sort(([a], [b]) => a - b).map(([orientation, count]) => `${orientation} (${count})`);
  const lying = (['turned', 'stored'] as const).flatMap((orientation) => {
    const names = labelsLying(orientation, labels);
    return names.length > 0 ? [`${names.join(', ')} as "${orientation}"`] : [];
  });
  const how = lying.length > 0 ? `; labels are taken to lie as "orientation" says: ${lying.join(', ')}` : '';
  return [
    `${split}: ${turned.length} of ${files.length} images have an EXIF orientation, ${listed.join(', ')}, and are ` +
      `turned upright (${someOf(turned.map(({ path }) => path))})${how}`,
  ];
}

/** The labels with files whose pixels lie as the turned image, or as the stored one. */
const labelsLying = (orientation: 'turned' | 'stored', labels: Description['labels']): string[] =>
  Object.keys(labels).filter((name) => {
    const what = labels[name];
    return 'orientation' in what && derivedFrom(what) === undefined && what.orientation === orientation;
  });

function pageNotes(split: string, files: readonly PhotoFile[]): string[] {
  const paged = files.filter(({ info }) => info.pages > 1);
  if (paged.length === 0) return [];
  const named = paged.map(({ path, info }) => `${path} (${info.pages})`);
  return [`${split}: ${paged.length} images have several pages or frames; the first is read: ${someOf(named)}`];
}
