/** What a room has besides furniture: doors, windows, pictures, rugs, lamps, a ball. */
import type { Vector } from './camera.js';
import type { Patch, Spot } from './floorplan.js';
import type { Furnishing } from './furniture.js';
import {
  doorMaterial,
  pictureMaterial,
  plainMaterial,
  randomMaterial,
  rugMaterial,
  shadeMaterial,
  windowMaterial,
} from './material.js';
import { isInside } from './room.js';
import { Builder } from './scene.js';

/** The thin spot along a wall for something flat that hangs on it. */
function spotOn({ wall, left, right, top }: Patch, thickness: number): Spot {
  const along = (left + right) / 2;
  return {
    x: wall.x + wall.dx * along + (wall.nx * thickness) / 2,
    z: wall.z + wall.dz * along + (wall.nz * thickness) / 2,
    cos: wall.nz,
    sin: wall.nx,
    halfWidth: (right - left) / 2,
    halfDepth: thickness / 2,
    top,
  };
}

/** Adds a closed door in its frame; the floor in front of it stays free. */
export function addDoor({ random, plan, scene }: Furnishing): void {
  const [width, height] = [random.uniform(0.85, 1.1), random.uniform(1.95, 2.15)];
  const patch = plan.onWall(width, 0, height);
  if (patch === null) return;
  plan.keepFree(patch, 0.7);
  const [frame, rim] = [plainMaterial(random), 0.07];
  const leaf = doorMaterial(random, width / 2 - rim, (height - rim) / 2);
  const knobX = (random.next() < 0.5 ? -1 : 1) * (width / 2 - rim - 0.08);
  const door = new Builder(scene, 'door', spotOn(patch, 0.03)).box(
    [0, 0, 0],
    [width - 2 * rim, height - rim, 0.03],
    leaf,
  );
  for (const side of [-1, 1]) door.box([(side * (width - rim)) / 2, 0, 0.01], [rim, height, 0.06], frame);
  door.box([0, height - rim, 0.01], [width, rim, 0.06], frame).sphere([knobX, 1.02, 0.05], 0.04, plainMaterial(random));
}

/** Adds a window, which lights the room by day. */
export function addWindow({ random, plan, scene, lights }: Furnishing, day: boolean): void {
  const [width, height] = [random.uniform(0.7, 1.8), random.uniform(0.8, 1.4)];
  const bottom = random.uniform(0.7, 1.05);
  const patch = plan.onWall(width, bottom, Math.min(bottom + height, plan.room.height - 0.1));
  if (patch === null) return;
  const tall = patch.top - bottom;
  const spot = spotOn(patch, 0.05);
  const window = new Builder(scene, 'window', spot, bottom).box(
    [0, 0, 0],
    [width, tall, 0.05],
    windowMaterial(random, width / 2, tall / 2, day),
  );
  if (random.next() < 0.7) window.box([0, -0.04, 0.05], [width + 0.1, 0.04, 0.18], plainMaterial(random));
  if (!day) return;
  const strength = width * tall * random.uniform(0.7, 1.6);
  const colour: Vector = [strength * random.uniform(0.8, 1), strength * random.uniform(0.85, 1), strength];
  const { wall } = patch;
  lights.push({ position: [spot.x + wall.nx * 0.3, bottom + tall * 0.6, spot.z + wall.nz * 0.3], colour });
}

/** Adds a framed picture at about eye level. */
export function addPicture({ random, plan, scene }: Furnishing): void {
  const [width, height] = [random.uniform(0.4, 1.2), random.uniform(0.4, 0.9)];
  const bottom = random.uniform(1.15, 1.5);
  const patch = plan.onWall(width, bottom, bottom + height);
  if (patch === null) return;
  const material = pictureMaterial(random, width / 2, height / 2);
  new Builder(scene, 'picture', spotOn(patch, 0.04), bottom).box([0, 0, 0], [width, height, 0.04], material);
}

const RUG_THICKNESS = 0.012;

/** Adds a rug. Furniture may stand on it, so its place stays free. */
export function addRug({ random, plan, scene }: Furnishing): void {
  const { room } = plan;
  const [width, depth] = [random.uniform(1.3, 2.6), random.uniform(1, 1.9)];
  const [x, z] = [random.uniform(-0.35, 0.35) * room.halfX, random.uniform(-0.35, 0.35) * room.halfZ];
  const angle = random.next() < 0.6 ? (random.integer(2) * Math.PI) / 2 : random.uniform(0, Math.PI);
  const spot = {
    x,
    z,
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    halfWidth: width / 2,
    halfDepth: depth / 2,
    top: RUG_THICKNESS,
  };
  const reach = Math.hypot(width, depth) / 2;
  if (!isInside(room, x, 0, z, Math.min(reach, 0.9))) return;
  const rug = new Builder(scene, 'rug', spot);
  if (random.next() < 0.25) {
    const radius = depth / 2;
    rug.round([0, 0, 0], RUG_THICKNESS, radius, radius, randomMaterial(random, 1));
  } else {
    rug.box([0, 0, 0], [width, RUG_THICKNESS, depth], rugMaterial(random, width / 2, depth / 2));
  }
}

