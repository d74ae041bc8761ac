/** `nddr sharing` */
import { Command, Option } from 'commander';
import type { ModuleAccess } from '../experiments/module-access.js';
import { type RunSharing, readSharing } from '../experiments/sharing.js';
import { type Column, renderTable, tableOf } from '../experiments/table.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { expectFolderOf, writeWhole } from '../files.js';
import { FATES, KEPT, type LayerShares, TAKEN_OVER } from '../sharing/index.js';
import { sharingPicture } from '../sharing/picture.js';
import { percent } from '../words.js';
import { withExamples } from './examples.js';
import { allowModuleOption, weightsOption } from './options.js';
import { showWeights } from './show.js';

interface Flags extends ModuleAccess {
  readonly weights?: WeightsChoice;
  readonly json?: true;
  readonly picture?: string;
}

export function sharingCommand(): Command {
  const command = new Command('sharing')
    .description('tell how much of what each task goes on with comes from which features, layer by layer')
    .argument('<run>', 'folder of the run, such as runs/rooms')
    .addOption(weightsOption('best'))
    .option('--json', 'print JSON: the shares of every layer, channel by channel, and over the training')
    .addOption(new Option('--picture <file>', 'also draw the flow through the layers and their weights, as SVG'))
    .addOption(allowModuleOption())
    .action(async (path: string, { json, picture, ...options }: Flags) => {
      if (picture !== undefined) expectFolderOf(picture, '--picture');
      const sharing = await readSharing(path, options);
      for (const message of sharing.warnings) console.error(`warning: ${message}`);
      if (picture !== undefined) await writeWhole(picture, [sharingPicture(sharing)]);
      console.log(json ? JSON.stringify(asJson(sharing)) : asText(sharing).join('\n\n'));
    });
  return withExamples(
    command,
    { line: 'sharing runs/rooms', does: 'Print what the tasks of a run take from each other' },
    { line: 'sharing runs/rooms --weights last --picture sharing.svg', does: 'Draw it for the latest weights' },
    { line: 'sharing runs/rooms --json', does: 'Print it as JSON, with the share of every channel' },
    {
      line: 'sharing downloads/run --allow-module',
      does: 'Read a run from elsewhere whose backbone is a module that you trust',
    },
  );
}

const asJson = ({ run, weights, step, tasks, says, layers, history }: RunSharing) => ({
  ...{ run, weights, step, tasks, says, layers, history },
});

function asText(sharing: RunSharing): string[] {
  const { run, weights, step, says, layers } = sharing;
  const head = `${run}, ${showWeights(weights, step)}. ${says}`;
  if (layers.length === 0) return [head];
  return [head, ...layers.map(layerText), ...historyText(sharing)];
}

const plain = (title: string, group: string, texts: readonly string[]): Column => ({
  head: { group, title, unit: '' },
  cells: texts.map((text) => ({ text, best: false })),
});

/** A row a task: the shares of the sources, and what became of its channels. */
function layerText({ layer, after, of, sources, outputs }: LayerShares): string {
  const columns = sources.map((source, j) =>
    plain(
      source,
      j === 0 ? 'from' : '',
      outputs.map(({ shares }) => percent(shares[j], 1)),
    ),
  );
  const fates =
    of === 'tasks'
      ? FATES.map((fate, i) =>
          plain(
            fate,
            i === 0 ? 'channels' : '',
            outputs.map((output) => String(output.fates?.[fate])),
          ),
        )
      : [];
  const rows = outputs.map(({ name }) => ({ name }));
  return renderTable(tableOf(`${layer}, after ${after}`, rows, [...columns, ...fates]));
}

/** Steps of the training that the text shows. */
const SHOWN_STEPS = 8;

/** For each task, the share of its own features in every layer over the training, and what the words mean. */
function historyText({ tasks, layers, history: { from, points } }: RunSharing): string[] {
  const between = layers.filter(({ of }) => of === 'tasks');
  if (between.length === 0) return [];
  const meaning =
    `kept: ${100 * KEPT} % of the channel or more come from its own task; taken over: ${100 * TAKEN_OVER} % or less; ` +
    'silent: it yields nothing. docs/explanation/what-tasks-share.md defines the shares.';
  const origin =
    from === 'events'
      ? 'Own share over the training, as its events tell.'
      : 'The events of this run tell no shares: an earlier version trained it, or it was never evaluated. ' +
        'Own share in the checkpoints that it keeps.';
  const last = points.length - 1;
  const chosen = new Set(
    Array.from({ length: SHOWN_STEPS }, (_, i) => points[Math.round((i * last) / (SHOWN_STEPS - 1))]),
  );
  const rows = points.filter((point) => chosen.has(point)).map((point) => ({ name: String(point.step), ...point }));
  const tables = tasks.map((task) =>
    renderTable(
      tableOf(
        `${task}, step`,
        rows,
        between.map(({ layer }) =>
          plain(
            layer,
            '',
            rows.map(({ shares }) => percent(shares[layer]?.[task]?.[task] ?? Number.NaN, 1)),
          ),
        ),
      ),
    ),
  );
  return [meaning, ...(rows.length === 0 ? [origin] : [origin, ...tables])];
}
