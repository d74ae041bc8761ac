/** Runs an import: from sources to a folder of images, labels and `dataset.json`. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NddrError } from '../../errors.js';
import { writeJson, writeWhole } from '../../files.js';
import { lockFolder } from '../../lock.js';
import { parseStrict } from '../../schema.js';
import type { Description } from '../description.js';
import { fitted } from '../fit.js';
import { imageInfoOf, isImageFile } from '../image.js';
import { decodeLabelFile } from '../label-file.js';
import type { MapLabel } from '../label-kinds.js';
import { packLabel } from '../labels.js';
import { expectMapBytesWithin } from '../limits.js';
import { isSideways } from '../orientation.js';
import { checkPlan } from './check-plan.js';
import {
  asideOf,
  expectImportFolder,
  expectSameImport,
  isWhole,
  place,
  recordOf,
  removeParts,
  writeRecord,
} from './destination.js';
import { descriptionOf, tablesOf } from './folder-description.js';
import { importKindOf } from './index.js';
import type { ImportPlan, PlannedFile, PlannedSample, Skipped } from './kind.js';
import { openSources } from './open.js';
import { LIMITS } from './planned.js';
import type { Sources } from './source.js';

export interface ImportOptions {
  /** The name of the kind, and its settings. */
  readonly kind: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folders, archives and other files. */
  readonly sources: readonly string[];
  /** The folder to write. */
  readonly dest: string;
  /** Stops after the current sample; the import goes on when it is started again. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly done: number;
  readonly total: number;
  /** Of those done, how many were there already. */
  readonly kept: number;
}

