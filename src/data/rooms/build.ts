/** Builds a random furnished room. */
import type { Random } from '../../random.js';
import { type Camera, makeCamera, type Vector } from './camera.js';
import { ROOM_KINDS, type RoomKind } from './classes.js';
import { addBall, addDoor, addPendant, addPicture, addRug, addStandingLamp, addWindow } from './fittings.js';
import { covers, Floorplan } from './floorplan.js';
import {
  addBed,
  addBookcase,
  addCabinet,
  addChair,
  addDesk,
  addDiningTable,
  addPouf,
  addSideTable,
  addSofa,
  type Furnishing,
} from './furniture.js';
import { floorMaterial, plainMaterial, randomMaterial, wallMaterial } from './material.js';
import { isInside, makeRoom, type Room } from './room.js';
import { type Scene, SceneParts } from './scene.js';
import { Box } from './shapes/box.js';
import { Frustum } from './shapes/frustum.js';

/** Builds a scene, which depends on the random stream alone. */
export function buildScene(random: Random): Scene {
  const kind = ROOM_KINDS[random.integer(ROOM_KINDS.length)];
  const room = makeRoom(random);
  const plan = new Floorplan(room, random);
  const scene = new SceneParts();
  const furnishing: Furnishing = { random, plan, scene, lights: [], tops: [] };
  addSides(furnishing);
  furnish(furnishing, kind);
  const camera = chooseCamera(furnishing);
  return {
    kind,
    parts: scene.parts,
    sides: [room.floor, ...room.ceilings, ...room.wallPlanes],
    casters: scene.casters,
    ...chooseLights(furnishing, camera),
    camera,
    sensor: {
      brightness: random.uniform(0.18, 0.42),
      whiteBalance: [random.uniform(0.85, 1.15), 1, random.uniform(0.8, 1.2)],
      blur: random.uniform(0.03, 0.14),
      noise: random.uniform(1, 6),
      noiseSeed: 1 + random.integer(1 << 30),
    },
  };
}

/** Adds walls, floor and ceiling, and sometimes a pillar or a projecting piece of wall. */
function addSides({ random, plan, scene }: Furnishing): void {
  const { room } = plan;
  const wall = wallMaterial(random);
  // Sometimes one wall has a material of its own.
  const accent = random.next() < 0.3 ? random.integer(room.wallPlanes.length) : -1;
  const accentMaterial = wallMaterial(random);
  scene.add('floor', room.floor, floorMaterial(random));
  const ceiling = random.next() < 0.7 ? plainMaterial(random) : randomMaterial(random, 2.5);
  for (const plane of room.ceilings) scene.add('ceiling', plane, ceiling);
  for (const [i, plane] of room.wallPlanes.entries()) scene.add('wall', plane, i === accent ? accentMaterial : wall);
  if (random.next() < 0.3) {
    const round = random.next() < 0.3;
    const [width, depth] = round ? [0.4, 0.4] : [random.uniform(0.3, 1.5), random.uniform(0.2, 0.9)];
    const spot = plan.againstWall(width, depth, room.height - 0.01, random.next() < 0.6);
    if (spot === null) return;
    const half: Vector = [width / 2 + 0.02, room.height / 2, depth / 2 + 0.02];
    const shape = round
      ? new Frustum([spot.x, 0, spot.z], room.height, 0.18, 0.18)
      : new Box([spot.x, room.height / 2, spot.z], half, spot.cos, spot.sin);
    scene.add('wall', shape, wall);
    scene.casters.push(shape);
  }
}

/** Adds the furniture of a kind of room, most of it by chance. */
function furnish(furnishing: Furnishing, kind: RoomKind): void {
  const { random } = furnishing;
  const perhaps = (share: number, add: () => void) => {
    if (random.next() < share) add();
  };
  const some = (low: number, high: number, add: () => void) => {
    for (let count = low + random.integer(high - low + 1); count > 0; count--) add();
  };
  perhaps(0.9, () => addDoor(furnishing));
  perhaps(0.4, () => addDoor(furnishing));
  const day = random.next() < 0.75;
  some(kind === 'office' ? 1 : 0, 4, () => addWindow(furnishing, day));
  switch (kind) {
    case 'bedroom':
      some(1, 2, () => addBed(furnishing));
      some(0, 2, () => addCabinet(furnishing, 'wardrobe'));
      some(0, 2, () => addCabinet(furnishing, 'small'));
      perhaps(0.3, () => addSofa(furnishing, 1));
      perhaps(0.3, () => addSideTable(furnishing));
      break;
    case 'living room':
      addSofa(furnishing, 2 + random.integer(2));
      some(0, 2, () => addSofa(furnishing, 1 + random.integer(2)));
      perhaps(0.6, () => addBookcase(furnishing));
      perhaps(0.6, () => addCabinet(furnishing, 'chest'));
      perhaps(0.4, () => addSideTable(furnishing));
      break;
    case 'dining room':
      addDiningTable(furnishing);
      perhaps(0.6, () => addCabinet(furnishing, 'chest'));
      perhaps(0.3, () => addCabinet(furnishing, 'wardrobe'));
      perhaps(0.3, () => addSideTable(furnishing));
      break;
    case 'office':
      some(1, 2, () => addDesk(furnishing));
      some(1, 2, () => addBookcase(furnishing));
      perhaps(0.5, () => addCabinet(furnishing, 'chest'));
      perhaps(0.4, () => addChair(furnishing));
      break;
    case 'playroom':
      perhaps(0.35, () => addBed(furnishing));
      some(1, 2, () => addBookcase(furnishing));
      perhaps(0.6, () => addSideTable(furnishing));
      some(1, 3, () => addPouf(furnishing));
      some(2, 4, () => addBall(furnishing));
      break;
  }
  perhaps({ bedroom: 0.6, 'living room': 0.8, 'dining room': 0.4, office: 0.3, playroom: 0.9 }[kind], () =>
    addRug(furnishing),
  );
  perhaps({ bedroom: 0.1, 'living room': 0.5, 'dining room': 0.9, office: 0.4, playroom: 0.4 }[kind], () =>
    addPendant(furnishing),
  );
  some(kind === 'dining room' ? 0 : 1, 2, () => addStandingLamp(furnishing));
  some(0, 2, () => addBall(furnishing));
  some(1, kind === 'office' ? 3 : 5, () => addPicture(furnishing));
}

