/** Draws samples with their labels, for `data preview`. */
import sharp from 'sharp';
import { drawSheet } from '../drawing/sheet.js';
import { createTask } from '../tasks/index.js';
import type { Image, Raster, Size } from '../tasks/raster.js';
import type { LabelSpec, LegendEntry, Task } from '../tasks/task.js';
import type { Dataset, Sample } from './dataset.js';
import { settingsFor } from './task-labels.js';

/**
 * A sheet of samples, one a row: the image, then every label, drawn by itself and over the image, or written in words
 * where it is about the image as a whole.
 */
export interface Preview {
  readonly sheet: Image;
  /** Titles of the columns, from left to right. */
  readonly columns: readonly string[];
  /** Samples from top to bottom. */
  readonly ids: readonly string[];
  /** Label name to the meaning of its colours; of classes, those that occur in the samples. */
  readonly legends: Readonly<Record<string, Legend>>;
}

export interface Legend {
  readonly entries: readonly LegendEntry[];
  /** How many there are with those that do not occur. */
  readonly of: number;
}

const GAP = 4;
/** Weight of a label's colour where it is drawn over the image. */
const LABEL_WEIGHT = 0.55;

/**
 * Draws `count` samples, spread evenly over the data set, into a contact sheet.
 * @param cellWidth pixels across a picture; its height follows the image
 * @throws NddrError when a sample cannot be read
 */
export async function drawPreview(dataset: Dataset, count: number, cellWidth = 240): Promise<Preview> {
  const tasks = Object.entries(dataset.labels).map(([name, info]) =>
    createTask(name, settingsFor(name, { kind: info.kind }, info)),
  );
  const shown = Math.min(count, dataset.length);
  const rows: Image[][] = [];
  const ids: string[] = [];
  const seen = new Map(tasks.map(({ name }) => [name, new Set<number>()]));
  for (let i = 0; i < shown; i++) {
    const sample = await dataset.read(Math.floor((i * dataset.length) / shown));
    ids.push(sample.id);
    for (const [name, { data }] of Object.entries(sample.labels)) for (const value of data) seen.get(name)?.add(value);
    rows.push(await Promise.all(drawSample(sample, tasks, cellWidth).map((picture) => resize(picture, cellWidth))));
  }
  return {
    sheet: drawSheet(rows, { cellWidth, gap: GAP, margin: GAP }),
    columns: [
      'image',
      ...tasks.flatMap(({ name, level }) => (level === 'image' ? [name] : [name, `${name} over the image`])),
    ],
    ids,
    legends: Object.fromEntries(tasks.map((task) => [task.name, legendOf(task, seen.get(task.name) ?? new Set())])),
  };
}

/** @param seen the values of the labels, which are numbers of classes where the legend has an entry for each channel */
function legendOf({ legend, channels }: Task, seen: ReadonlySet<number>): Legend {
  const isOfClasses = legend.length === channels;
  return { entries: isOfClasses ? legend.filter((_, index) => seen.has(index)) : legend, of: legend.length };
}

/** The pictures of a row; a label that the sample lacks is grey. */
function drawSample({ image, labels }: Sample, tasks: readonly Task[], cellWidth: number): Image[] {
  const cell = { width: cellWidth, height: heightAt(cellWidth, image) };
  const blank: Image = { ...image, data: new Uint8Array(image.data.length).fill(128) };
  return [
    image,
    ...tasks.flatMap((task) => {
      const label = labels[task.name];
      if (task.level === 'image') return [label ? task.picture(label, cell) : blank];
      if (!label) return [blank, image];
      const picture = task.picture(label);
      return [picture, blend(image, picture, label, task.label)];
    }),
  ];
}

/** The image with the picture of a label over its labelled pixels. */
function blend(image: Image, picture: Image, label: Raster, { channels, unlabelled }: LabelSpec): Image {
  const data = Uint8Array.from(image.data);
  const plane = image.width * image.height;
  for (let at = 0; at < plane; at++) {
    let labelled = false;
    for (let c = 0; c < channels; c++) labelled ||= label.data[c * plane + at] !== unlabelled;
    if (!labelled) continue;
    for (let i = 3 * at; i < 3 * at + 3; i++) data[i] += (picture.data[i] - data[i]) * LABEL_WEIGHT;
  }
  return { ...image, data };
}

const heightAt = (toWidth: number, { width, height }: Size): number =>
  Math.max(1, Math.round((height * toWidth) / width));

async function resize({ width, height, data }: Image, toWidth: number): Promise<Image> {
  const { data: resized, info } = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(toWidth, heightAt(toWidth, { width, height }), { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: resized };
}
