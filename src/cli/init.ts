/** `nddr init` */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Command, Option } from 'commander';
import { describeFolder } from '../data/folder.js';
import { initDescription } from '../data/init.js';
import { NddrError } from '../errors.js';
import { startingConfig } from '../experiments/init.js';
import { expectFolder, expectFolderOf, writeJson } from '../files.js';
import { withExamples } from './examples.js';

interface Flags {
  readonly out?: string;
  readonly name?: string;
  readonly force?: true;
}

export function initCommand(): Command {
  const command = new Command('init')
    .description('write a configuration to begin with, for a folder of images and labels')
    .argument('[folder]', 'the folder; where it has no dataset.json, one is written as "npx nddr data init" does', '.')
    .addOption(new Option('--out <file>', 'the configuration').default(undefined, 'NAME.json'))
    .addOption(new Option('--name <name>', 'name of the run').default(undefined, 'the name of the folder'))
    .option('--force', 'replace a configuration that exists')
    .action(async (folder: string, flags: Flags) => {
      expectFolder(folder);
      const name = flags.name ?? nameOf(folder);
      const out = flags.out ?? `${name}.json`;
      expectFolderOf(out, '--out');
      if (existsSync(out) && !flags.force)
        throw new NddrError(`${out} exists already; give --force to replace it, or another file with --out.`);

      const described = join(folder, 'dataset.json');
      const made = existsSync(described) ? undefined : await initDescription(folder, {});
      const description = made?.description ?? (await describeFolder({ root: folder }));
      const { config, notes } = await startingConfig(folder, name, description);
      // Paths of a configuration are relative to it.
      const root =
        relative(dirname(resolve(out)), resolve(folder))
          .split(sep)
          .join('/') || '.';
      const written = { ...config, data: { ...config.data, root } };
      if (made) await writeJson(described, made.description);
      await writeJson(out, written);
      const before = made ? [`Wrote ${described}, as "npx nddr data init ${folder}" does.`, ...made.notes] : [];
      const chosen = notes.map((note) => `  ${note}`);
      console.log([...before, `Wrote ${out}:`, ...chosen, `Next: npx nddr train ${out}`].join('\n'));
    });
  return withExamples(
    command,
    { line: 'init photos', does: 'Write a configuration photos.json for the folder photos' },
    {
      line: 'init photos --name small --out configs/small.json --force',
      does: 'Choose another name and place, and replace the file if it exists',
    },
  );
}

/** The name of the folder, with the characters that the name of a run may have. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '');
  return name === '' ? 'run' : name;
}
