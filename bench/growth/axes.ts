/** What is varied, each alone. */
import { stepMultiplyAdds } from '../../src/train/multiply-adds.js';
import { peerNetwork } from '../options.js';

export const BASE = { tasks: 2, width: 0.25, size: 97, batch: 4 };
export const FUSION = 'nddr';
const CLASSES = 40;

export type AxisName = 'tasks' | 'width' | 'resolution' | 'batch';
type Point = typeof BASE;

interface Axis {
  readonly title: string;
  readonly key: keyof Point;
  readonly values: readonly number[];
}

export const AXES: Readonly<Record<AxisName, Axis>> = {
  tasks: { title: 'tasks', key: 'tasks', values: [1, 2, 3, 4, 5, 6] },
  width: { title: 'width', key: 'width', values: [0.125, 0.25, 0.5, 0.75, 1] },
  resolution: { title: 'pixels a side', key: 'size', values: [97, 129, 193, 257, 385, 513] },
  batch: { title: 'batch', key: 'batch', values: [1, 2, 4, 8, 16] },
};

/** The network with one thing varied. */
export const pointOf = (axis: AxisName, value: number): Point => ({ ...BASE, [AXES[axis].key]: value });

/** Multiply-adds of a step of a point. */
export function multiplyAddsOf({ width, tasks, batch, size }: Point): number {
  const network = peerNetwork({ fusion: FUSION, width, classes: CLASSES, keep: 0.5, tasks });
  return stepMultiplyAdds(network, [batch, size, size]);
}
