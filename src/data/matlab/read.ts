/** Reads MATLAB files of version 5, which `save` writes by default (and version 7, the same compressed). */
import { NddrError } from '../../errors.js';
import { arrayOf, type MatArray, type MatCells, type MatNumbers, type MatStruct } from './arrays.js';
import { bytesOf, damaged, elementAt, inflated, TYPE } from './elements.js';

const HEADER_BYTES = 128;

/**
 * The variables of a MATLAB v5 file by their names.
 * @param path the file, for messages
 * @throws NddrError naming the file when it is of another version, or damaged
 */
export function parseMatlab(file: Uint8Array, path: string): ReadonlyMap<string, MatArray> {
  const source = bytesOf(file, isLittle(file, path), path);
  const variables = new Map<string, MatArray>();
  for (let at = HEADER_BYTES; at < file.length; ) {
    const element = elementAt(source, at, file.length);
    const inner = element.type === TYPE.compressed ? inflated(source, element) : source;
    const held = inner === source ? element : elementAt(inner, 0, inner.view.byteLength);
    at = element.next;
    const { name, value } = arrayOf(inner, held);
    variables.set(name, value);
  }
  return variables;
}

/** Whether the numbers of a file have their low byte first. @throws NddrError when it is no file of version 5 */
function isLittle(file: Uint8Array, path: string): boolean {
  const text = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, HEADER_BYTES)).toString('latin1');
  if (/^MATLAB 7\.3|^\x89HDF/.test(text)) {
    throw new NddrError(`${path}: is a MATLAB 7.3 file, expected version 5; save it in MATLAB with "save -v7"`);
  }
  const mark = text.slice(126, 128);
  if (mark !== 'IM' && mark !== 'MI') {
    throw new NddrError(`${path}: is no MATLAB v5 file: it does not begin with the header of one`);
  }
  const little = mark === 'IM';
  const version = file[little ? 125 : 124];
  if (version !== 1) throw damaged(path, `its header names the version ${version}`);
  return little;
}

const KINDS = { numbers: 'an array of numbers', text: 'a text', cells: 'a cell array', struct: 'a struct' } as const;

/** The kinds of arrays and what each is in TypeScript. */
interface Kinds {
  readonly numbers: MatNumbers;
  readonly cells: MatCells;
  readonly struct: MatStruct;
}

/**
 * The array if it is of a kind.
 * @param name what it is called in the file, for messages
 * @throws NddrError when it is missing or of another kind
 */
export function expectKind<Kind extends keyof Kinds>(
  value: MatArray | undefined,
  kind: Kind,
  name: string,
  path: string,
): Kinds[Kind] {
  if (value?.kind === kind) return value as Kinds[Kind];
  throw new NddrError(
    `${path}: "${name}" is ${value ? KINDS[value.kind] : 'missing'}, expected ${KINDS[kind]}; give the file as ` +
      'published',
  );
}
