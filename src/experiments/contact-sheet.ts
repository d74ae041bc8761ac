/** The picture of a report: images with truth and predictions. */
import sharp from 'sharp';
import type { Image, Size } from '../drawing/image.js';
import { drawSheet } from '../drawing/sheet.js';
import type { ReportSample } from './report-data.js';

/** Width of a picture of the sheet, in pixels. */
export const CELL_WIDTH = 240;
const GAP = 6;

/**
 * A picture of samples, one a row: the image, then for each task its truth and every run's prediction.
 * @param samples one or more; all pictures get the shape of the first image
 * @returns PNG
 */
export async function contactSheet(samples: readonly ReportSample[]): Promise<Uint8Array> {
  const first = await sharp(samples[0].image).metadata();
  const cell = { width: CELL_WIDTH, height: Math.round((CELL_WIDTH * first.height) / first.width) };
  const rows = samples.map(({ image, tasks }) => [
    image,
    ...Object.values(tasks).flatMap(({ truth, predictions }) => [truth, ...Object.values(predictions)]),
  ]);
  const pictures = await Promise.all(
    rows.map((row) => Promise.all(row.map(async (png) => (png ? decoded(png, cell) : undefined)))),
  );
  const { width, height, data } = drawSheet(pictures, { cellWidth: CELL_WIDTH, gap: GAP, margin: 0 });
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ palette: true, quality: 90 })
    .toBuffer();
}

/** A PNG as pixels of the given size, smoothly reduced: nearest pixels would drop lines one pixel wide. */
async function decoded(png: Uint8Array, { width, height }: Size): Promise<Image> {
  const resized = sharp(png).resize(width, height, { fit: 'fill' });
  return { width, height, data: await resized.removeAlpha().toColourspace('srgb').raw().toBuffer() };
}