/** What an import did. */
export interface ImportReport {
  /** False where it was stopped: there is no `dataset.json` then. */
  readonly complete: boolean;
  /** Split to the number of its samples, and of those that have each label. */
  readonly splits: Readonly<Record<string, { readonly samples: number; readonly labels: Record<string, number> }>>;
  /** Samples whose files are damaged, each with what is wrong. They are left out. */
  readonly failures: readonly { readonly sample: string; readonly message: string }[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly string[];
  /** Samples that were there already. */
  readonly kept: number;
}

/**
 * Imports a data set. One process at a time writes in the folder. `dataset.json` is written last. An import that was stopped or killed goes on where it was, and
 * gives the same folder.
 * @throws NddrError where the kind, its settings, the sources or the folder do not fit, another process imports into the
 *   folder, or a file cannot be written
 */
export async function importData(options: ImportOptions): Promise<ImportReport> {
  const kind = importKindOf(options.kind);
  const settings = parseStrict(kind.settings, options.settings ?? {}, `settings of "${options.kind}"`);
  const { dest } = options;
  expectImportFolder(dest, options.sources);
  const lock = await lockFolder(dest, 'import');
  let isBegun = false;
  try {
    const sources = await openSources(options.sources, asideOf(dest));
    let plan: ImportPlan | undefined;
    try {
      const record = recordOf(options.kind, settings, sources);
      isBegun = await expectSameImport(dest, record);
      plan = await kind.plan(sources, settings);
      const labels = checkPlan(plan, sources.shown);
      if (!isBegun) await writeRecord(dest, record);
      isBegun = true;
      return await write(plan, labels, sources, options, lock.note === undefined ? [] : [lock.note]);
    } finally {
      await plan?.close?.();
      await sources.close();
    }
  } catch (error) {
    // What is refused leaves nothing behind.
    if (!isBegun) await rm(asideOf(dest), { recursive: true, force: true });
    throw error;
  } finally {
    await lock.release();
  }
}

/** Writes what is planned; the tables and `dataset.json` last. */
async function write(
  plan: ImportPlan,
  labels: Description['labels'],
  sources: Sources,
  options: ImportOptions,
  warnings: readonly string[],
): Promise<ImportReport> {
  const { dest } = options;
  const { samples, failures, kept, stopped } = await writeSamples(plan, labels, options);
  const notes = [...warnings, ...sources.list.flatMap((source) => source.notes), ...(plan.notes ?? [])];
  const common = { failures, skipped: plan.skipped ?? [], notes, kept };
  if (stopped) return { ...common, complete: false, splits: {} };
  if (samples.length === 0)
    throw new NddrError(
      `${sources.shown}: none of the ${plan.samples.length} samples can be read; ${failures[0].message}`,
    );
  const { description, splits } = descriptionOf(plan, labels, samples);
  for (const [path, text] of tablesOf(labels, samples)) await writeWhole(join(dest, path), [text]);
  await rm(asideOf(dest), { recursive: true, force: true });
  await writeJson(join(dest, 'dataset.json'), description);
  return { ...common, complete: true, splits };
}

interface Written {
  /** Samples whose files are there. */
  readonly samples: PlannedSample[];
  readonly failures: { sample: string; message: string }[];
  kept: number;
  stopped: boolean;
}

async function writeSamples(
  { samples }: ImportPlan,
  labels: Description['labels'],
  { dest, signal, onProgress }: ImportOptions,
): Promise<Written> {
  const result: Written = { samples: [], failures: [], kept: 0, stopped: false };
  const folders = new Set(samples.flatMap((sample) => filesOf(sample).map(({ folder }) => join(dest, folder))));
  for (const folder of folders) await removeParts(folder);
  for (const [at, sample] of samples.entries()) {
    if (signal?.aborted) {
      result.stopped = true;
      break;
    }
    const outcome = await writeSample(dest, sample, labels);
    if (typeof outcome === 'string') result.failures.push({ sample: `${sample.split}/${sample.id}`, message: outcome });
    else {
      result.samples.push(sample);
      if (outcome) result.kept++;
    }
    onProgress?.({ done: at + 1, total: samples.length, kept: result.kept });
  }
  return result;
}

interface FileOfSample {
  readonly folder: string;
  readonly name: string;
  readonly file: PlannedFile;
  /** The label; undefined for the image. */
  readonly label?: string;
}

/** The files of a sample, the image first, each with its place below the folder. */
function filesOf({ split, id, image, labels }: PlannedSample): FileOfSample[] {
  const at = (folder: string, file: PlannedFile, label?: string): FileOfSample => ({
    folder: `${split}/${folder}`,
    name: `${id}${file.extension}`,
    file,
    label,
  });
  return [at('images', image), ...Object.entries(labels).map(([name, file]) => at(name, file, name))];
}

/**
 * Writes the files of a sample unless all are there.
 * @returns whether they were there; what is wrong with the source of one, in which case none remains
 */
async function writeSample(
  dest: string,
  sample: PlannedSample,
  labels: Description['labels'],
): Promise<boolean | string> {
  const files = filesOf(sample).map((file) => ({ ...file, path: join(dest, file.folder, file.name) }));
  const missing = [];
  for (const each of files) if (!(await isWhole(each.path, each.file))) missing.push(each);
  if (missing.length === 0) return true;
  let contents: Map<string, Uint8Array>;
  try {
    contents = await contentsOf(files, labels);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    for (const { path } of files) await rm(path, { force: true });
    return error.message;
  }
  for (const { path } of missing) await place(path, contents.get(path) as Uint8Array);
  return false;
}

/**
 * The contents of the files of a sample, checked: an image whose header can be read, and labels that fit their
 * description and the size of the image.
 */
async function contentsOf(
  files: readonly (FileOfSample & { path: string })[],
  labels: Description['labels'],
): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  const [image, ...maps] = files;
  const bytes = await image.file.bytes();
  contents.set(image.path, bytes);
  if (!isImageFile(image.name))
    throw new NddrError(`${image.file.from}: is no image that can be read; convert it to PNG or JPEG`);
  const info = await imageInfoOf(bytes, image.file.from, LIMITS);
  const turned = isSideways(info.orientation) ? { width: info.height, height: info.width } : info;
  const photo = { image: { width: turned.width, height: turned.height, data: new Uint8Array() }, info };
  for (const { label, file, path } of maps) {
    const map = await file.bytes();
    contents.set(path, map);
    const name = label as string;
    const what = labels[name] as MapLabel;
    expectMapBytesWithin(map, file.from, LIMITS);
    const decoded = decodeLabelFile(map, file.from, file.extension === '.npy');
    fitted(packLabel(decoded, what, file.from), { name, path: file.from, what }, image.file.from, photo);
  }
  return contents;
}