const CAMERA_TRIES = 6;
/** An object whose middle is closer to the camera than this would fill the image. */
const NEAREST_METRES = 0.8;

/** Of several random cameras the one with the most objects in view and the most free space in front of it. */
function chooseCamera({ random, plan, scene }: Furnishing): Camera {
  const { room } = plan;
  const middles = scene.parts.flatMap(({ shape: { bounds }, object }, i) =>
    bounds !== null && object > 0 && object !== scene.parts[i - 1].object
      ? [bounds.low.map((low, axis) => (low + bounds.high[axis]) / 2) as unknown as Vector]
      : [],
  );
  let best: Camera | undefined;
  let bestScore = -Infinity;
  for (let attempt = 0; attempt < CAMERA_TRIES; attempt++) {
    const position = standingPlace(random, plan);
    const [x, y, z] = position;
    const aim = random.next() < 0.6 && middles.length > 0 ? middles[random.integer(middles.length)] : [0, 1, 0];
    const [toX, toZ] = [aim[0] * 0.7 - x, aim[2] * 0.7 - z];
    const yaw = Math.atan2(toX, -toZ) + random.uniform(-0.35, 0.35);
    const pitch = random.uniform(-0.55, 0.12) - (y - 1.4) * 0.2;
    const camera = makeCamera(position, yaw, pitch, random.uniform(-0.05, 0.05), random.uniform(0.9, 1.35));
    const score =
      middles.filter((point) => isInView(camera, point)).length +
      0.4 * freeView(room, camera) -
      10 * middles.filter((point) => Math.hypot(x - point[0], y - point[1], z - point[2]) < NEAREST_METRES).length;
    if (score > bestScore) [best, bestScore] = [camera, score];
  }
  return best!;
}

/** A random place for the camera, at the height of a person, away from walls and furniture. */
function standingPlace(random: Random, { room, spots }: Floorplan): Vector {
  for (let attempt = 0; attempt < 60; attempt++) {
    const x = random.uniform(-1, 1) * room.halfX;
    const z = random.uniform(-1, 1) * room.halfZ;
    const y = random.uniform(0.95, 1.9);
    if (!isInside(room, x, y, z, 0.3)) continue;
    if (spots.every((spot) => spot.top === 0 || !covers(spot, x, z, spot.top > y - 0.4 ? 0.5 : 0.15))) return [x, y, z];
  }
  return [0, Math.min(1.6, room.height - 0.5), 0];
}

/** Whether a point lies in the view of a camera, not too close to its edge. */
function isInView(camera: Camera, point: Vector): boolean {
  const [x, y, z] = point.map((coordinate, axis) => coordinate - camera.position[axis]);
  const along = ([u, v, w]: Vector) => u * x + v * y + w * z;
  const reach = camera.halfWidth * along(camera.forward) * 0.9;
  return Math.abs(along(camera.right)) < reach && Math.abs(along(camera.up)) < reach;
}

/** Metres to the wall straight ahead. */
function freeView(room: Room, { position, forward }: Camera): number {
  const distances = room.wallPlanes.map((plane) => {
    const slope = plane.normal[0] * forward[0] + plane.normal[2] * forward[2];
    return slope < 0 ? plane.distance(...position) / -slope : Infinity;
  });
  return Math.min(...distances);
}

/** The brightest three lights, among them a flash at the camera where the room has none, and the ambient light. */
function chooseLights({ random, lights }: Furnishing, camera: Camera): Pick<Scene, 'lights' | 'ambient'> {
  if (lights.length === 0 || random.next() < 0.15) {
    const [x, y, z] = camera.position;
    lights.push({ position: [x, y + 0.3, z], colour: [1.2, 1.2, 1.2] });
  }
  const brightness = (light: (typeof lights)[number]) => light.colour[1];
  const chosen = [...lights].sort((a, b) => brightness(b) - brightness(a)).slice(0, 3);
  const share = random.uniform(0.06, 0.16);
  const total = [0, 1, 2].map((i) => chosen.reduce((sum, { colour }) => sum + colour[i], 0));
  return { lights: chosen, ambient: [share * total[0], share * total[1], share * total[2]] };
}
