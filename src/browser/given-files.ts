/** Files as pages are given them: by an input, or dropped. */
import type { PageFiles } from './files.js';

/** The files of an `<input type="file" multiple>` or `webkitdirectory`, by their path below the folder that was chosen. */
export const chosenFiles = (files: Iterable<File>): PageFiles =>
  new Map([...files].map((file) => [file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file]));

/** Files and folders that were dropped, by their path; of a single folder by their path below it. */
export async function droppedFiles({ items }: DataTransfer): Promise<PageFiles> {
  // Read before anything is awaited: afterwards the list is empty.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [only] = entries;
  const roots = entries.length === 1 && only.isDirectory ? await entriesIn(only as FileSystemDirectoryEntry) : entries;
  const files = new Map<string, Blob>();
  for (const root of roots) await collect(root, '', files);
  return files;
}

async function collect(entry: FileSystemEntry, above: string, files: Map<string, Blob>): Promise<void> {
  const path = above + entry.name;
  if (entry.isFile) files.set(path, await new Promise<File>((...told) => (entry as FileSystemFileEntry).file(...told)));
  else for (const one of await entriesIn(entry as FileSystemDirectoryEntry)) await collect(one, `${path}/`, files);
}

/** All entries of a folder, which are told some at a time. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((...told) => reader.readEntries(...told));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
