/** The lock of a folder that is written for long: only one process at a time may write in it. Node only. */
import { randomBytes } from 'node:crypto';
import { constants, readFileSync, readlinkSync } from 'node:fs';
import { copyFile, link, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { NddrError } from './errors.js';
import { codeOf, makeFolder, PART_SUFFIX, writeError } from './files.js';

/** Relative to the folder. */
export const LOCK = 'lock.json';

/**
 * Whether a process on this machine is alive can be looked up. One on another machine counts as dead when its lock was
 * not touched for this long; a living one touches it every `TOUCH_MILLIS`.
 */
const SILENT_MILLIS = 120_000;
const TOUCH_MILLIS = 20_000;
/** An empty or broken lock file is being written, or, when it is older than this, was cut off by a power failure. */
const TORN_MILLIS = 5000;
/** After removing this many stale locks without getting the folder, other processes are assumed to be faster. */
const TRIES = 5;

/** The process that holds a lock: the content of the lock file. */
export interface Holder {
  readonly id: string;
  readonly pid: number;
  /** When the process started, as an ISO date. */
  readonly started: string;
  readonly host: string;
  /**
   * Linux only: the boot and the process namespace that the pid belongs to, and the clock ticks from boot to its
   * start.
   */
  readonly boot?: string;
  readonly ticks?: string;
}

export interface Lock {
  /** Where a stale lock was taken over: a sentence that names its process. */
  readonly note?: string;
  /** Unlocks the folder, and removes folders that the lock created and that are still empty. May be called twice. */
  release(): Promise<void>;
}

/** What a folder is locked for, as messages call it. */
export type LockedFor = 'run' | 'import';

/**
 * Locks a folder, and creates it where it does not exist. A lock whose process has ended is taken over.
 * @throws NddrError when another process, or this one already, holds it, or it cannot be written
 */
export async function lockFolder(folder: string, what: LockedFor): Promise<Lock> {
  const path = join(folder, LOCK);
  const me: Holder = { id: randomBytes(8).toString('hex'), ...thisProcess() };
  const aside = join(folder, `.${LOCK}.${me.id}${PART_SUFFIX}`);
  let made: string | undefined;
  let note: string | undefined;
  try {
    made = await makeFolder(folder);
    await writeFile(aside, `${JSON.stringify(me, null, 2)}\n`, { flag: 'wx' });
    for (let tries = 0; !(await appear(aside, path)); tries++) {
      const holder = await readHolder(path);
      if (holder === 'gone') continue;
      if (tries >= TRIES || (await isAlive(holder, path, async () => (await stat(aside)).mtimeMs)))
        throw busy(folder, path, what, holder);
      // Noted before the removal: of several processes that found the stale lock, one may remove it and another lock.
      note = takenOver(folder, holder);
      await removeStale(path, holder);
    }
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    await removeEmpty(folder, made);
    throw error instanceof NddrError ? error : writeError(path, `the lock of the ${what}`, error);
  }
  await rm(aside, { force: true });
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_MILLIS).unref();
  let held = true;
  return {
    ...(note !== undefined && { note }),
    async release() {
      if (!held) return;
      held = false;
      clearInterval(touching);
      const holder = await readHolder(path);
      if (holder !== 'gone' && holder?.id === me.id) await rm(path, { force: true });
      await removeEmpty(folder, made);
    },
  };
}

/** Gives a complete file its name in one step. @returns false where the name is taken */
async function appear(aside: string, path: string): Promise<boolean> {
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
  }
  // On a disk without hard links a reader may for an instant see half of the file.
  try {
    await copyFile(aside, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * The holder of a lock; undefined where the file is not valid, as after a power failure; 'gone' where there is none.
 */
async function readHolder(path: string): Promise<Holder | undefined | 'gone'> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone';
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a process that still runs holds the lock of a folder, as far as can be seen without writing there. */
export async function isLocked(folder: string): Promise<boolean> {
  const path = join(folder, LOCK);
  const holder = await readHolder(path);
  return holder !== 'gone' && isAlive(holder, path, async () => Date.now());
}

/** Whether the process that holds a lock still runs. @param diskNow the time by the clock of the disk */
async function isAlive(holder: Holder | undefined, path: string, diskNow: () => Promise<number>): Promise<boolean> {
  const { host, boot } = thisProcess();
  if (holder?.host === host) {
    if (holder.boot === boot) return runs(holder);
    if (bootOf(holder) !== bootOf({ boot })) return false; // the machine has been restarted since
  }
  // Both times come from the clock of the disk, which may be another machine's.
  const [touched, now] = await Promise.all([stat(path).catch(() => undefined), diskNow()]);
  const silentMillis = touched ? now - touched.mtimeMs : Number.POSITIVE_INFINITY;
  return silentMillis < (holder ? SILENT_MILLIS : TORN_MILLIS);
}

const bootOf = ({ boot = '' }: { readonly boot?: string }): string => boot.split(' ')[0];

/** Whether the process exists, and is not a later one with the same number. */
function runs({ pid, ticks }: Holder): boolean {
  if (ticks !== undefined) return ticksOf(pid) === ticks;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Removes a stale lock. It is renamed first, so that only one of several processes that found it removes it. */
async function removeStale(path: string, stale: Holder | undefined): Promise<void> {
  const moved = `${path}.${randomBytes(4).toString('hex')}${PART_SUFFIX}`;
  try {
    await rename(path, moved);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return; // another process was faster
    throw error;
  }
  const found = await readHolder(moved);
  // Another process was faster, and this is its new lock: put it back.
  if (found === 'gone' || found?.id !== stale?.id) await link(moved, path).catch(() => {});
  await rm(moved, { force: true });
}

/** Removes empty folders, from `folder` upwards to the first one that was created. */
async function removeEmpty(folder: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  const top = resolve(made);
  for (let at = resolve(folder); at.startsWith(top); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return; // not empty
    }
  }
}

function thisProcess(): Omit<Holder, 'id'> {
  const started = new Date(Date.now() - 1000 * process.uptime()).toISOString();
  const [boot, ticks] = [bootId(), ticksOf(process.pid)];
  return { pid: process.pid, started, host: hostname(), ...(boot && { boot }), ...(ticks && { ticks }) };
}

/**
 * Identifies this boot of the system and the namespace of its process numbers (a container has its own); Linux only.
 */
function bootId(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks since boot; undefined where it does not exist, or not on Linux. */
function ticksOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may contain anything. The start time is field 22, the 20th after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const named = ({ pid, host, started }: Holder): string =>
  `process ${pid}${host === hostname() ? '' : ` on ${host}`}, started ${started.replace('T', ' ').slice(0, 19)} UTC`;

function busy(folder: string, path: string, what: LockedFor, holder: Holder | undefined): NddrError {
  const who = holder ? named(holder) : 'another process';
  const mine = holder?.pid === process.pid && holder.host === hostname();
  const way = mine
    ? `It is this process: end the ${what} that it has there first`
    : 'Wait until it ends, or stop it first';
  return new NddrError(
    `${folder} is in use by ${who}. ${way}; a new ${what} can have another ${what === 'run' ? 'name' : 'folder'}. ` +
      `If no such process works there, delete ${path}.`,
  );
}

const takenOver = (folder: string, holder: Holder | undefined): string =>
  `${folder} was locked by ${holder ? named(holder) : 'a process'}, which has ended without unlocking it; it goes on here.`;
