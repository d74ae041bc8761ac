/** Matching of predicted and true boundary pixels, which the metrics of boundaries count. */

/** The largest distance of two pixels that match, as a part of the image's diagonal (that of the BSDS benchmark). */
export const TOLERANCE = 0.0075;

/** All steps of at most `radius` pixels, the shortest first. */
function stepsWithin(radius: number): { dx: number; dy: number }[] {
  const reach = Math.floor(radius);
  const span = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  return span
    .flatMap((dy) => span.map((dx) => ({ dx, dy, squared: dx * dx + dy * dy })))
    .filter(({ squared }) => squared <= radius * radius)
    .sort((a, b) => a.squared - b.squared);
}

/**
 * Sizes of maximum matchings between predicted and true boundary pixels, for every threshold: the largest number of
 * pairs, each within `TOLERANCE * diagonal`, in which no pixel occurs twice. (The BSDS benchmark, Martin et al., TPAMI
 * 2004, also minimises the sum of the distances. That changes which pixels are matched, but not how many.)
 *
 * Predicted pixels are added from the most to the least certain, each by a search for an augmenting path. Such a path
 * keeps all earlier pixels matched, so the matching is maximum after every pixel, and one pass serves all thresholds.
 * Where a search fails, all true pixels that it reached are matched to predicted pixels that reach no others. No later
 * path can lead through them, so they are closed for good.
 * @param level number of thresholds that a pixel's probability reaches, 0 where nothing is predicted
 * @param truth 1 on true boundaries, which are one pixel wide
 * @returns matched pairs by threshold; entry k counts the pixels of a level above k as predicted
 */
export function countMatches(
  level: Uint8Array,
  truth: Uint8Array,
  width: number,
  height: number,
  thresholds: number,
): Float64Array {
  const steps = stepsWithin(TOLERANCE * Math.hypot(width, height));
  const byLevel: number[][] = Array.from({ length: thresholds + 1 }, () => []);
  for (let i = 0; i < level.length; i++) if (level[i] > 0) byLevel[level[i]].push(i);

  const free = truth.slice(); // 1 on unmatched true pixels
  const open = truth.slice(); // 1 on true pixels that the current search has not reached, and that are not closed
  const truthOf = new Int32Array(level.length); // partner of a predicted pixel
  const predictedOf = new Int32Array(level.length); // partner of a true pixel that is not free
  const reachedFrom = new Int32Array(level.length); // the predicted pixel from which a search came to a true one

  /** Searches breadth first for a path from the predicted pixel `start` to a free true pixel, and matches along it. */
  const augment = (start: number): boolean => {
    const queue = [start];
    const reached: number[] = [];
    for (let head = 0; head < queue.length; head++) {
      const predicted = queue[head];
      const [x, y] = [predicted % width, Math.floor(predicted / width)];
      for (const { dx, dy } of steps) {
        const at = predicted + dy * width + dx;
        if (open[at] !== 1 || x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
        open[at] = 0;
        reached.push(at);
        reachedFrom[at] = predicted;
        if (free[at] === 0) {
          queue.push(predictedOf[at]);
          continue;
        }
        free[at] = 0;
        for (let pixel = at, from = -1; from !== start; ) {
          from = reachedFrom[pixel];
          const before = truthOf[from];
          truthOf[from] = pixel;
          predictedOf[pixel] = from;
          pixel = before;
        }
        for (const pixel of reached) open[pixel] = 1;
        return true;
      }
    }
    return false;
  };

  const matches = new Float64Array(thresholds);
  for (let k = thresholds - 1, matched = 0; k >= 0; k--) {
    for (const pixel of byLevel[k + 1]) if (augment(pixel)) matched++;
    matches[k] = matched;
  }
  return matches;
}
