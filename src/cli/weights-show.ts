/** `nddr weights show` */
import { statSync } from 'node:fs';
import { Command } from 'commander';
import { elementsOf } from '../npy.js';
import { openWeights, weightsPath } from '../weights/node/open.js';
import { bytesPerElement } from '../weights/stored-tensor.js';
import type { WeightFile } from '../weights/weight-file.js';
import { printable, several } from '../words.js';
import { withExamples } from './examples.js';

export function weightsShowCommand(): Command {
  const command = new Command('show')
    .description('list the tensors of a file of weights: names, types, shapes and sizes')
    .argument('<file>', 'the file')
    .option('--json', 'print JSON: format, bytes, metadata and tensors')
    .action(async (named: string, { json }: { readonly json?: true }) => {
      const path = weightsPath(named);
      const file = await openWeights(path);
      const { size } = statSync(path);
      console.log(json ? JSON.stringify(asJson(path, size, file), null, 2) : asTable(path, size, file).join('\n'));
    });
  return withExamples(
    command,
    { line: 'weights show vgg16.pth', does: 'List what a file of PyTorch holds' },
    { line: 'weights show runs/rooms/best.safetensors --json', does: 'Describe the best weights of a run as JSON' },
  );
}

/** One tensor of the list. */
interface Row {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

const rowsOf = ({ tensors }: WeightFile): Row[] =>
  [...tensors].map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape,
    bytes: elementsOf(shape) * bytesPerElement(dtype),
  }));

const asJson = (path: string, bytes: number, file: WeightFile) => ({
  file: path,
  format: file.format,
  bytes,
  metadata: file.metadata,
  tensors: rowsOf(file),
});

const HEAD = ['tensor', 'type', 'shape', 'size'];

/** What the file is, what it says of itself, and a line for each tensor. */
function asTable(path: string, size: number, file: WeightFile): string[] {
  const rows = rowsOf(file);
  const cells = [
    HEAD,
    ...rows.map(({ name, dtype, shape, bytes }) => [
      printable(name),
      dtype,
      shape.length === 0 ? 'scalar' : shape.join(' x '),
      showBytes(bytes),
    ]),
  ];
  const widths = HEAD.map((_, column) => cells.reduce((most, row) => Math.max(most, row[column].length), 0));
  const align = (row: readonly string[]) =>
    row.map((cell, column) => (column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ');
  const metadata = Object.entries(file.metadata).map(
    ([key, text]) => `${printable(key)}: ${shortened(printable(text))}`,
  );
  return [`${path}: ${file.format}, ${showBytes(size)}`, ...metadata, '', ...cells.map(align), '', totals(rows)];
}

/** `161 tensors, 25,610,205 numbers: 158 F32 (102 MB), 53 I64 (0.4 kB)` */
function totals(rows: readonly Row[]): string {
  const numbers = rows.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  const dtypes = [...new Set(rows.map(({ dtype }) => dtype))].map((dtype) => {
    const those = rows.filter((row) => row.dtype === dtype);
    return `${those.length} ${dtype} (${showBytes(those.reduce((sum, { bytes }) => sum + bytes, 0))})`;
  });
  const list = dtypes.length > 0 ? `: ${dtypes.join(', ')}` : '';
  return `${several(rows.length, 'tensor')}, ${several(numbers, 'number').replace(/^\d+/, grouped)}${list}`;
}

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** `512 B`, `9.4 kB`, `528 MB`; a thousand of one are one of the next. */
function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

const SHOWN = 200;
const shortened = (text: string): string =>
  text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}... (${text.length} characters; all with --json)`;
