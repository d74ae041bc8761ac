/**
 * A pinhole camera. World axes: y up, metres. The ray of a pixel is `position + t * (forward + px * right + py * up)`
 * with px, py on the image plane at distance 1, so t is the depth along the optical axis.
 */
export interface Camera {
  readonly position: Vector;
  readonly right: Vector;
  readonly up: Vector;
  readonly forward: Vector;
  /** Half the width of the image plane at distance 1: the tangent of half the horizontal field of view. */
  readonly halfWidth: number;
}

export type Vector = readonly [x: number, y: number, z: number];

/** An axis-aligned box in the world. */
export interface Bounds {
  readonly low: Vector;
  readonly high: Vector;
}

/** A rectangle of pixels; the right and bottom ends are excluded. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Nothing nearer than this is seen, in metres. */
export const NEAR = 0.05;

/**
 * @param yaw radians; 0 looks along -z, positive turns to the right (+x)
 * @param pitch radians; positive looks up
 * @param roll radians; positive turns the camera clockwise, seen from behind it
 * @param fieldOfView horizontal, radians
 */
export function makeCamera(position: Vector, yaw: number, pitch: number, roll: number, fieldOfView: number): Camera {
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  const level: Vector = [cosYaw, 0, sinYaw];
  const upright: Vector = [-sinYaw * sinPitch, cosPitch, cosYaw * sinPitch];
  const [sinRoll, cosRoll] = [Math.sin(roll), Math.cos(roll)];
  const combine = (u: number, v: number): Vector => [
    u * level[0] + v * upright[0],
    u * level[1] + v * upright[1],
    u * level[2] + v * upright[2],
  ];
  return {
    position,
    right: combine(cosRoll, -sinRoll),
    up: combine(sinRoll, cosRoll),
    forward: [sinYaw * cosPitch, sinPitch, -cosYaw * cosPitch],
    halfWidth: Math.tan(fieldOfView / 2),
  };
}

/** A camera at the resolution of an image: how pixels and rays belong together. Pixels are square. */
export class Projection {
  /** Distance between the centres of neighbouring pixels on the image plane at distance 1. */
  readonly step: number;
  /** px of column 0 and py of row 0 (pixel centres). */
  readonly px0: number;
  readonly py0: number;

  constructor(
    readonly camera: Camera,
    readonly width: number,
    readonly height: number,
  ) {
    this.step = (2 * camera.halfWidth) / width;
    this.px0 = this.step * (0.5 - width / 2);
    this.py0 = this.step * (height / 2 - 0.5);
  }

  /** The pixels that a box may cover: null when it lies outside the view, the whole image when it comes too near. */
  rectangle({ low, high }: Bounds): Rectangle | null {
    const { position, right, up, forward } = this.camera;
    let [left, rightEnd, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    let near = 0;
    for (let corner = 0; corner < 8; corner++) {
      const x = (corner & 1 ? high[0] : low[0]) - position[0];
      const y = (corner & 2 ? high[1] : low[1]) - position[1];
      const z = (corner & 4 ? high[2] : low[2]) - position[2];
      const depth = x * forward[0] + y * forward[1] + z * forward[2];
      if (depth < NEAR) {
        near++;
        continue;
      }
      const column = ((x * right[0] + y * right[1] + z * right[2]) / depth - this.px0) / this.step;
      const row = (this.py0 - (x * up[0] + y * up[1] + z * up[2]) / depth) / this.step;
      left = Math.min(left, column);
      rightEnd = Math.max(rightEnd, column);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
    }
    if (near === 8) return null;
    if (near > 0) return { left: 0, top: 0, right: this.width, bottom: this.height };
    const rectangle = {
      left: Math.max(0, Math.ceil(left - 1e-6)),
      top: Math.max(0, Math.ceil(top - 1e-6)),
      right: Math.min(this.width, Math.floor(rightEnd + 1e-6) + 1),
      bottom: Math.min(this.height, Math.floor(bottom + 1e-6) + 1),
    };
    return rectangle.left < rectangle.right && rectangle.top < rectangle.bottom ? rectangle : null;
  }
}
