// The names by which tables and lists call images.

/** The file of a path with "/" between folders. */
export const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The extension of a file with its dot; empty where there is none. */
export function extensionOf(path: string): string {
  const file = fileOf(path);
  const dot = file.lastIndexOf('.');
  return dot > 0 ? file.slice(dot) : '';
}

const withoutExtension = (file: string): string => file.slice(0, file.length - extensionOf(file).length);

/** A path as paths are compared: "/" between folders, accents composed (Macs write them as characters of their own). */
export const comparable = (file: string): string => file.replaceAll('\\', '/').replace(/^\.\//, '').normalize('NFC');

/**
 * The names by which an image may be called: its path below the root, what the wildcards of the pattern match (the
 * id), and the name of the file, each with and without the extension.
 */
export function namesOf(id: string, path: string): string[] {
  const file = comparable(path);
  return [file, withoutExtension(file), id + extensionOf(file), id, fileOf(file), fileOf(withoutExtension(file))];
}
