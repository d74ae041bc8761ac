// A lock for processes: one holds it, the others wait. A lock whose process has ended is removed.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Process numbers are used again, so a lock that is older than any installation counts as left behind. */
const OLDEST_MILLIS = 30 * 60_000;
const WAIT_MILLIS = 100;

/**
 * Runs `act` while this process alone holds the lock, a file with the number of its process.
 * @param what the holder does, for those who wait
 */
export function withLock(path, what, act) {
  for (let waited = false; !tryLock(path); waited = true) {
    if (removeStale(path)) continue;
    if (!waited) console.error(`Waiting: process ${holderOf(path)} is ${what} (${path}) ...`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MILLIS);
  }
  const release = () => rmSync(path, { force: true });
  process.on('exit', release); // `act` may end the process
  try {
    return act();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The number of the process that holds the lock; undefined where nobody does, or it has yet to write it. */
function holderOf(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Removes a lock whose process has ended. @returns whether it did */
function removeStale(path) {
  const holder = holderOf(path);
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age < OLDEST_MILLIS && (holder === undefined || isAlive(holder))) return false;
  // Only one of the processes that find the stale lock can rename it.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  // If another process has replaced the stale lock in the meantime, its lock was renamed: give it back.
  if (holderOf(aside) === holder) rmSync(aside, { force: true });
  else renameSync(aside, path);
  return true;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
