// Opens what the user names as sources.
import { statSync } from 'node:fs';
import { NddrError } from '../../errors.js';
import { openFileSource, openFolderSource } from './folder-source.js';
import { type Source, Sources } from './source.js';
import { openCompressedTarSource, openTarSource } from './tar-source.js';
import { openZipSource } from './zip-source.js';

/**
 * Opens sources: folders, archives and other files.
 * @param aside a folder for what must be unpacked
 * @throws NddrError where one is missing or cannot be read
 */
export async function openSources(paths: readonly string[], aside: string): Promise<Sources> {
  const opened: Source[] = [];
  try {
    for (const path of paths) opened.push(await openSource(path, aside));
  } catch (error) {
    await new Sources(opened).close();
    throw error;
  }
  return new Sources(opened);
}

async function openSource(path: string, aside: string): Promise<Source> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new NddrError(`${path}: there is no such file or folder. Check the path.`);
  if (found.isDirectory()) return openFolderSource(path);
  if (/\.zip$/i.test(path)) return openZipSource(path);
  if (/\.tar$/i.test(path)) return openTarSource(path);
  if (/\.(tar\.gz|tgz)$/i.test(path)) return openCompressedTarSource(path, aside);
  if (ARCHIVE.test(path)) throw new NddrError(`${path}: unpack this archive first, and name the folder`);
  return openFileSource(path);
}

const ARCHIVE = /\.(tar\.\w+|tbz2?|txz|7z|rar)$/i;
