/** What is rendered: objects, lights, camera. */
import type { Camera, Vector } from './camera.js';
import { CLASSES, type ClassName, type RoomKind } from './classes.js';
import type { Spot } from './floorplan.js';
import type { Material } from './material.js';
import { Box } from './shapes/box.js';
import { Frustum } from './shapes/frustum.js';
import type { Plane } from './shapes/plane.js';
import type { Shape } from './shapes/shape.js';
import { Sphere } from './shapes/sphere.js';

/** A shape with its material; an object has one part or several. */
export interface Part {
  readonly shape: Shape;
  readonly material: Material;
  /** Index into the class names. */
  readonly classIndex: number;
  /** 0 for the room itself; objects are numbered from 1. */
  readonly object: number;
}

export interface Light {
  readonly position: Vector;
  /** Linear red, green, blue at one metre. */
  readonly colour: Vector;
}

/** How light becomes an image. */
export interface Sensor {
  /** Mean of the picture after exposure, linear, 0..1. */
  readonly brightness: number;
  /** Gains of red, green and blue. */
  readonly whiteBalance: Vector;
  /** Share of the light of a pixel that each neighbour in a row or column gets. */
  readonly blur: number;
  /** Standard deviation of the noise, in steps of 255. */
  readonly noise: number;
  /** Any number but 0. */
  readonly noiseSeed: number;
}

export interface Scene {
  readonly kind: RoomKind;
  readonly parts: readonly Part[];
  /** The floor, the walls and the ceiling. */
  readonly sides: readonly Plane[];
  /** The shapes that throw shadows: one or two for each object. */
  readonly casters: readonly Shape[];
  readonly lights: readonly Light[];
  /** Ambient light, linear. */
  readonly ambient: Vector;
  readonly camera: Camera;
  readonly sensor: Sensor;
}

/** Collects parts; `begin` starts the next object. */
export class SceneParts {
  readonly parts: Part[] = [];
  readonly casters: Shape[] = [];
  #object = 0;

  begin(): void {
    this.#object++;
  }

  /** Adds to the object begun last; before the first, to the room itself. */
  add(name: ClassName, shape: Shape, material: Material): void {
    this.parts.push({ shape, material, classIndex: CLASSES.indexOf(name), object: this.#object });
  }
}

/**
 * Builds one object in its own frame: x to its left when one looks at its front, y up from `floor`, z to the front;
 * the origin is the middle of its spot.
 */
export class Builder {
  constructor(
    readonly scene: SceneParts,
    readonly name: ClassName,
    readonly spot: Spot,
    readonly floor = 0,
  ) {
    scene.begin();
  }

  /** A box by the middle of its bottom and its extents. */
  box(middle: Vector, size: Vector, material: Material, shadow = false): this {
    const [x, y, z] = this.#toWorld(middle);
    const half: Vector = [size[0] / 2, size[1] / 2, size[2] / 2];
    return this.#add(new Box([x, y + half[1], z], half, this.spot.cos, this.spot.sin), material, shadow);
  }

  /** An upright round solid by the middle of its bottom. */
  round(base: Vector, height: number, bottom: number, top: number, material: Material, shadow = false): this {
    return this.#add(new Frustum(this.#toWorld(base), height, bottom, top), material, shadow);
  }

  sphere(centre: Vector, radius: number, material: Material, shadow = false): this {
    return this.#add(new Sphere(this.#toWorld(centre), radius), material, shadow);
  }

  /** A box that is not visible but throws the shadow of the parts in its place. */
  shadowBox(middle: Vector, size: Vector): this {
    const [x, y, z] = this.#toWorld(middle);
    const half: Vector = [size[0] / 2, size[1] / 2, size[2] / 2];
    this.scene.casters.push(new Box([x, y + half[1], z], half, this.spot.cos, this.spot.sin));
    return this;
  }

  #add(shape: Shape, material: Material, shadow: boolean): this {
    this.scene.add(this.name, shape, material);
    if (shadow) this.scene.casters.push(shape);
    return this;
  }

  #toWorld([x, y, z]: Vector): Vector {
    const { cos, sin } = this.spot;
    return [this.spot.x + x * cos + z * sin, this.floor + y, this.spot.z - x * sin + z * cos];
  }
}
