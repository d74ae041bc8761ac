/** Reads what was appended to `events.jsonl`. */
import type { Inside } from './inside.js';
import type { EventLines } from './protocol.js';

/** The most bytes of one piece; a line that is longer is read whole, up to `LONGEST`. */
const PIECE = 4_000_000;
const LONGEST = 64_000_000;

export interface Piece extends Pick<EventLines, 'from' | 'to' | 'lines' | 'more'> {
  /** Names the file on its disk: a file that was written anew has another number. */
  readonly inode: number;
  readonly bytes: number;
}

/**
 * The whole lines after an offset. A last line that is still being written waits until it has its end. Bytes beyond
 * `LONGEST` without any end of a line are passed over.
 * @throws Refusal 404 when the file is gone
 */
export async function linesAfter(inside: Inside, path: string, from: number): Promise<Piece> {
  const file = await inside.open(path);
  try {
    const { size, ino: inode } = await file.stat();
    for (let most = PIECE; ; most *= 4) {
      const wanted = Math.max(0, Math.min(size - from, most));
      const buffer = Buffer.alloc(wanted);
      const { bytesRead } = await file.read(buffer, 0, wanted, from);
      const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
      const common = { from, inode, bytes: size };
      if (end > 0) {
        const lines = buffer.toString('utf8', 0, end - 1).split('\n');
        return { ...common, to: from + end, lines, more: bytesRead === most };
      }
      if (bytesRead < most) return { ...common, to: from, lines: [], more: false };
      if (most >= LONGEST) return { ...common, to: from + bytesRead, lines: [''], more: true };
    }
  } finally {
    await file.close();
  }
}
