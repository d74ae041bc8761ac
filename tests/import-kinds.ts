/** Builds docs/reference/import.md of the kinds of imports themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importKinds } from '../src/data/import/index.js';
import type { ImportKind } from '../src/data/import/kind.js';
import { settingsTable } from './configuration.js';

const INTRODUCTION = `# Kinds of imports

<!-- Written by npm run docs; edit the kinds in src/data/import/kinds instead. -->

\`npx nddr data import KIND SOURCE... DEST\` writes the folder DEST from the files of a published data set. [The guide](../guides/import.md) shows how, and says what was tried on real files. Settings are given as \`--set key=value\`; a value is JSON or plain text.`;

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}.`;

function sectionOf([name, { title, expects, writes, settings }]: [string, ImportKind]): string {
  const lines = [
    `## ${name}`,
    sentence(title),
    `- Sources: ${expects}.\n- Writes: ${writes}.`,
    settingsTable(settings) ?? 'This kind has no settings.',
  ];
  return lines.join('\n\n');
}

/** The page as the kinds have it. */
export const importPage = (): string =>
  `${[INTRODUCTION, ...Object.entries<ImportKind>(importKinds).map(sectionOf)].join('\n\n')}\n`;

const PAGE = fileURLToPath(new URL('../../docs/reference/import.md', import.meta.url));

/** The page as it is stored. */
export const storedImportPage = (): string => readFileSync(PAGE, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, importPage());
