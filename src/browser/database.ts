/** The database of a site in which its runs are kept. */
import { NddrError } from '../errors.js';

const NAME = 'nddr';
const VERSION = 1;
/** `runs`: name to configuration; `checkpoints`: [name, step] to file; `best`: name to file; `events`: [name, number]. */
const STORES = ['runs', 'checkpoints', 'best', 'events'];

/** @throws NddrError where the browser lets this site keep nothing */
export async function openDatabase(): Promise<IDBDatabase> {
  if (typeof indexedDB === 'undefined')
    throw new NddrError('This browser has no IndexedDB, in which runs are kept. Open the page by http or https.');
  const opening = indexedDB.open(NAME, VERSION);
  opening.onupgradeneeded = () => {
    for (const name of STORES) opening.result.createObjectStore(name);
  };
  try {
    return await asPromise(opening);
  } catch (cause) {
    throw new NddrError(
      `The browser lets this site keep nothing (${(cause as Error).message}). Allow it to store data, and leave private windows.`,
      { cause },
    );
  }
}

export const asPromise = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Waits until everything of a transaction is stored. @throws NddrError that begins with `what` where there is no room */
export const done = (transaction: IDBTransaction, what: string): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => {
      const { error } = transaction;
      if (error?.name !== 'QuotaExceededError') return reject(error);
      return reject(
        new NddrError(`${what}: the browser has no room left for this site. Delete other runs or files of the disk.`),
      );
    };
  });
