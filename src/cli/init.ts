/** nddr init */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { describeFolder } from '../data/folder.js';
import { initDescription } from '../data/init.js';
import { NddrError } from '../errors.js';
import { startingConfig } from '../experiments/init.js';
import { expectFolder, expectFolderOf, writeJson } from '../files.js';

interface Flags {
  readonly out?: string;
  readonly name?: string;
  readonly force?: true;
}

export function initCommand(): Command {
  return new Command('init')
    .description('write a configuration to begin with, for a folder of images and labels')
    .argument('[folder]', 'the folder, with a dataset.json, or with folders from whose names one can be made', '.')
    .option('--out <file>', 'the configuration; NAME.json by default')
    .option('--name <name>', 'of the run; the name of the folder by default')
    .option('--force', 'replace a configuration that is there')
    .action(async (folder: string, flags: Flags) => {
      expectFolder(folder);
      const name = flags.name ?? nameOf(folder);
      const out = flags.out ?? `${name}.json`;
      expectFolderOf(out, '--out');
      if (existsSync(out) && !flags.force)
        throw new NddrError(`${out} is there already; give --force to replace it, or another name with --out.`);

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
}

/** The folder's own name, as a run can have it. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '');
  return name === '' ? 'run' : name;
}
