/** How containers begin that several formats use. */

/** A zip archive begins with the header of its first entry; an empty one has none. */
export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;

const NAME_AT = 30;

/** The name of the first entry of a zip archive; undefined where the bytes are not of one. */
export function firstZipName(head: Uint8Array): string | undefined {
  if (!isZip(head) || head.length < NAME_AT) return undefined;
  return new TextDecoder().decode(head.subarray(NAME_AT, NAME_AT + head[26] + 256 * head[27]));
}

/** A tar archive has the word `ustar` in its first header, and its first name at the beginning. */
export const isTar = (head: Uint8Array): boolean =>
  new TextDecoder('latin1').decode(head.subarray(257, 262)) === 'ustar';
