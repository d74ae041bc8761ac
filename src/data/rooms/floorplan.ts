/** Keeps track of which places of a room are free. */
import type { Random } from '../../random.js';
import { isInside, type Room, type Wall } from './room.js';

/** A rectangle on the floor for an object. Its front faces along (sin, cos) in (x, z). */
export interface Spot {
  readonly x: number;
  readonly z: number;
  readonly cos: number;
  readonly sin: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
  /** Height of the object, in metres. */
  readonly top: number;
}

/** A rectangle on a wall, in metres along it and above the floor. */
export interface Patch {
  readonly wall: Wall;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

const TRIES = 12;

/** Finds free places on the floor and on the walls, and remembers those in use. */
export class Floorplan {
  readonly spots: Spot[] = [];
  readonly #patches: Patch[] = [];

  constructor(
    readonly room: Room,
    readonly random: Random,
  ) {}

  /** A free place with its back to a wall, or null after some tries. */
  againstWall(width: number, depth: number, top: number, inCorner = false): Spot | null {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const wall = this.#anyWall();
      if (wall.length < width + 0.04) continue;
      const slack = wall.length - width - 0.04;
      const left = 0.02 + slack * (inCorner ? this.random.integer(2) : this.random.next());
      const [along, out] = [left + width / 2, depth / 2 + 0.02];
      const spot = {
        x: wall.x + wall.dx * along + wall.nx * out,
        z: wall.z + wall.dz * along + wall.nz * out,
        cos: wall.nz,
        sin: wall.nx,
        halfWidth: width / 2,
        halfDepth: depth / 2,
        top,
      };
      const patch = { wall, left, right: left + width, bottom: 0, top };
      if (!this.#isFree(spot) || this.#patches.some((other) => overlap(other, patch))) continue;
      this.#patches.push(patch);
      this.spots.push(spot);
      return spot;
    }
    return null;
  }

  /** A free place anywhere, at any angle; null after some tries. */
  anywhere(width: number, depth: number, top: number): Spot | null {
    const { halfX, halfZ } = this.room;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const x = this.random.uniform(-0.8, 0.8) * halfX;
      const z = this.random.uniform(-0.8, 0.8) * halfZ;
      const spot = this.at(x, z, this.random.uniform(0, 2 * Math.PI), width, depth, top);
      if (spot !== null) return spot;
    }
    return null;
  }

  /**
   * The place at (x, z), its front facing along the angle (0 is +z, a quarter turn is +x); null where it is not free.
   */
  at(x: number, z: number, angle: number, width: number, depth: number, top: number): Spot | null {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const spot = { x, z, cos, sin, halfWidth: width / 2, halfDepth: depth / 2, top };
    if (!this.#isFree(spot)) return null;
    this.spots.push(spot);
    return spot;
  }

  /** Keeps the floor in front of a patch of wall free. */
  keepFree({ wall, left, right }: Patch, depth: number): void {
    const [along, out] = [(left + right) / 2, depth / 2];
    this.spots.push({
      x: wall.x + wall.dx * along + wall.nx * out,
      z: wall.z + wall.dz * along + wall.nz * out,
      cos: wall.nz,
      sin: wall.nx,
      halfWidth: (right - left) / 2,
      halfDepth: depth / 2,
      top: 0,
    });
  }

  /** A free piece of wall, or null after some tries. */
  onWall(width: number, bottom: number, top: number): Patch | null {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const wall = this.#anyWall();
      if (wall.length < width + 0.2) continue;
      const left = this.random.uniform(0.1, wall.length - width - 0.1);
      const patch = { wall, left, right: left + width, bottom, top };
      const fits = [left, left + width].every((along) =>
        isInside(this.room, wall.x + wall.dx * along, top + 0.03, wall.z + wall.dz * along, -1e-9),
      );
      if (!fits || this.#patches.some((other) => overlap(other, patch))) continue;
      this.#patches.push(patch);
      return patch;
    }
    return null;
  }

  /** A random wall, with a probability proportional to its length. */
  #anyWall(): Wall {
    const { walls } = this.room;
    let left = this.random.next() * walls.reduce((sum, wall) => sum + wall.length, 0);
    for (const wall of walls) {
      left -= wall.length;
      if (left < 0) return wall;
    }
    return walls[0];
  }

  #isFree(spot: Spot): boolean {
    for (const [u, v] of CORNERS) {
      const [x, z] = corner(spot, u, v);
      if (!isInside(this.room, x, spot.top, z)) return false;
    }
    return !this.spots.some((other) => intersect(other, spot));
  }
}

const CORNERS = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
] as const;

const corner = (spot: Spot, u: number, v: number): [number, number] => [
  spot.x + u * spot.halfWidth * spot.cos + v * spot.halfDepth * spot.sin,
  spot.z - u * spot.halfWidth * spot.sin + v * spot.halfDepth * spot.cos,
];

/** Whether a point of the floor lies on the spot or within `margin` metres of it. */
export function covers(spot: Spot, x: number, z: number, margin: number): boolean {
  const [wx, wz] = [x - spot.x, z - spot.z];
  return (
    Math.abs(wx * spot.cos - wz * spot.sin) < spot.halfWidth + margin &&
    Math.abs(wx * spot.sin + wz * spot.cos) < spot.halfDepth + margin
  );
}

const overlap = (a: Patch, b: Patch) =>
  a.wall === b.wall && a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top;

/** Two rotated rectangles intersect unless a side of one of them separates them. */
const intersect = (a: Spot, b: Spot) => !separates(a, b) && !separates(b, a);

function separates(a: Spot, b: Spot): boolean {
  const [wx, wz] = [b.x - a.x, b.z - a.z];
  const cos = Math.abs(a.cos * b.cos + a.sin * b.sin);
  const sin = Math.abs(a.cos * b.sin - a.sin * b.cos);
  return (
    Math.abs(wx * a.cos - wz * a.sin) >= a.halfWidth + b.halfWidth * cos + b.halfDepth * sin ||
    Math.abs(wx * a.sin + wz * a.cos) >= a.halfDepth + b.halfWidth * sin + b.halfDepth * cos
  );
}
