/** Event files of TensorBoard from runs. */
import { join } from 'node:path';
import sharp from 'sharp';
import { NddrError } from '../../errors.js';
import { writeWhole } from '../../files.js';
import type { ModuleAccess } from '../module-access.js';
import { openRun } from '../open-run.js';
import type { ReportSample } from '../report-data.js';
import { samplesOf } from '../run-report.js';
import { runWeights } from '../weights.js';
import { eventFile } from './live.js';
import { eventRecord, firstRecord, type SummaryValue } from './record.js';
import { configurationOf, logged, secondsOf } from './values.js';

export interface ExportEventsOptions extends ModuleAccess {
  /** Images that each run answers with its best weights; none by default. */
  readonly samples?: number;
  /** Settings that replace those of the runs, as in `data.root=/elsewhere`. */
  readonly set?: readonly string[];
}

/**
 * Writes the events of each run as an event file in a folder of its name.
 * @returns the files
 * @throws NddrError when there is no run, when two have one name, or when a file cannot be written
 */
export async function exportEvents(
  paths: readonly string[],
  target: string,
  { samples = 0, set, allowModule }: ExportEventsOptions = {},
): Promise<string[]> {
  const runs = await Promise.all(paths.map(async (path) => ({ path, ...(await openRun(path, set)) })));
  const names = runs.map(({ config }) => config.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new NddrError(`Two runs have the name ${twice}: export them in two calls, into folders of their own.`);
  const written: string[] = [];
  for (const { path, folder, config } of runs) {
    const events = await folder.readEvents();
    const began = events.length > 0 ? secondsOf(events[0]) : 0;
    const records = [
      firstRecord(began),
      eventRecord({ seconds: began, step: 0, values: [configurationOf(config)] }),
      ...events.flatMap((event) => {
        const entry = logged(event, config);
        return entry ? [eventRecord(entry)] : [];
      }),
    ];
    if (samples > 0) {
      const { step } = await runWeights(folder, 'best');
      const drawn = { runs: [{ name: config.name, path, set }], weights: 'best' as const, samples, allowModule };
      const values = await Promise.all((await samplesOf(drawn, config)).flatMap(picturesOf));
      const seconds = events.length > 0 ? secondsOf(events[events.length - 1]) : 0;
      records.push(eventRecord({ seconds, step, values }));
    }
    const file = join(target, config.name, eventFile(began));
    await writeWhole(file, records);
    written.push(file);
  }
  return written;
}

/** The image with each task's truth and answer. */
function picturesOf({ id, image, tasks }: ReportSample): Promise<SummaryValue>[] {
  const pictures: [string, Uint8Array | undefined][] = [
    [`${id}/image`, image],
    ...Object.entries(tasks).flatMap(([task, { truth, predictions }]): [string, Uint8Array | undefined][] => [
      [`${id}/${task} truth`, truth],
      ...Object.values(predictions).map((png): [string, Uint8Array] => [`${id}/${task} answer`, png]),
    ]),
  ];
  return pictures.flatMap(([tag, png]) => (png ? [pictureOf(tag, png)] : []));
}

async function pictureOf(tag: string, png: Uint8Array): Promise<SummaryValue> {
  const { width, height } = await sharp(png).metadata();
  return { tag, png, width, height };
}
