/** Finds which surface each pixel shows. */
import type { Projection } from './camera.js';
import type { Scene } from './scene.js';
import type { ViewBuffers } from './shapes/shape.js';

/** Finds the nearest surface and its depth for every pixel; in a closed room every pixel has one. */
export function findVisibleSurfaces(scene: Scene, projection: Projection, buffers: ViewBuffers): void {
  buffers.depth.fill(Infinity);
  buffers.surface.fill(-1);
  for (const [i, part] of scene.parts.entries()) part.shape.draw(projection, buffers, i);
}
