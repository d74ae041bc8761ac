/** `nddr weights match` */
import { Command } from 'commander';
import { NddrError } from '../errors.js';
import { readConfig } from '../experiments/config-file.js';
import { matchFiles } from '../experiments/match-files.js';
import type { StartPlan } from '../experiments/start.js';
import { describeSource } from '../pretrained/index.js';
import { several, someOf } from '../words.js';
import { withExamples } from './examples.js';
import { collect } from './options.js';

interface Flags {
  readonly set?: string[];
  readonly json?: true;
}

export function weightsMatchCommand(): Command {
  const command = new Command('match')
    .description('show how files of weights would be taken into the network of a configuration, without training')
    .argument('<config>', 'configuration file, such as examples/rooms.json')
    .argument('[files...]', 'files or runs in place of those of network.weights and train.start')
    .option(
      '--set <key=value>',
      'replace a setting, such as network.backbone.depth=101; may be given several times',
      collect,
    )
    .option(
      '--json',
      'print JSON: of every file what is taken, unused and differs, what stays fresh, and why a training would be refused',
    )
    .action(async (path: string, files: string[], { set, json }: Flags) => {
      const plan = await matchFiles(readConfig(path, set), files);
      console.log(json ? JSON.stringify(asJson(plan), null, 2) : asText(plan).join('\n'));
      // What was found is shown first: it tells why it is too little.
      const refused = shortages(plan);
      if (refused.length > 0) throw new NddrError(refused.join('\n'));
    });
  return withExamples(
    command,
    { line: 'weights match examples/rooms.json runs/rooms', does: 'Show what a network would take of a run' },
    {
      line: 'weights match examples/paper.json vgg16.pth --set network.backbone.batchNorm=false --json',
      does: 'List every tensor of a file of PyTorch and what becomes of it, as JSON',
    },
  );
}

const asJson = (plan: StartPlan) => ({ sources: plan.reports, fresh: plan.match.fresh, refused: shortages(plan) });

/** Why a training would not start from the files. */
const shortages = ({ match }: StartPlan): string[] =>
  match.sources.flatMap(({ shortage }) => (shortage ? [shortage.message] : []));

function asText({ reports, match }: StartPlan): string[] {
  const fresh = match.fresh.length > 0 ? ` (${someOf(match.fresh)})` : '';
  const sources = reports.flatMap((report) => [
    `${report.from}: ${report.format}`,
    ...describeSource(report).map((line) => `  ${line}`),
  ]);
  return [...sources, `Fresh: ${several(match.fresh.length, 'variable')} of the network${fresh}.`];
}
