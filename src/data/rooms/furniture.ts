/** Builds each piece of furniture. */
import type { Random } from '../../random.js';
import type { Vector } from './camera.js';
import type { Floorplan, Spot } from './floorplan.js';
import { bookMaterial, frontMaterial, plainMaterial, randomMaterial } from './material.js';
import { Builder, type Light, type SceneParts } from './scene.js';

/** A room that is being furnished. */
export interface Furnishing {
  readonly random: Random;
  readonly plan: Floorplan;
  readonly scene: SceneParts;
  readonly lights: Light[];
  /** Places on top of furniture where something small can stand. */
  readonly tops: Top[];
}

/** A place on top of a piece of furniture. */
export interface Top {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Radius of the free surface round the place, in metres. */
  readonly radius: number;
}

/** The middle of the top of the object on a spot. */
const topOf = (spot: Spot, y: number, radius: number): Top => ({ x: spot.x, y, z: spot.z, radius });

/** Adds a bed, its head at a wall: base, mattress, pillows, blanket and mostly a headboard. */
export function addBed({ random, plan, scene, tops }: Furnishing): void {
  const width = random.uniform(0.9, 1.8);
  const length = random.uniform(1.9, 2.15);
  const [base, top] = [random.uniform(0.15, 0.32), random.uniform(0.42, 0.62)];
  const spot = plan.againstWall(width, length, top, random.next() < 0.4);
  if (spot === null) return;
  const [frame, sheet, blanket] = [plainMaterial(random), randomMaterial(random, 1), randomMaterial(random, 1.5)];
  const bed = new Builder(scene, 'bed', spot)
    .box([0, 0, 0], [width, base, length], frame)
    .box([0, base, 0], [width - 0.06, top - base, length - 0.06], sheet, true);
  const cover = length * random.uniform(0.5, 0.75);
  bed.box([0, base + 0.03, (length - cover) / 2], [width + 0.02, top - base, cover], blanket);
  if (random.next() < 0.8) bed.box([0, 0, 0.03 - length / 2], [width, random.uniform(0.75, 1.15), 0.06], frame, true);
  const pillows = width > 1.3 ? 2 : 1;
  const pillowWidth = (width - 0.15) / pillows - 0.06;
  const pillow = randomMaterial(random, 0.5);
  for (let i = 0; i < pillows; i++) {
    const x = (i - (pillows - 1) / 2) * (pillowWidth + 0.06);
    bed.box([x, top, 0.32 - length / 2], [pillowWidth, 0.12, 0.4], pillow);
  }
  tops.push(topOf(spot, top + 0.03, 0.3));
}

/** Adds a sofa or, when narrow, an armchair: seat, back, arms and cushions. */
export function addSofa(furnishing: Furnishing, seats: number): void {
  const { random, plan, scene } = furnishing;
  const arm = random.uniform(0.1, 0.22);
  const width = seats * random.uniform(0.6, 0.75) + 2 * arm;
  const depth = random.uniform(0.75, 0.95);
  const [seat, back] = [random.uniform(0.36, 0.46), random.uniform(0.7, 0.95)];
  const spot =
    seats > 1 || random.next() < 0.3 ? plan.againstWall(width, depth, back) : plan.anywhere(width, depth, back);
  if (spot === null) return;
  const cloth = randomMaterial(random, 1);
  const cushion = random.next() < 0.5 ? cloth : randomMaterial(random, 0.7);
  const sofa = new Builder(scene, 'seat', spot)
    .box([0, 0.05, 0], [width, seat - 0.15, depth], cloth, true)
    .box([0, 0.05, 0.09 - depth / 2], [width, back - 0.05, 0.18], cloth, true);
  const armHeight = seat + random.uniform(0.1, 0.22);
  for (const side of [-1, 1]) sofa.box([(side * (width - arm)) / 2, 0.05, 0], [arm, armHeight - 0.05, depth], cloth);
  const cushionWidth = (width - 2 * arm) / seats;
  for (let i = 0; i < seats; i++) {
    const x = (i - (seats - 1) / 2) * cushionWidth;
    sofa.box([x, seat - 0.1, 0.08], [cushionWidth - 0.02, 0.14, depth - 0.2], cushion);
  }
  if (random.next() < 0.7) addCoffeeTable(furnishing, spot);
}

/** Adds a chair at a place, facing along `angle`: seat, back, four legs. */
function addChairAt({ random, plan, scene }: Furnishing, x: number, z: number, angle: number, style: ChairStyle): void {
  const { width, seat, back, frame, cloth, open } = style;
  const spot = plan.at(x, z, angle + random.uniform(-0.2, 0.2), width, width, back);
  if (spot === null) return;
  const chair = new Builder(scene, 'seat', spot).box([0, seat - 0.06, 0], [width, 0.06, width], cloth, true);
  const legs = 0.04;
  const reach = (width - legs) / 2;
  for (const [u, v] of QUARTERS) chair.box([u * reach, 0, v * reach], [legs, seat - 0.06, legs], frame);
  if (open) {
    for (const side of [-1, 1]) chair.box([side * reach, seat, -reach], [legs, back - seat, legs], frame);
    chair.box([0, back - 0.22, -reach], [width, 0.2, 0.03], cloth, true);
  } else {
    chair.box([0, seat, -reach], [width, back - seat, 0.04], cloth, true);
  }
}

