/** Reads text and JSON files that people write, with errors that show the line. Node only. */
import { NddrError } from './errors.js';
import { readWhole } from './files.js';

/**
 * Decodes the text of a file that a person wrote, without a byte-order mark.
 * @throws NddrError for UTF-16 and for bytes that are no UTF-8
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Half of the bytes of plain text in UTF-16 are 0.
  if (marked || (bytes.length > 1 && (first === 0) !== (second === 0))) {
    throw new NddrError(`${path}: is text in UTF-16, expected UTF-8; save it with the encoding UTF-8`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const before = new TextDecoder().decode(bytes).split('\ufffd', 1)[0];
    const line = before.split('\n').length;
    throw new NddrError(`${path}, line ${line}: is not text in UTF-8; save the file with the encoding UTF-8`);
  }
}

export type JsonObject = Record<string, unknown>;

/** Whether a JSON value is an object, not a list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a text file that a person wrote. @throws NddrError as `readWhole` and `decodeText` */
export const readUserText = async (path: string): Promise<string> => decodeText(await readWhole(path), path);

/** Reads a JSON file that a person wrote. @throws NddrError as `readWhole`, `decodeText` and `parseJson` */
export const readUserJson = async (path: string): Promise<unknown> => parseJson(await readUserText(path), path);

/**
 * Parses standard JSON. A key that occurs twice in an object is refused, because one of its values would be lost.
 * @throws NddrError with line, column, the line itself and a caret below the column
 */
export function parseJson(text: string, path: string): unknown {
  const fault = new Scanner(text).fault();
  if (!fault) return JSON.parse(text);
  const lines = text.slice(0, fault.at).split(/\r\n|\r|\n/);
  const [line, column] = [lines.length, (lines.at(-1) as string).length + 1];
  const whole = text.split(/\r\n|\r|\n/)[line - 1];
  throw new NddrError(`${path}, line ${line}, column ${column}: ${fault.what}\n${shown(whole, column)}`);
}

const SHOWN = 100;

/** The line, cut around the column where it is long, and a caret below the column. */
function shown(line: string, column: number): string {
  const from = line.length <= SHOWN ? 0 : Math.max(0, Math.min(column - 1 - SHOWN / 2, line.length - SHOWN));
  const part = line.slice(from, from + SHOWN);
  const before = part.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  return `  ${part}\n  ${before}^`;
}

interface Fault {
  readonly at: number;
  readonly what: string;
}

// All characters from the space on except the double quote and the backslash, or escapes.
const STRING = /"(?:[ !#-[\]-\u{10ffff}]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const WORD = /[\w.+-]+/y;
const DEEPEST = 500;

/** Finds the first fault in JSON text. JavaScript engines give its place in different forms, or not at all. */
class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  fault(): Fault | undefined {
    try {
      this.value(0);
      if (this.peek() !== undefined) this.fail('the JSON ends before this; remove the rest');
      return undefined;
    } catch (error) {
      if (error instanceof Stop) return error.fault;
      throw error;
    }
  }

  private fail(what: string, at = this.at): never {
    throw new Stop({ at, what });
  }

  /** Skips spaces and returns the next character; undefined at the end. */
  private peek(): string | undefined {
    const { text } = this;
    while (this.at < text.length && ' \t\r\n'.includes(text[this.at])) this.at++;
    const next = text[this.at] as string | undefined;
    if (next === '#' || (next === '/' && '/*'.includes(text[this.at + 1] ?? ' ')))
      this.fail('comments are not allowed in JSON; remove it');
    return next;
  }

  /** Skips the text that a pattern matches here, and returns it. */
  private skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private value(depth: number): void {
    if (depth > DEEPEST) this.fail(`lists and objects are nested more than ${DEEPEST} deep`);
    const next = this.peek();
    if (next === '{') this.members('}', this.member(depth));
    else if (next === '[') this.members(']', () => this.value(depth + 1));
    else if (next === '"') this.string();
    else if (this.skip(SCALAR) === undefined) this.fail(this.noValue(next));
  }

  private noValue(next: string | undefined): string {
    if (next === undefined) return 'the file ends here, expected a value; is it cut short?';
    if (next === "'") return 'texts are written in double quotes in JSON';
    WORD.lastIndex = this.at;
    const word = WORD.exec(this.text)?.[0] ?? next;
    return `expected a value (a text in double quotes, a number, true, false, null, a list or an object), found ${word}`;
  }

  private members(end: string, member: () => void): void {
    const opened = this.at++;
    if (this.peek() === end) {
      this.at++;
      return;
    }
    for (;;) {
      member();
      const next = this.peek();
      if (next === end) {
        this.at++;
        return;
      }
      if (next === undefined) {
        const line = this.text.slice(0, opened).split(/\r\n|\r|\n/).length;
        this.fail(`the file ends here, expected "${end}" for the "${this.text[opened]}" of line ${line}`);
      }
      if (next !== ',') this.fail(`expected a comma or "${end}" before this`);
      const comma = this.at++;
      if (this.peek() === end) this.fail(`a comma before "${end}" is not allowed in JSON; remove it`, comma);
    }
  }

  /** Reads a key and its value; remembers the keys of one object. */
  private member(depth: number): () => void {
    const keys = new Set<string>();
    return () => {
      const next = this.peek();
      const from = this.at;
      if (next === undefined) this.fail('the file ends here, expected a key; is it cut short?');
      if (next !== '"') this.fail('expected a key in double quotes');
      const key = this.string();
      if (keys.has(key)) this.fail(`the key "${key}" occurs a second time; keep one of them`, from);
      keys.add(key);
      if (this.peek() !== ':') this.fail(`expected ":" after the key "${key}"`);
      this.at++;
      this.value(depth + 1);
    };
  }

  private string(): string {
    const from = this.at;
    const found = this.skip(STRING);
    if (found !== undefined) return JSON.parse(found) as string;
    for (let at = from + 1; at < this.text.length && this.text[at] !== '"'; at++) {
      if (this.text[at] === '\n' || this.text[at] === '\r') break;
      if (this.text[at] === '\t') this.fail('a tab in a text is written \\t', at);
      if (this.text[at] !== '\\') continue;
      if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(at, at + 6)))
        this.fail('a backslash in a text is written twice (\\\\); paths may be written with "/"', at);
      at++;
    }
    return this.fail('this text has no closing double quote on its line');
  }
}

/** Ends the scan at a fault. */
class Stop extends Error {
  constructor(readonly fault: Fault) {
    super(fault.what);
  }
}
