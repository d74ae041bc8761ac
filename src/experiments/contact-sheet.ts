import sharp from 'sharp';
import type { ReportSample } from './report-data.js';

/** Pixels across a picture of the sheet. */
export const CELL_WIDTH = 240;
const GAP = 6;

/**
 * A picture of samples, one a row: the image, then for each task its truth and every run's prediction.
 * @returns PNG
 */
export async function contactSheet(samples: readonly ReportSample[]): Promise<Uint8Array> {
  const rows = samples.map(({ image, tasks }) => [
    image,
    ...Object.values(tasks).flatMap(({ truth, predictions }) => [truth, ...Object.values(predictions)]),
  ]);
  const first = await sharp(samples[0].image).metadata();
  const height = Math.round((CELL_WIDTH * first.height) / first.width);
  const cells = rows.flatMap((row, y) =>
    row.flatMap((png, x) => (png ? [{ png, left: x * (CELL_WIDTH + GAP), top: y * (height + GAP) }] : [])),
  );
  const drawn = await Promise.all(
    cells.map(async ({ png, left, top }) => ({
      input: await sharp(png).resize(CELL_WIDTH, height, { fit: 'fill', kernel: 'nearest' }).png().toBuffer(),
      left,
      top,
    })),
  );
  const width = Math.max(...rows.map((row) => row.length)) * (CELL_WIDTH + GAP) - GAP;
  return sharp({ create: { width, height: rows.length * (height + GAP) - GAP, channels: 3, background: '#ffffff' } })
    .composite(drawn)
    .png({ palette: true, quality: 90 })
    .toBuffer();
}
