/**
 * Reads Python's pickles, protocols 0 to 5 (pickletools.py of CPython describes the opcodes). A pickle is a program for
 * a machine with a stack. This machine builds plain values only; what a pickle may refer to and call is up to its host.
 */
import { NddrError } from '../../errors.js';
import type { PickleReader } from './reader.js';
import { Opaque, PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from './values.js';

/** What the names and references in a pickle stand for. */
export interface PickleHost {
  /** @throws NddrError when the pickle may not use this name */
  global(module: string, name: string): PickleValue;
  /** What lies outside the pickle. @throws NddrError when it is not known */
  persistent(id: PickleValue): PickleValue;
}

/** Containers, texts and remembered values. A pickle of so many takes up to 200 MB. */
const MOST_OBJECTS = 500_000;
/** All values and marks; a number takes 8 bytes where it is kept. */
const MOST_VALUES = 4_000_000;
const NEWEST_PROTOCOL = 5;

/**
 * Reads one pickle; the reader then stands after it.
 * @throws CutOffError when the bytes end before it; NddrError when it is damaged or the host refuses it
 */
export function unpickle(reader: PickleReader, host: PickleHost): PickleValue {
  return new Unpickler(reader, host).run();
}

class Unpickler {
  private readonly stack: PickleValue[] = [];
  /** How high the stack was at each mark that is still open. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private objects = 0;
  private values = 0;

  constructor(
    private readonly reader: PickleReader,
    private readonly host: PickleHost,
  ) {}

  run(): PickleValue {
    for (;;) {
      const at = this.reader.at;
      const code = this.reader.byte();
      if (code === STOP) return this.pop();
      const step = OPCODES[code];
      if (!step) {
        const seen = `0x${code.toString(16).padStart(2, '0')}`;
        throw this.reader.damaged(`has the unknown opcode ${seen} at byte ${at}`);
      }
      step(this, this.reader);
    }
  }

  push(value: PickleValue): void {
    this.countValue();
    this.stack.push(value);
  }

  /** Pushes a value that takes memory of its own. */
  pushNew(value: PickleValue): void {
    this.count();
    this.push(value);
  }

  private count(): void {
    if (++this.objects > MOST_OBJECTS) throw this.tooMany(`${MOST_OBJECTS} objects`);
  }

  private countValue(): void {
    if (++this.values > MOST_VALUES) throw this.tooMany(`${MOST_VALUES} values`);
  }

  private tooMany(what: string): NddrError {
    const { where } = this.reader;
    return new NddrError(
      `${where}: its pickle has more than ${what}, and files of weights have far fewer. Save the state dict alone.`,
    );
  }

  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.reader.damaged('takes more than it has');
    return this.stack.pop() as PickleValue;
  }

  top(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.reader.damaged('takes more than it has');
    return this.stack[this.stack.length - 1];
  }

  mark(): void {
    this.countValue();
    this.marks.push(this.stack.length);
  }

  /** Everything since the last mark. */
  popMark(): PickleValue[] {
    const from = this.marks.pop();
    if (from === undefined) throw this.reader.damaged('takes a mark that it has not set');
    return this.stack.splice(from);
  }

  /** Pickles of all protocols number what they remember; MEMOIZE counts on. */
  remember(key: number = this.memo.size): void {
    this.count();
    this.memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw this.reader.damaged(`recalls value ${key}, which it has not remembered`);
    this.push(value);
  }

  tuple(length: number): void {
    const items = Array.from({ length }, () => this.pop()).reverse();
    this.pushNew(new PickleTuple(items));
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickleList) for (const item of items) list.items.push(item);
    else if (!(list instanceof Opaque)) throw this.reader.damaged('appends to what is not a list');
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (items.length % 2 === 1) throw this.reader.damaged('has a key without a value');
    if (dict instanceof PickleDict) {
      for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i], items[i + 1]);
    } else if (!(dict instanceof Opaque)) throw this.reader.damaged('sets items of what is not a dict');
  }

  dict(items: readonly PickleValue[]): void {
    this.pushNew(new PickleDict());
    this.setItems(items);
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.reader.damaged('has a name that is no text');
    this.pushNew(this.host.global(module, name));
  }

  persistent(id: PickleValue): void {
    this.pushNew(this.host.persistent(id));
  }

  call(callee: PickleValue, args: readonly PickleValue[]): void {
    if (!(callee instanceof PickleGlobal)) throw this.reader.damaged('calls what is not a name');
    this.pushNew(callee.call(args));
  }

  /** REDUCE, NEWOBJ: the arguments lie above the name. @param named how many keyword arguments lie above them */
  callTuple(named = 0): void {
    if (named > 0) this.pop();
    const args = this.pop();
    if (!(args instanceof PickleTuple)) throw this.reader.damaged('calls with arguments that are no tuple');
    this.call(this.pop(), args.items);
  }

  /** BUILD gives an object its attributes. Those of dicts and of opaque values are of no interest. */
  build(): void {
    this.pop();
    const target = this.top();
    if (target instanceof PickleDict || target instanceof Opaque) return;
    throw this.reader.damaged('sets attributes of what has none');
  }
}

