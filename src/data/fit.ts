/** Turns and resizes a label to match its image. */
import { NddrError } from '../errors.js';
import type { Image, Size } from '../tasks/raster.js';
import type { MapLabel } from './description.js';
import { isSideways, turnUpright } from './orientation.js';
import type { PackedLabel } from './packed.js';

/** An image that was turned upright. */
export interface Upright {
  readonly image: Image;
  readonly info: {
    /** Its EXIF orientation as it is stored, 1 to 8. */
    readonly orientation: number;
  };
}

/** The file of a label, and how it is described. */
export interface MapFile {
  readonly name: string;
  readonly path: string;
  readonly what: MapLabel;
}

/**
 * Brings a label to its image: turned upright as the image is, and at the size of the image, by nearest pixels where
 * the description allows it.
 * @throws NddrError naming both files and sizes when the label has another size
 */
export function fitted(
  label: PackedLabel,
  { name, path, what }: MapFile,
  imagePath: string,
  { image, info: { orientation } }: Upright,
): PackedLabel {
  const isStored = what.orientation === 'stored';
  const turned = isStored ? turnUpright(label, orientation, what.kind === 'normals') : label;
  if (turned.width === image.width && turned.height === image.height) return turned;
  if (what.resize && isSameShape(turned, image)) return resized(turned, image);
  throw sizeError(label, turned, { name, path, what }, imagePath, image, orientation);
}

/** The error about a label whose size is not that of its image, with the settings or changes that would make it fit. */
function sizeError(
  label: Size,
  turned: Size,
  { name, path, what }: MapFile,
  imagePath: string,
  image: Size,
  orientation: number,
): NddrError {
  const isStored = what.orientation === 'stored';
  const alike = isSameShape(turned, image);
  const found = `${path}: is ${label.width}x${label.height}`;
  const way = alike ? `, or set labels.${name}.resize to true to take the nearest pixels` : '';
  if (isSideways(orientation)) {
    const exif = `${imagePath} is ${image.width}x${image.height} once turned as its EXIF orientation (${orientation}) says`;
    if (turned.width !== image.height || turned.height !== image.width) {
      return new NddrError(`${found}, and ${exif}; export the label at the size of its image${way}`);
    }
    return new NddrError(
      `${found}, and ${exif}; the label fits it ${isStored ? 'turned' : 'as stored'}: ` +
        `set labels.${name}.orientation to "${isStored ? 'turned' : 'stored'}", or turn the label`,
    );
  }
  const shape = what.resize ? ', which has another shape' : '';
  return new NddrError(
    `${found}, expected ${image.width}x${image.height} like ${imagePath}${shape}; ` +
      `export the label at the size of its image${way}`,
  );
}

/** Whether two sizes have the same aspect ratio, up to one pixel of the smaller one. */
function isSameShape(a: Size, b: Size): boolean {
  const [small, large] = a.width * a.height < b.width * b.height ? [a, b] : [b, a];
  const byWidth = (large.height * small.width) / large.width;
  const byHeight = (large.width * small.height) / large.height;
  return Math.abs(byWidth - small.height) < 1 || Math.abs(byHeight - small.width) < 1;
}

/** Resizes by nearest pixels: pixel i of n is pixel floor((i + 0.5) m / n) of m. */
function resized(label: PackedLabel, { width, height }: Size): PackedLabel {
  const { channels, encoding } = label;
  const nearest = (i: number, from: number, to: number) => Math.floor(((i + 0.5) * from) / to);
  const columns = Int32Array.from({ length: width }, (_, x) => nearest(x, label.width, width));
  // Directions lie interleaved, three numbers a pixel; all else plane by plane.
  const interleaved = encoding?.kind === 'directions';
  const numbers = interleaved ? channels : 1;
  const planes = interleaved ? 1 : channels;
  const Type = label.data.constructor as new (length: number) => PackedLabel['data'];
  const out = new Type(channels * width * height);
  let to = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < height; y++) {
      const row = (plane * label.height + nearest(y, label.height, height)) * label.width;
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < numbers; c++) out[to++] = label.data[(row + columns[x]) * numbers + c];
      }
    }
  }
  return { ...label, width, height, data: out };
}