interface ChairStyle {
  readonly width: number;
  readonly seat: number;
  readonly back: number;
  readonly frame: ReturnType<typeof plainMaterial>;
  readonly cloth: ReturnType<typeof plainMaterial>;
  /** The back is a board between two posts. */
  readonly open: boolean;
}

const chairStyle = (random: Random): ChairStyle => ({
  width: random.uniform(0.4, 0.52),
  seat: random.uniform(0.43, 0.5),
  back: random.uniform(0.8, 1.05),
  frame: plainMaterial(random),
  cloth: randomMaterial(random, 0.6),
  open: random.next() < 0.4,
});

const QUARTERS = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
] as const;

/** Adds a single chair. */
export function addChair(furnishing: Furnishing): void {
  const { random, plan } = furnishing;
  const { halfX, halfZ } = plan.room;
  const [x, z] = [random.uniform(-0.7, 0.7) * halfX, random.uniform(-0.7, 0.7) * halfZ];
  addChairAt(furnishing, x, z, random.uniform(0, 2 * Math.PI), chairStyle(random));
}

/** Adds a round, soft seat without a back. */
export function addPouf({ random, plan, scene, tops }: Furnishing): void {
  const radius = random.uniform(0.2, 0.34);
  const height = random.uniform(0.3, 0.48);
  const spot = plan.anywhere(2 * radius, 2 * radius, height);
  if (spot === null) return;
  const taper = random.uniform(-0.05, 0.05);
  new Builder(scene, 'seat', spot).round([0, 0, 0], height, radius, radius + taper, randomMaterial(random, 0.6), true);
  tops.push(topOf(spot, height, radius));
}

/** Adds a table: board and legs, or board and side panels. */
function buildTable(furnishing: Furnishing, spot: Spot, height: number): void {
  const { random, scene, tops } = furnishing;
  const [width, depth] = [2 * spot.halfWidth, 2 * spot.halfDepth];
  const board = randomMaterial(random, 1.5);
  const frame = random.next() < 0.4 ? board : plainMaterial(random);
  const thick = random.uniform(0.025, 0.07);
  const table = new Builder(scene, 'table', spot);
  if (Math.abs(width - depth) < 0.3 && random.next() < 0.6) {
    const radius = Math.min(width, depth) / 2;
    table
      .round([0, height - thick, 0], thick, radius, radius, board, true)
      .round([0, 0.04, 0], height - thick - 0.04, 0.05, 0.05, frame)
      .round([0, 0, 0], 0.04, radius * 0.55, radius * 0.5, frame);
  } else {
    table.box([0, height - thick, 0], [width, thick, depth], board, true);
    if (random.next() < 0.3) {
      for (const side of [-1, 1]) {
        table.box([side * (width / 2 - 0.05), 0, 0], [0.05, height - thick, depth - 0.06], frame, true);
      }
    } else {
      const legs = random.uniform(0.04, 0.09);
      for (const [u, v] of QUARTERS) {
        table.box([u * (width / 2 - legs), 0, v * (depth / 2 - legs)], [legs, height - thick, legs], frame);
      }
    }
  }
  const { cos, sin, x, z } = spot;
  const aside = width * random.uniform(-0.3, 0.3);
  tops.push({ x: x + aside * cos, y: height, z: z - aside * sin, radius: Math.min(0.3, depth / 2) });
}

/** Adds a low table in front of a sofa. */
function addCoffeeTable(furnishing: Furnishing, sofa: Spot): void {
  const { random, plan } = furnishing;
  const [width, depth] = [random.uniform(0.6, 1.2), random.uniform(0.45, 0.7)];
  const away = sofa.halfDepth + depth / 2 + random.uniform(0.25, 0.45);
  const height = random.uniform(0.3, 0.48);
  const angle = Math.atan2(sofa.sin, sofa.cos);
  const spot = plan.at(sofa.x + sofa.sin * away, sofa.z + sofa.cos * away, angle, width, depth, height);
  if (spot !== null) buildTable(furnishing, spot, height);
}

/** Adds a table with chairs round it. */
export function addDiningTable(furnishing: Furnishing): void {
  const { random, plan } = furnishing;
  const [width, depth] = [random.uniform(0.85, 1.7), random.uniform(0.75, 1)];
  const height = random.uniform(0.7, 0.78);
  const spot = plan.anywhere(width, depth, height);
  if (spot === null) return;
  buildTable(furnishing, spot, height);
  const style = chairStyle(random);
  const angle = Math.atan2(spot.sin, spot.cos);
  const perSide = width > 1.25 ? 2 : 1;
  const seats = [-1, 1].flatMap((side) => [
    ...Array.from({ length: perSide }, (_, i) => ({
      u: ((i - (perSide - 1) / 2) * width) / perSide,
      v: side * (depth / 2 + random.uniform(0.28, 0.45)),
      turn: side > 0 ? Math.PI : 0,
    })),
    { u: side * (width / 2 + random.uniform(0.28, 0.45)), v: 0, turn: (-side * Math.PI) / 2 },
  ]);
  const taken = random.uniform(0.5, 1);
  for (const { u, v, turn } of seats) {
    if (random.next() > taken) continue;
    const [x, z] = [spot.x + u * spot.cos + v * spot.sin, spot.z - u * spot.sin + v * spot.cos];
    addChairAt(furnishing, x, z, angle + turn, style);
  }
}