const STOP = 0x2e;

type Step = (machine: Unpickler, reader: PickleReader) => void;

const code = (character: string): number => character.charCodeAt(0);

function instance(machine: Unpickler, reader: PickleReader): void {
  const args = machine.popMark();
  machine.global(reader.line(), reader.line());
  machine.call(machine.pop(), args);
}

function object(machine: Unpickler, reader: PickleReader): void {
  const [callee, ...args] = machine.popMark();
  if (callee === undefined) throw reader.damaged('makes an object of nothing');
  machine.call(callee, args);
}

/** A text of protocol 0, quoted as Python writes it. Only plain ones are read. */
function quoted(reader: PickleReader): string {
  const line = reader.line();
  const text = /^(['"])((?:(?!\1)[^\\])*)\1$/.exec(line.trim())?.[2];
  if (text === undefined) throw reader.damaged('has a text with escapes, which are not read');
  return text;
}

/** INT writes booleans as 00 and 01. */
function intOrBool(reader: PickleReader): PickleValue {
  const at = reader.at;
  const line = reader.line();
  if (line === '00' || line === '01') return line === '01';
  reader.at = at;
  return reader.integer();
}

function float(reader: PickleReader): number {
  const line = reader.line().trim();
  const value = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[line] ?? Number(line || 'none');
  if (Number.isNaN(value) && line !== 'nan') throw reader.damaged('has a number that is none');
  return value;
}

function extension(_: Unpickler, reader: PickleReader): never {
  throw new NddrError(
    `${reader.where} uses Python's registry of extensions, which can stand for any code. Nothing of it was run. ` +
      'Save the state dict alone.',
  );
}

function outOfBand(_: Unpickler, reader: PickleReader): never {
  throw new NddrError(`${reader.where}: its pickle needs buffers from elsewhere. Save it again with torch.save.`);
}

/** What each opcode does; STOP ends the run. */
const OPCODES: { readonly [code: number]: Step | undefined } = {
  128: (_, reader) => {
    const protocol = reader.byte();
    if (protocol > NEWEST_PROTOCOL)
      throw reader.damaged(`is of protocol ${protocol}; up to ${NEWEST_PROTOCOL} are read`);
  },
  149: (_, reader) => void reader.uint64(), // the length of a frame is a hint for buffered reading
  [code('(')]: (machine) => machine.mark(),
  [code('0')]: (machine) => void machine.pop(),
  [code('1')]: (machine) => void machine.popMark(),
  [code('2')]: (machine) => machine.push(machine.top()),
  // numbers
  [code('N')]: (machine) => machine.push(null),
  136: (machine) => machine.push(true),
  137: (machine) => machine.push(false),
  [code('I')]: (machine, reader) => machine.push(intOrBool(reader)),
  [code('J')]: (machine, reader) => machine.push(reader.int32()),
  [code('K')]: (machine, reader) => machine.push(reader.byte()),
  [code('M')]: (machine, reader) => machine.push(reader.uint16()),
  [code('L')]: (machine, reader) => machine.push(reader.integer()),
  138: (machine, reader) => machine.push(reader.long(reader.byte())),
  139: (machine, reader) => machine.push(reader.long(reader.uint32())),
  [code('F')]: (machine, reader) => machine.push(float(reader)),
  [code('G')]: (machine, reader) => machine.push(reader.float64()),
  // texts and bytes
  [code('S')]: (machine, reader) => machine.pushNew(quoted(reader)),
  [code('T')]: (machine, reader) => machine.pushNew(reader.latin1(reader.uint32())),
  [code('U')]: (machine, reader) => machine.pushNew(reader.latin1(reader.byte())),
  [code('V')]: (machine, reader) => machine.pushNew(reader.line()),
  [code('X')]: (machine, reader) => machine.pushNew(reader.text(reader.uint32())),
  140: (machine, reader) => machine.pushNew(reader.text(reader.byte())),
  141: (machine, reader) => machine.pushNew(reader.text(reader.uint64())),
  [code('B')]: (machine, reader) => machine.pushNew(reader.take(reader.uint32())),
  [code('C')]: (machine, reader) => machine.pushNew(reader.take(reader.byte())),
  142: (machine, reader) => machine.pushNew(reader.take(reader.uint64())),
  150: (machine, reader) => machine.pushNew(reader.take(reader.uint64())),
  151: outOfBand,
  152: outOfBand,
  // containers
  [code(']')]: (machine) => machine.pushNew(new PickleList()),
  [code('l')]: (machine) => machine.pushNew(new PickleList(machine.popMark())),
  [code('a')]: (machine) => machine.append([machine.pop()]),
  [code('e')]: (machine) => machine.append(machine.popMark()),
  [code(')')]: (machine) => machine.tuple(0),
  133: (machine) => machine.tuple(1),
  134: (machine) => machine.tuple(2),
  135: (machine) => machine.tuple(3),
  [code('t')]: (machine) => machine.pushNew(new PickleTuple(machine.popMark())),
  [code('}')]: (machine) => machine.dict([]),
  [code('d')]: (machine) => machine.dict(machine.popMark()),
  [code('s')]: (machine) => machine.setItems([machine.pop(), machine.pop()].reverse()),
  [code('u')]: (machine) => machine.setItems(machine.popMark()),
  143: (machine) => machine.pushNew(new Opaque('set')),
  144: (machine) => machine.append(machine.popMark()),
  145: (machine) => {
    machine.popMark();
    machine.pushNew(new Opaque('frozenset'));
  },
  // memory
  [code('p')]: (machine, reader) => machine.remember(Number(reader.integer())),
  [code('q')]: (machine, reader) => machine.remember(reader.byte()),
  [code('r')]: (machine, reader) => machine.remember(reader.uint32()),
  148: (machine) => machine.remember(),
  [code('g')]: (machine, reader) => machine.recall(Number(reader.integer())),
  [code('h')]: (machine, reader) => machine.recall(reader.byte()),
  [code('j')]: (machine, reader) => machine.recall(reader.uint32()),
  // names, and what is made with them
  [code('c')]: (machine, reader) => machine.global(reader.line(), reader.line()),
  147: (machine) => {
    const name = machine.pop();
    machine.global(machine.pop(), name);
  },
  [code('P')]: (machine, reader) => machine.persistent(reader.line()),
  [code('Q')]: (machine) => machine.persistent(machine.pop()),
  [code('R')]: (machine) => machine.callTuple(),
  129: (machine) => machine.callTuple(),
  146: (machine) => machine.callTuple(1),
  [code('i')]: instance,
  [code('o')]: object,
  [code('b')]: (machine) => machine.build(),
  130: extension,
  131: extension,
  132: extension,
};
