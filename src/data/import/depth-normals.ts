/** Surface normals computed from depth. */

/** A pinhole camera: focal lengths and principal point in pixels, the first pixel at 0. */
export interface Camera {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
}

/** Depth in metres, row by row; 0 or NaN where unknown. */
export interface DepthMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Pixels on each side of the middle of the window, of which every second is looked at in either direction. */
export const RADIUS = 10;
const STEP = 2;
/** Pixels whose depth differs from that in the middle by more than this share belong to another surface. */
export const TOLERANCE = 0.05;
/** Pixels looked at that a surface must fill: a fifth of the window. */
const LEAST_PIXELS = 0.2 * ((2 * RADIUS) / STEP + 1) ** 2;

/**
 * The normals of the surfaces that a depth map shows, as colours: (n + 1) / 2 of 255 for x to the right, y up, z to the
 * viewer; black where there is none.
 *
 * A plane in space is a linear function of the pixel in the inverse of depth, 1 / z = a x + b y + c, and the noise of
 * sensors that measure disparity is even in it. So a plane is fitted to 1 / z by least squares over a window; pixels
 * without depth and of other surfaces are left out. Its normal is that of the surface, turned to the camera.
 */
export function normalColours({ width, height, data }: DepthMap, camera: Camera): Uint8Array {
  const colours = new Uint8Array(3 * width * height);
  const inverse = Float64Array.from(data, (z) => (z > 0 ? 1 / z : 0));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const plane = inverse[at] > 0 ? fitPlane(inverse, width, height, x, y) : undefined;
      if (!plane) continue;
      // The plane in camera coordinates (x right, y down, z forward) is n P = 1, so n points away from the camera.
      const { a, b, c } = plane;
      const nx = a * camera.fx;
      const ny = b * camera.fy;
      const nz = c - a * (x - camera.cx) - b * (y - camera.cy);
      const length = Math.hypot(nx, ny, nz);
      if (!(length > 0)) continue;
      colours[3 * at] = colourOf(-nx / length);
      colours[3 * at + 1] = colourOf(ny / length);
      colours[3 * at + 2] = colourOf(nz / length);
    }
  }
  return colours;
}

const colourOf = (component: number): number => Math.round(((component + 1) / 2) * 255);

interface Plane {
  /** Change of the inverse depth for a pixel to the right, and down. */
  readonly a: number;
  readonly b: number;
  /** Its value at the pixel in the middle. */
  readonly c: number;
}

/** The plane through the surface at (x, y); undefined where too little of it is seen. */
function fitPlane(inverse: Float64Array, width: number, height: number, x: number, y: number): Plane | undefined {
  const middle = inverse[y * width + x];
  const lowest = middle / (1 + TOLERANCE);
  const highest = middle / (1 - TOLERANCE);
  let [n, sx, sy, sw, sxx, sxy, syy, sxw, syw] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let dy = -RADIUS; dy <= RADIUS; dy += STEP) {
    if (y + dy < 0 || y + dy >= height) continue;
    const row = (y + dy) * width + x;
    let [rowN, rowX, rowW] = [0, 0, 0];
    for (let dx = -RADIUS; dx <= RADIUS; dx += STEP) {
      if (x + dx < 0 || x + dx >= width) continue;
      const w = inverse[row + dx];
      if (w < lowest || w > highest) continue;
      rowN++;
      rowX += dx;
      rowW += w;
      sxx += dx * dx;
      sxw += dx * w;
    }
    n += rowN;
    sx += rowX;
    sw += rowW;
    sy += dy * rowN;
    syy += dy * dy * rowN;
    sxy += dy * rowX;
    syw += dy * rowW;
  }
  if (n < LEAST_PIXELS) return undefined;
  // Normal equations about the means.
  const xx = sxx - (sx * sx) / n;
  const xy = sxy - (sx * sy) / n;
  const yy = syy - (sy * sy) / n;
  const xw = sxw - (sx * sw) / n;
  const yw = syw - (sy * sw) / n;
  const determinant = xx * yy - xy * xy;
  // A line of pixels does not say how the plane is tilted across it.
  if (determinant <= 1e-6 * xx * yy) return undefined;
  const a = (xw * yy - yw * xy) / determinant;
  const b = (yw * xx - xw * xy) / determinant;
  return { a, b, c: (sw - a * sx - b * sy) / n };
}
