/** The shape of an empty room. */
import type { Random } from '../../random.js';
import type { Vector } from './camera.js';
import { Plane } from './shapes/plane.js';

/** One wall, seen from above: from (x, z) along the unit vector (dx, dz); (nx, nz) points into the room. */
export interface Wall {
  readonly x: number;
  readonly z: number;
  readonly dx: number;
  readonly dz: number;
  readonly nx: number;
  readonly nz: number;
  readonly length: number;
}

/** An empty convex room: floor at y = 0, walls, and a ceiling that may be partly slanted. */
export interface Room {
  /** Half the extents along x and z of the rectangle round it; its middle is the origin. */
  readonly halfX: number;
  readonly halfZ: number;
  readonly height: number;
  readonly walls: readonly Wall[];
  readonly floor: Plane;
  readonly ceilings: readonly Plane[];
  readonly wallPlanes: readonly Plane[];
}

/** Rectangular, often with cut corners, sometimes under a sloping roof. */
export function makeRoom(random: Random): Room {
  const halfX = random.uniform(1.4, 2.9);
  const halfZ = random.uniform(1.4, 2.9);
  const height = random.uniform(2.25, 2.9);
  const corners = [
    [-halfX, -halfZ],
    [halfX, -halfZ],
    [halfX, halfZ],
    [-halfX, halfZ],
  ].flatMap(([x, z]) => {
    if (random.next() > 0.12) return [[x, z]];
    const [cutX, cutZ] = [random.uniform(0.6, 1.4), random.uniform(0.6, 1.4)];
    const alongX = [x - Math.sign(x) * cutX, z];
    const alongZ = [x, z - Math.sign(z) * cutZ];
    // The corners go round; which end of the cut comes first depends on the corner.
    return x * z > 0 ? [alongZ, alongX] : [alongX, alongZ];
  });
  const walls = corners.map(([x, z], i) => {
    const [endX, endZ] = corners[(i + 1) % corners.length];
    const length = Math.hypot(endX - x, endZ - z);
    const [dx, dz] = [(endX - x) / length, (endZ - z) / length];
    return { x, z, dx, dz, nx: -dz, nz: dx, length };
  });
  const floor = new Plane([0, 1, 0], 0, [1, 0, 0]);
  const ceilings = [new Plane([0, -1, 0], -height, [1, 0, 0])];
  if (random.next() < 0.25) ceilings.push(slantedCeiling(random, walls[random.integer(walls.length)], height));
  const wallPlanes = walls.map(
    ({ x, z, dx, dz, nx, nz }) => new Plane([nx, 0, nz], nx * x + nz * z, [dx, 0, dz] as const),
  );
  return { halfX, halfZ, height, walls, floor, ceilings, wallPlanes };
}

/** Rises from a knee wall at an angle of 30 to 50 degrees. */
function slantedCeiling(random: Random, wall: Wall, height: number): Plane {
  const knee = height - random.uniform(0.6, 1.3);
  const angle = random.uniform(Math.PI / 6, Math.PI / 3.6);
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const normal: Vector = [wall.nx * sin, -cos, wall.nz * sin];
  return new Plane(normal, normal[0] * wall.x + normal[1] * knee + normal[2] * wall.z, [wall.dx, 0, wall.dz]);
}

/** Whether a point lies in the room, at least `margin` metres from its sides. */
export function isInside(room: Room, x: number, y: number, z: number, margin = 0): boolean {
  return (
    room.wallPlanes.every((plane) => plane.distance(x, y, z) >= margin) &&
    room.ceilings.every((plane) => plane.distance(x, y, z) >= margin)
  );
}