/** Adds the light of a lit lamp, warm to neutral. */
function addLight({ random, lights }: Furnishing, position: Vector, strength: number): void {
  lights.push({
    position,
    colour: [strength, strength * random.uniform(0.75, 0.97), strength * random.uniform(0.5, 0.92)],
  });
}

/** Adds a lamp with a shade on a pole, on the floor or on a piece of furniture. */
export function addStandingLamp(furnishing: Furnishing): void {
  const { random, plan, scene, tops } = furnishing;
  const lit = random.next() < 0.6;
  const place = random.next() < 0.55 ? random.integer(tops.length + 1) : tops.length;
  const onTop = place < tops.length && tops[place].radius >= 0.15 ? tops.splice(place, 1)[0] : null;
  const scale = onTop === null ? 1 : random.uniform(0.7, 0.9);
  const shade = scale * random.uniform(0.18, 0.28);
  const pole = onTop === null ? random.uniform(1, 1.4) : random.uniform(0.2, 0.35);
  const tall = shade * random.uniform(1.1, 1.7);
  const spot =
    onTop === null
      ? (plan.againstWall(2 * shade, 2 * shade, pole + tall, random.next() < 0.6) ??
        plan.anywhere(2 * shade, 2 * shade, pole + tall))
      : { ...onTop, cos: 1, sin: 0, halfWidth: shade, halfDepth: shade, top: 0 };
  if (spot === null) return;
  const floor = onTop === null ? 0 : onTop.y;
  const metal = plainMaterial(random);
  const lamp = new Builder(scene, 'lamp', spot, floor)
    .round([0, 0, 0], 0.03, 0.7 * shade, 0.65 * shade, metal)
    .round([0, 0.03, 0], pole, 0.02 + 0.01 * scale, 0.02, metal);
  if (random.next() < 0.25) lamp.sphere([0, pole + shade, 0], shade, shadeMaterial(random, lit));
  else lamp.round([0, pole, 0], tall, shade, shade * random.uniform(0.6, 1), shadeMaterial(random, lit));
  if (lit) addLight(furnishing, [spot.x, floor + pole + tall / 2, spot.z], random.uniform(0.6, 1.4));
}

/** Adds a lamp that hangs from the ceiling. */
export function addPendant(furnishing: Furnishing): void {
  const { random, plan, scene } = furnishing;
  const { room } = plan;
  const lit = random.next() < 0.75;
  const [x, z] = [random.uniform(-0.3, 0.3) * room.halfX, random.uniform(-0.3, 0.3) * room.halfZ];
  const shade = random.uniform(0.16, 0.3);
  const bottom = Math.max(1.65, room.height - random.uniform(0.6, 1.1));
  const tall = Math.min(random.uniform(0.16, 0.34), room.height - 0.1 - bottom);
  if (!isInside(room, x, room.height - 1e-6, z, 0)) return;
  const spot = { x, z, cos: 1, sin: 0, halfWidth: shade, halfDepth: shade, top: 0 };
  const lamp = new Builder(scene, 'lamp', spot, bottom);
  lamp.round([0, tall / 2, 0], room.height - bottom - tall / 2, 0.015, 0.015, plainMaterial(random));
  if (random.next() < 0.3) lamp.sphere([0, tall / 2, 0], shade * 0.8, shadeMaterial(random, lit));
  else lamp.round([0, 0, 0], tall, shade, shade * random.uniform(0.5, 1), shadeMaterial(random, lit));
  if (lit) addLight(furnishing, [x, bottom + tall / 2, z], random.uniform(1, 2.2));
}

/** Adds a ball on the floor or on a piece of furniture. */
export function addBall({ random, plan, scene, tops }: Furnishing): void {
  const place = random.next() < 0.3 ? random.integer(tops.length + 1) : tops.length;
  const onTop = place < tops.length && tops[place].radius >= 0.15 ? tops.splice(place, 1)[0] : null;
  const radius = onTop === null ? random.uniform(0.12, 0.34) : random.uniform(0.1, Math.min(0.2, onTop.radius));
  const spot =
    onTop === null
      ? plan.anywhere(2 * radius, 2 * radius, 2 * radius)
      : { ...onTop, cos: 1, sin: 0, halfWidth: radius, halfDepth: radius, top: 0 };
  if (spot === null) return;
  const material = { ...randomMaterial(random, 0.8), gloss: random.uniform(0, 0.6) };
  new Builder(scene, 'ball', spot, onTop === null ? 0 : onTop.y).sphere([0, radius, 0], radius, material, true);
}
