/** Neighbours of a pixel clockwise from north: the order of the bits of a neighbourhood. */
const NEIGHBOURS = [
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
] as const;

/** Whether a set pixel goes, by neighbourhood (8 bits), in the first and the second half of a pass. */
const REMOVABLE = [0, 1].map((half) =>
  Uint8Array.from({ length: 256 }, (_, bits) => {
    const [n, ne, e, se, s, sw, w, nw] = NEIGHBOURS.map((_, i) => (bits >> i) & 1);
    const crossings = (~n & (ne | e)) + (~e & (se | s)) + (~s & (sw | w)) + (~w & (nw | n));
    const pairs = Math.min((nw | n) + (ne | e) + (se | s) + (sw | w), (n | ne) + (e | se) + (s | sw) + (w | nw));
    const blocked = half === 0 ? (n | ne | (se ^ 1)) & e : (s | sw | (nw ^ 1)) & w;
    return crossings === 1 && (pairs === 2 || pairs === 3) && blocked === 0 ? 1 : 0;
  }),
);

/**
 * Thins the set pixels to lines one pixel wide, keeping them connected (Guo and Hall, CACM 1989, algorithm A1; what
 * MATLAB's `bwmorph(mask, 'thin', Inf)` does). Works in place.
 * @param mask 0 or 1, `width * height`
 */
export function thin(mask: Uint8Array, width: number, height: number): void {
  // A border of zeros spares every neighbour a check.
  const stride = width + 2;
  const padded = new Uint8Array(stride * (height + 2));
  let set: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 0) continue;
      const at = (y + 1) * stride + x + 1;
      padded[at] = 1;
      set.push(at);
    }
  }
  const [n, ne, e, se, s, sw, w, nw] = NEIGHBOURS.map(([dx, dy]) => dy * stride + dx);
  const keep = (at: number): boolean => padded[at] === 1;
  for (let halvesWithoutChange = 0, half = 0; halvesWithoutChange < 2; half = 1 - half) {
    const removable = REMOVABLE[half];
    const gone: number[] = [];
    for (const at of set) {
      const bits =
        padded[at + n] |
        (padded[at + ne] << 1) |
        (padded[at + e] << 2) |
        (padded[at + se] << 3) |
        (padded[at + s] << 4) |
        (padded[at + sw] << 5) |
        (padded[at + w] << 6) |
        (padded[at + nw] << 7);
      if (removable[bits]) gone.push(at);
    }
    for (const at of gone) padded[at] = 0;
    halvesWithoutChange = gone.length > 0 ? 0 : halvesWithoutChange + 1;
    if (gone.length > 0) set = set.filter(keep);
  }
  mask.fill(0);
  for (const at of set) mask[(Math.floor(at / stride) - 1) * width + (at % stride) - 1] = 1;
}
