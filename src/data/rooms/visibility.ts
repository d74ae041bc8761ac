import type { Projection } from './camera.js';
import type { Scene } from './scene.js';
import type { ViewBuffers } from './shapes/shape.js';

/** What the camera sees of the scene: depth and surface of each pixel. Every pixel of a closed room gets one. */
export function look(scene: Scene, projection: Projection, buffers: ViewBuffers): void {
  buffers.depth.fill(Infinity);
  buffers.surface.fill(-1);
  for (const [i, part] of scene.parts.entries()) part.shape.draw(projection, buffers, i);
}
