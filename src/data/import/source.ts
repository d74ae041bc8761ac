/** Where an import reads from: folders, archives and single files, all as lists of files by their names. */
import { NddrError } from '../../errors.js';

/**
 * The files of one source. Names are relative to it, with "/" between folders on every system. None leads out of the
 * source: a folder's links to other places and an archive's odd names are left out, or refused.
 */
export interface Source {
  /** As the user named it. */
  readonly path: string;
  readonly names: readonly string[];
  /** What was left out, one line each. */
  readonly notes: readonly string[];
  /** What tells this source from another one: a digest of the names of its files, and of their sizes if it is cheap. */
  readonly digest: string;
  /** The bytes of a file. @throws NddrError where it cannot be read, or is larger than `LARGEST_FILE` */
  read(name: string): Promise<Uint8Array>;
  /** The number of bytes of a file. */
  sizeOf(name: string): Promise<number>;
  /** The path of a file on the disk, for files that are read in parts; undefined inside an archive. */
  pathOf(name: string): string | undefined;
  close(): Promise<void>;
}

/** The most bytes of a file that is read as a whole: more than any image or map of 100 megapixels usually takes. */
export const LARGEST_FILE = 2 ** 28;

/** @throws NddrError when a file is too large to be read as a whole */
export function expectReadable(where: string, bytes: number): void {
  if (bytes <= LARGEST_FILE) return;
  throw new NddrError(
    `${where}: is a file of ${Math.round(bytes / 1e6)} MB, above the ${Math.round(LARGEST_FILE / 1e6)} MB that an image, ` +
      'map or list may have',
  );
}

/** One file of a source. */
export interface SourceFile {
  readonly source: Source;
  readonly name: string;
}

/** The path of a file for messages: `gtFine.zip/gtFine/train/a.png`. */
export const shownPath = ({ source, name }: SourceFile): string =>
  source.pathOf(name) ?? `${source.path.replace(/\/+$/, '')}/${name}`;

/** A file whose name matches an expression. */
export interface Match extends SourceFile {
  /** What the expression matched, with its groups. */
  readonly match: RegExpExecArray;
}

/** The files of all sources together. */
export class Sources {
  constructor(readonly list: readonly Source[]) {}

  /** All sources in words, for messages. */
  get shown(): string {
    return this.list.map(({ path }) => path).join(', ');
  }

  /** The files whose names match an expression, sorted by name in each source. */
  matching(expression: RegExp): Match[] {
    return this.list.flatMap((source) =>
      source.names.flatMap((name) => {
        const match = expression.exec(name);
        return match ? [{ source, name, match }] : [];
      }),
    );
  }

  /**
   * The files whose names match an expression, by a key that is made of the match.
   * @throws NddrError where two files have one key
   */
  byKey(expression: RegExp, keyOf: (match: RegExpExecArray) => string = (match) => match[1]): Map<string, SourceFile> {
    const files = new Map<string, SourceFile>();
    for (const { match, ...file } of this.matching(expression)) {
      const key = keyOf(match);
      const other = files.get(key);
      if (other)
        throw new NddrError(
          `${shownPath(file)} and ${shownPath(other)}: both are "${key}"; keep one of them, or name only its folder`,
        );
      files.set(key, file);
    }
    return files;
  }

  /** The one file whose name matches; undefined where none does. @throws NddrError where several do */
  find(expression: RegExp): SourceFile | undefined {
    const [first, second] = this.matching(expression);
    if (second)
      throw new NddrError(
        `${shownPath(first)} and ${shownPath(second)}: expected one such file; keep one of them, or name only its folder`,
      );
    return first && { source: first.source, name: first.name };
  }

  /** Closes all sources. */
  async close(): Promise<void> {
    for (const source of this.list) await source.close();
  }
}

/** The bytes of a file. @throws NddrError as `Source.read` */
export const readFile = ({ source, name }: SourceFile): Promise<Uint8Array> => source.read(name);
