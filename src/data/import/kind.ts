/** What a kind of import is: it looks at its sources, and says which samples a folder gets and how their files are made. */
import type * as z from 'zod';
import type { DescriptionInput } from '../description.js';
import type { Sources } from './source.js';

/** A file that an import writes. */
export interface PlannedFile {
  /** What it is made from, for messages. */
  readonly from: string;
  /** With its dot, such as `.png`: part of the name of the file. */
  readonly extension: string;
  /**
   * The content. Called only where the file is not there yet, one file after the other.
   * @throws NddrError where the source is damaged: the sample is left out and counted
   */
  bytes(): Promise<Uint8Array>;
  /** The number of bytes, where it is known without reading them: a file of another size is written again. */
  size?(): Promise<number>;
}

/** Labels of a whole image: column of the table to value. A column without a value is left out. */
export type Cells = Readonly<Record<string, string | number>>;

/** A sample that an import writes. All its files are written, or none. */
export interface PlannedSample {
  readonly split: string;
  /** The name of its files: no "/", and no two samples of a split whose ids differ in capital letters only. */
  readonly id: string;
  readonly image: PlannedFile;
  /** Label name to file, for labels that are maps and have files; one that the sample lacks is left out. */
  readonly labels: Readonly<Record<string, PlannedFile>>;
  readonly cells?: Cells;
}

/** Samples or files that an import leaves out, for one reason. */
export interface Skipped {
  /** Such as `images without a face`. */
  readonly why: string;
  readonly names: readonly string[];
  /** Whether something is wrong with the sources, such as a file that is missing: the command then ends with 1. */
  readonly isFault: boolean;
}

/** What an import writes. */
export interface ImportPlan {
  /** The name of the data set. */
  readonly name: string;
  /**
   * The labels as `dataset.json` describes them, derived ones too. Patterns, tables and, where some samples lack a
   * label, `optional` are filled in.
   */
  readonly labels: DescriptionInput['labels'];
  readonly samples: readonly PlannedSample[];
  readonly skipped?: readonly Skipped[];
  /** What was guessed or is worth a look, one line each. */
  readonly notes?: readonly string[];
  /** Closes what the planned files are read from, if that stays open. Called once, at the end. */
  close?(): Promise<void>;
}

/** A kind of import. A new one is one file in `kinds` and one row of `importKinds`. */
export interface ImportKind<S extends z.ZodObject = z.ZodObject> {
  /** What is imported, as a noun: `CamVid, as SegNet uses it or as it was published`. */
  readonly title: string;
  /** What to give as sources, for help and messages. */
  readonly expects: string;
  /** What is written, for the reference. */
  readonly writes: string;
  /** Settings (`--set key=value`); each has a default or may be left out, and a description. */
  readonly settings: S;
  /**
   * Looks at the names of the files, and at small files such as lists, not at images and maps.
   * @throws NddrError where the sources are not of this kind, saying what was expected
   */
  plan(sources: Sources, settings: z.output<S>): Promise<ImportPlan>;
}

/** Defines a kind of import, with the type of its settings. */
export const importKind = <S extends z.ZodObject>(kind: ImportKind<S>): ImportKind<S> => kind;
