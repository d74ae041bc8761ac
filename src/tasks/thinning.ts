/** Thinning of lines to a width of one pixel. */

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

/** Whether a set pixel is removed, by its neighbourhood (8 bits), in the first and the second half of a pass. */
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
  // With a border of zeros every pixel has eight neighbours.
  const stride = width + 2;
  const set = new Uint8Array(stride * (height + 2));
  const all: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 0) continue;
      const at = (y + 1) * stride + x + 1;
      set[at] = 1;
      all.push(at);
    }
  }
  const steps = NEIGHBOURS.map(([dx, dy]) => dy * stride + dx);
  const [n, ne, e, se, s, sw, w, nw] = steps;
  const seen = new Uint32Array(set.length); // the half pass that last looked at a pixel

  let [before, gone]: number[][] = [[], all];
  for (let halfPass = 1; halfPass <= 2 || before.length + gone.length > 0; halfPass++) {
    // A pixel that remained in the last pass can only be removed where a neighbour has been removed since.
    const candidates = halfPass <= 2 ? all : [];
    if (halfPass > 2) {
      for (const pixels of [before, gone]) {
        for (const at of pixels) {
          for (const step of steps) {
            if (set[at + step] === 0 || seen[at + step] === halfPass) continue;
            seen[at + step] = halfPass;
            candidates.push(at + step);
          }
        }
      }
    }
    const removable = REMOVABLE[1 - (halfPass % 2)];
    before = gone;
    gone = candidates.filter((at) => {
      const bits =
        set[at + n] |
        (set[at + ne] << 1) |
        (set[at + e] << 2) |
        (set[at + se] << 3) |
        (set[at + s] << 4) |
        (set[at + sw] << 5) |
        (set[at + w] << 6) |
        (set[at + nw] << 7);
      return set[at] === 1 && removable[bits] === 1;
    });
    for (const at of gone) set[at] = 0;
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) mask[i] = set[(y + 1) * stride + x + 1];
  }
}
