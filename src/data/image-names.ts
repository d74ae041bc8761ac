// The names by which tables and lists call images.
import { basename, extname } from 'node:path';

const withoutExtension = (file: string): string => file.slice(0, file.length - extname(file).length);

/** A path as paths are compared: "/" between folders, accents composed (Macs write them as characters of their own). */
export const comparable = (file: string): string => file.replaceAll('\\', '/').replace(/^\.\//, '').normalize('NFC');

/**
 * The names by which an image may be called: its path below the root, what the wildcards of the pattern match (the
 * id), and the name of the file, each with and without the extension.
 */
export function namesOf(id: string, path: string): string[] {
  const file = comparable(path);
  return [file, withoutExtension(file), id + extname(file), id, basename(file), basename(withoutExtension(file))];
}