/** Adds a table at a wall with a chair in front. */
export function addDesk(furnishing: Furnishing): void {
  const { random, plan } = furnishing;
  const [width, depth] = [random.uniform(1, 1.7), random.uniform(0.55, 0.8)];
  const height = random.uniform(0.7, 0.78);
  const spot = plan.againstWall(width, depth, height);
  if (spot === null) return;
  buildTable(furnishing, spot, height);
  if (random.next() > 0.85) return;
  const away = depth / 2 + random.uniform(0.3, 0.5);
  const aside = random.uniform(-0.2, 0.2) * width;
  const [x, z] = [spot.x + aside * spot.cos + away * spot.sin, spot.z - aside * spot.sin + away * spot.cos];
  addChairAt(furnishing, x, z, Math.atan2(-spot.sin, -spot.cos), chairStyle(random));
}

/** Adds a small table. */
export function addSideTable(furnishing: Furnishing): void {
  const { random, plan } = furnishing;
  const [width, depth, height] = [random.uniform(0.45, 0.9), random.uniform(0.45, 0.7), random.uniform(0.4, 0.65)];
  const spot = random.next() < 0.5 ? plan.againstWall(width, depth, height) : plan.anywhere(width, depth, height);
  if (spot !== null) buildTable(furnishing, spot, height);
}

/** Adds open shelves with books: a back, two sides, boards, and a row of books on most of them. */
export function addBookcase({ random, plan, scene, tops }: Furnishing): void {
  const tall = random.next() < 0.65;
  const [width, depth] = [random.uniform(0.6, 1.5), random.uniform(0.25, 0.4)];
  const height = tall ? random.uniform(1.4, 2.1) : random.uniform(0.6, 1.1);
  const spot = plan.againstWall(width, depth, height);
  if (spot === null) return;
  const wood = plainMaterial(random);
  const board = 0.03;
  const shelf = new Builder(scene, 'storage', spot)
    .shadowBox([0, 0, 0], [width, height, depth])
    .box([0, 0, 0.01 - depth / 2], [width, height, 0.02], wood);
  for (const side of [-1, 1]) shelf.box([(side * (width - board)) / 2, 0, 0], [board, height, depth], wood);
  const rows = Math.max(2, Math.round(height / random.uniform(0.32, 0.45)));
  const pitch = (height - board) / rows;
  for (let row = 0; row <= rows; row++) shelf.box([0, row * pitch, 0], [width, board, depth], wood);
  for (let row = 0; row < rows; row++) {
    const long = (width - 2 * board) * random.uniform(0.3, 1);
    if (random.next() < 0.2) continue;
    const aside = ((width - 2 * board - long) / 2) * random.uniform(-1, 1);
    const size: Vector = [long, pitch * random.uniform(0.5, 0.85), depth * 0.65];
    shelf.box([aside, row * pitch + board, -0.05], size, bookMaterial(random));
  }
  if (!tall) tops.push(topOf(spot, height, depth / 2));
}

/** Adds closed storage: a wardrobe, a chest of drawers or a bedside cabinet, with visible fronts. */
export function addCabinet({ random, plan, scene, tops }: Furnishing, size: 'wardrobe' | 'chest' | 'small'): void {
  const range = CABINETS[size];
  const [width, height, depth] = range.map(([low, high]) => random.uniform(low, high));
  const spot = plan.againstWall(width, depth, height, size === 'wardrobe' && random.next() < 0.5);
  if (spot === null) return;
  const corpus = plainMaterial(random);
  const foot = random.uniform(0.03, 0.1);
  new Builder(scene, 'storage', spot)
    .box([0, 0, 0], [width, height, depth], corpus, true)
    .box(
      [0, foot, depth / 2 + 0.01],
      [width - 0.04, height - foot - 0.03, 0.02],
      frontMaterial(random, width / 2, height / 2),
    );
  if (height < 1.3) tops.push(topOf(spot, height, Math.min(width, depth) / 2));
}

/** Ranges of width, height and depth, in metres. */
const CABINETS = {
  wardrobe: [
    [0.9, 1.9],
    [1.8, 2.15],
    [0.5, 0.65],
  ],
  chest: [
    [0.7, 1.6],
    [0.6, 1.1],
    [0.4, 0.55],
  ],
  small: [
    [0.4, 0.55],
    [0.4, 0.65],
    [0.35, 0.45],
  ],
} as const;
