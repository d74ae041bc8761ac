/** Two pixels match at most this share of the image's diagonal apart (the BSDS benchmark's value). */
export const TOLERANCE = 0.0075;

/** Steps within `radius` pixels, nearest first. */
function stepsWithin(radius: number): { dx: number; dy: number }[] {
  const reach = Math.floor(radius);
  const span = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  return span
    .flatMap((dy) => span.map((dx) => ({ dx, dy, squared: dx * dx + dy * dy })))
    .filter(({ squared }) => squared <= radius * radius)
    .sort((a, b) => a.squared - b.squared);
}

/**
 * Matches predicted with true boundary pixels one to one, separately for every threshold: pairs within
 * `TOLERANCE * diagonal` of each other are taken greedily, nearest first (equals step by step, in scan order).
 * A maximal matching, not a maximum one: the BSDS benchmark (Martin et al., TPAMI 2004) solves an assignment problem
 * instead and may find some more.
 *
 * The pairs and their order do not depend on the threshold, so they are listed once.
 * @param level number of thresholds that a pixel's probability reaches, 0 where nothing is predicted
 * @param truth 1 on true boundaries, one pixel wide
 * @returns matched pairs by threshold; entry k counts the pixels of level above k as predicted
 */
export function countMatches(
  level: Uint8Array,
  truth: Uint8Array,
  width: number,
  height: number,
  thresholds: number,
): Float64Array {
  const truePixels: number[] = [];
  for (let i = 0; i < truth.length; i++) if (truth[i] === 1) truePixels.push(i);

  const pairs: number[] = []; // true pixel, predicted pixel, true pixel, ...
  for (const { dx, dy } of stepsWithin(TOLERANCE * Math.hypot(width, height))) {
    for (const pixel of truePixels) {
      const [x, y] = [(pixel % width) + dx, Math.floor(pixel / width) + dy];
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const other = y * width + x;
      if (level[other] > 0) pairs.push(pixel, other);
    }
  }

  // A pixel is taken at threshold k when its mark is k + 1.
  const takenTruth = new Uint8Array(truth.length);
  const takenPredicted = new Uint8Array(truth.length);
  const matches = new Float64Array(thresholds);
  for (let k = 0; k < thresholds; k++) {
    const mark = k + 1;
    for (let i = 0; i < pairs.length; i += 2) {
      const [pixel, other] = [pairs[i], pairs[i + 1]];
      if (level[other] <= k || takenTruth[pixel] === mark || takenPredicted[other] === mark) continue;
      takenTruth[pixel] = mark;
      takenPredicted[other] = mark;
      matches[k]++;
    }
  }
  return matches;
}
