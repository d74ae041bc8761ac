import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command, Option } from 'commander';
import { examplesOf, withExamples } from '../src/cli/examples.js';
import { createProgram } from '../src/cli/main.js';
import { commandLinePage, commandsIn, nameOf, optionsOf, storedCommandLinePage } from './command-line.js';

const commands = commandsIn(createProgram());

/** A shell's words. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);

test('docs/reference/command-line.md holds the commands as they are (npm run docs writes it)', () => {
  assert.equal(storedCommandLinePage(), commandLinePage());
});

test('every command has an example, and every option stands in one', () => {
  assert.ok(commands.length > 10, `${commands.length} commands`);
  for (const command of commands) {
    const words = examplesOf(command).flatMap(({ line }) => wordsOf(line));
    assert.ok(words.length > 0, `${nameOf(command)} has an example`);
    assert.deepEqual(
      optionsOf(command).filter(({ long }) => !words.includes(String(long))),
      [],
      `every option of ${nameOf(command)} stands in an example`,
    );
  }
});

test('every example calls its command, with arguments and values that it takes', () => {
  for (const command of commands) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    for (const { line } of examplesOf(command)) {
      assert.ok(line === nameOf(command) || line.startsWith(`${nameOf(command)} `), line);
      const { operands, unknown } = command.parseOptions(wordsOf(line.slice(nameOf(command).length)));
      assert.deepEqual(unknown, [], `${line}: options that it has`);
      const taken = command.registeredArguments;
      const most = taken.at(-1)?.variadic ? Number.POSITIVE_INFINITY : taken.length;
      const least = taken.filter(({ required }) => required).length;
      assert.ok(operands.length >= least && operands.length <= most, `${line}: ${operands.length} arguments`);
    }
  }
});

test('the page shows meaning, choices, defaults and examples of a command', () => {
  const program = new Command('nddr').addCommand(
    withExamples(
      new Command('cut')
        .description('cut an image into pieces')
        .argument('<image>', 'the image')
        .argument('[parts]', 'how many|pieces', '4')
        .addOption(new Option('--shape <shape>', 'form of the pieces').choices(['square', 'round']).default('square'))
        .addOption(new Option('--out <file>', 'the file').default(undefined, 'beside the image'))
        .option('--fast', 'hurry'),
      { line: 'cut a.jpg --fast', does: 'In a hurry' },
    ),
  );
  const page = commandLinePage(program);
  for (const part of [
    '| [`cut`](#cut) | Cut an image into pieces. |',
    '## cut\n\nCut an image into pieces.\n\n```\nnddr cut [options] <image> [parts]\n```',
    '| `image` | The image. | required |\n| `parts` | How many\\|pieces. | `4` |',
    '| `--shape <shape>` | Form of the pieces: `square` or `round`. | `square` |',
    '| `--out <file>` | The file. | beside the image |\n| `--fast` | Hurry. | none |',
    'In a hurry:\n\n```\nnpx nddr cut a.jpg --fast\n```',
  ])
    assert.ok(page.includes(part), `${part}\nin\n${page}`);
});

test('the help of a command shows its defaults and its examples', () => {
  const find = (name: string) => commands.find((one) => nameOf(one) === name) ?? assert.fail(name);
  assert.match(find('export').helpInformation(), /--out <file> +the model \(default: RUN\/model\.onnx\)/);
  assert.match(find('train').helpInformation(), /--runs <folder> .*\(default:\s+"runs"\)/s);
  let help = '';
  find('data check').configureOutput({ writeOut: (text) => (help += text) });
  find('data check').outputHelp();
  assert.match(help, /Examples:\n {2}Check the folder photos .*:\n {4}npx nddr data check photos\n/);
});
