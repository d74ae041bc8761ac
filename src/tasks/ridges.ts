/** Non-maximum suppression of boundary probabilities: lines one pixel wide, as the boundary metrics need them. */
import { thin } from './thinning.js';

/** The orientation is taken from the map smoothed by two boxes of this radius: a triangle of radius 4, as in BSDS. */
const BOX_RADIUS = 2;
/**
 * Weight of squared gradients against squared curvatures: 1 / radius^2 of the smoothing, so that both have one scale.
 */
const GRADIENT_WEIGHT = 1 / (4 * BOX_RADIUS * BOX_RADIUS);
/** Keeps rounding errors from suppressing a pixel of a plateau. */
const SLACK = 1 + 1e-6;

/** Means over 2 * BOX_RADIUS + 1 values along one axis; at the ends over the values that exist. */
function boxAlong(
  source: Float32Array,
  lines: number,
  lineStride: number,
  length: number,
  stride: number,
): Float32Array {
  const out = new Float32Array(source.length);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStride;
    let [sum, count] = [0, 0];
    for (let i = -BOX_RADIUS; i < length; i++) {
      const [entering, leaving] = [i + BOX_RADIUS, i - BOX_RADIUS - 1];
      if (entering < length) {
        sum += source[start + entering * stride];
        count++;
      }
      if (leaving >= 0) {
        sum -= source[start + leaving * stride];
        count--;
      }
      if (i >= 0) out[start + i * stride] = sum / count;
    }
  }
  return out;
}

function smooth(map: Float32Array, width: number, height: number): Float32Array {
  let out = map;
  for (let pass = 0; pass < 2; pass++) {
    out = boxAlong(out, height, width, width, 1);
    out = boxAlong(out, width, 1, height, width);
  }
  return out;
}

/**
 * Reduces a map of boundary probabilities to its ridges, one pixel wide, and sets all other pixels to 0. A pixel
 * remains if the values at distance 1 to both sides across the ridge are not higher (non-maximum suppression); the
 * direction across is that in which the smoothed map changes most. The remaining pixels are thinned.
 * @param map [height, width]
 * @param lowest smaller probabilities become 0 at once
 */
export function ridges(map: ArrayLike<number>, width: number, height: number, lowest: number): Float32Array {
  const source = Float32Array.from(map);
  const s = smooth(source, width, height);
  const clampX = (x: number) => Math.min(Math.max(x, 0), width - 1);
  const clampY = (y: number) => Math.min(Math.max(y, 0), height - 1);
  const interpolate = (x: number, y: number): number => {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - left, y - top];
    const [x0, x1, y0, y1] = [clampX(left), clampX(left + 1), clampY(top) * width, clampY(top + 1) * width];
    const above = source[y0 + x0] * (1 - fx) + source[y0 + x1] * fx;
    const below = source[y1 + x0] * (1 - fx) + source[y1 + x1] * fx;
    return above * (1 - fy) + below * fy;
  };
  const kept = new Uint8Array(source.length);
  for (let y = 0, i = 0; y < height; y++) {
    const [up, row, down] = [clampY(y - 1) * width, y * width, clampY(y + 1) * width];
    for (let x = 0; x < width; x++, i++) {
      if (source[i] < lowest) continue;
      const [left, right] = [clampX(x - 1), clampX(x + 1)];
      const xx = s[row + right] - 2 * s[i] + s[row + left];
      const yy = s[down + x] - 2 * s[i] + s[up + x];
      const xy = (s[down + right] - s[down + left] - s[up + right] + s[up + left]) / 4;
      const [gx, gy] = [(s[row + right] - s[row + left]) / 2, (s[down + x] - s[up + x]) / 2];
      // The direction across is the first eigenvector of M = H H + w g g^T, with H the second derivatives and g the
      // gradient. On a crest the gradient vanishes, on the flank the curvature: the sum has a direction everywhere.
      const mxx = xx * xx + xy * xy + GRADIENT_WEIGHT * gx * gx;
      const myy = yy * yy + xy * xy + GRADIENT_WEIGHT * gy * gy;
      const mxy = xy * (xx + yy) + GRADIENT_WEIGHT * gx * gy;
      const across = 0.5 * Math.atan2(2 * mxy, mxx - myy);
      const [dx, dy] = [Math.cos(across), Math.sin(across)];
      const limit = source[i] * SLACK;
      if (interpolate(x + dx, y + dy) <= limit && interpolate(x - dx, y - dy) <= limit) kept[i] = 1;
    }
  }
  thin(kept, width, height);
  return source.map((v, i) => (kept[i] ? v : 0));
}
