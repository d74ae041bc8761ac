/** `nddr data preview` */
import { Command, Option } from 'commander';
import { describeFolder, openFolder } from '../data/folder.js';
import { encodePng } from '../data/image.js';
import { drawPreview } from '../data/preview.js';
import { expectFolderOf, writeWhole } from '../files.js';
import { withExamples } from './examples.js';
import { descriptionOption, numberOption } from './options.js';

interface Flags {
  readonly description?: string;
  readonly split?: string;
  readonly count: number;
  readonly out: string;
}

export function dataPreviewCommand(): Command {
  const command = new Command('preview')
    .description('draw samples with their labels into one picture')
    .argument('<root>', 'the folder')
    .addOption(descriptionOption())
    .addOption(new Option('--split <name>', 'which split').default(undefined, 'the first one'))
    .option('--count <number>', 'samples to draw', numberOption({ whole: true, least: 1 }), 6)
    .option('--out <file>', 'the PNG file to write', 'preview.png')
    .action(preview);
  return withExamples(
    command,
    { line: 'data preview photos', does: 'Draw six samples of the first split into preview.png' },
    {
      line: 'data preview photos --split val --count 12 --out val.png --description photos/other.json',
      does: 'Draw twelve samples of another split, by another description',
    },
  );
}

async function preview(root: string, { description, split: wanted, count, out }: Flags): Promise<void> {
  expectFolderOf(out, '--out');
  const folder = { root, description: await describeFolder({ root, description }) };
  const split = wanted ?? Object.keys(folder.description.splits)[0];
  const { sheet, columns, ids, legends } = await drawPreview(await openFolder({ ...folder, split }), count);
  await writeWhole(out, [await encodePng(sheet)]);
  console.log(`Wrote ${out}: ${ids.length} samples of ${split}, one a row (${ids.join(', ')}).`);
  console.log(`Columns: ${columns.join(' | ')}`);
  for (const [label, { entries, of }] of Object.entries(legends)) {
    const listed = entries.map(({ label: name, colour }) => `${name} (${colour.join(' ')})`);
    const some = entries.length < of ? `, ${entries.length} of ${of} classes in these samples` : '';
    if (of > 0) console.log(`${label}${some}: ${listed.join(', ') || 'none'}`);
  }
}
