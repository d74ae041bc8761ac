// Small folders of images and labels for the tests, written with libraries that the code under test does not check.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { encodeNpy, type NpyArray } from '../npy.js';
import { type MapLabel, parseDescription } from './description.js';

/** A folder that is gone when the test ends. */
export async function temporaryFolder(test: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'nddr-data-'));
  test.after(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** Writes a file and makes the folders above it. @returns its path */
export async function writeTestFile(path: string, content: Uint8Array | string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** An RGB image. @param pixel gives the colour at a place */
export function rgb(width: number, height: number, pixel: (x: number, y: number) => readonly number[]) {
  const pixels = Array.from({ length: width * height }, (_, at) => pixel(at % width, Math.floor(at / width)));
  return { width, height, data: Uint8Array.from(pixels.flat()) };
}

/** A PNG. @param data samples, interleaved */
export const png = (width: number, height: number, channels: number, data: readonly number[], depth: 8 | 16 = 8) =>
  encode({ width, height, channels, depth, data: depth === 16 ? Uint16Array.from(data) : Uint8Array.from(data) });

/** A JPEG of high quality. */
export const jpeg = (image: { width: number; height: number; data: Uint8Array }): Promise<Uint8Array> =>
  sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();

/** A `.npy` file of format 1.0. */
export function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  const head = Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY'),
    Buffer.from([1, 0, 118, 0]),
    Buffer.from(`${text}\n`),
  ]);
  return Buffer.concat([head, Buffer.from(Float32Array.from(values).buffer)]);
}

export const npyOf = (array: NpyArray): Uint8Array => Buffer.concat(encodeNpy(array));

/** A label description with its defaults. */
export const labelOf = (what: object): MapLabel => {
  const splits = { train: { images: '*.jpg', labels: { it: '*.png' } } };
  return parseDescription({ name: 'test', splits, labels: { it: what } }, 'test').labels.it as MapLabel;
};

/**
 * Writes grey photographs to the folder `image`, and label files to a folder of their kind.
 * @param files name to bytes
 * @returns the root
 */
export async function labelled(root: string, kind: string, files: Readonly<Record<string, Uint8Array>>, size = [4, 2]) {
  for (const [name, bytes] of Object.entries(files)) {
    const photo = await jpeg(rgb(size[0], size[1], () => [90, 90, 90]));
    await writeTestFile(join(root, 'image', `${name.replace(/\.\w+$/, '')}.jpg`), photo);
    await writeTestFile(join(root, kind, name), bytes);
  }
  return root;
}
