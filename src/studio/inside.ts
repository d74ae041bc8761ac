/** Access to files below one folder, and to nothing else: a path that leads out of it, or through a link, is refused. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../files.js';
import { Refusal } from '../http/refusal.js';

/** Waits for nothing: a pipe would block the reader. Windows has neither flag, and no such pipes. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Characters that part a path, or end it. */
const UNNAMED = process.platform === 'win32' ? /[\\\0:]/ : /[\\\0]/;

const GONE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO', 'ENAMETOOLONG'];

/** A folder whose files may be read. */
export class Inside {
  private constructor(private readonly root: string) {}

  /** @throws the system's error when there is no such folder */
  static async of(folder: string): Promise<Inside> {
    return new Inside(await realpath(folder));
  }

  /**
   * The place of a path below the folder, with `/` between its parts. Empty: the folder itself.
   * @throws Refusal 404 when a part is a link, leads upwards or is no name, or there is nothing
   */
  async placeOf(path: string): Promise<string> {
    const parts = path === '' ? [] : path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..' || UNNAMED.test(part))) throw missing(path);
    const place = join(this.root, ...parts);
    // A link anywhere in the path would make the real path another one.
    const real = await realpath(place).catch((error: unknown) => {
      throw GONE.includes(codeOf(error)) ? missing(path) : error;
    });
    if (real !== place) throw missing(path);
    return place;
  }

  /**
   * Opens a regular file. Close it.
   * @throws Refusal 404 as `placeOf`, or when it is no regular file
   */
  async open(path: string): Promise<FileHandle> {
    const place = await this.placeOf(path);
    const file = await open(place, FLAGS).catch((error: unknown) => {
      throw [...GONE, 'EACCES', 'EPERM'].includes(codeOf(error)) ? missing(path) : error;
    });
    const [opened, named] = await Promise.all([file.stat(), lstat(place).catch(() => undefined)]);
    // The second look finds a folder of the path that became a link in the meantime.
    if (opened.isFile() && named?.ino === opened.ino && (await realpath(place).catch(() => '')) === place) return file;
    await file.close();
    throw missing(path);
  }

  /** The whole text of a file. @throws Refusal 404 as `open`, 413 where it is larger than `most` bytes */
  async text(path: string, most: number): Promise<string> {
    return (await this.bytes(path, most)).toString('utf8');
  }

  /** @throws Refusal as `text` */
  async bytes(path: string, most: number): Promise<Buffer> {
    const file = await this.open(path);
    try {
      const { size } = await file.stat();
      if (size > most)
        throw new Refusal(413, `${path.slice(-100)} has ${size} bytes; files of up to ${most} are shown.`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  /** Changes when a file does. It says nothing about what the file holds, so that a link need not be looked for. */
  async stampOf(path: string): Promise<string> {
    const found = await lstat(join(this.root, ...path.split('/'))).catch(() => undefined);
    return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : '';
  }

  /** The folders and regular files in a folder; links and everything else are left out. None where it is gone. */
  async list(path: string): Promise<{ readonly name: string; readonly folder: boolean }[]> {
    try {
      const entries = await readdir(await this.placeOf(path), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() || entry.isDirectory())
        .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
    } catch {
      return [];
    }
  }
}

const missing = (path: string): Refusal =>
  new Refusal(404, `There is no file "${path.slice(0, 200)}" in the folder of the runs, or it is a link.`);
