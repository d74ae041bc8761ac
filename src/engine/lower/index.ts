/** The targets that graphs can be lowered for. A new one is one file and one row of `targets`. */
import { cpu } from './cpu/index.js';
import { float64 } from './float64/index.js';
import { plain } from './plain.js';
import type { Target } from './target.js';
import { webgpu } from './webgpu/index.js';

export const targets = { plain, cpu, float64, webgpu } satisfies Record<string, Target>;

export { cpu, cpuTarget } from './cpu/index.js';
export { float64 } from './float64/index.js';
export { plain } from './plain.js';
export type { Capabilities, Target } from './target.js';
export { webgpu } from './webgpu/index.js';
