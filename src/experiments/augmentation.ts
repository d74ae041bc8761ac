/** Notes for the user on how samples are augmented. */
import { checkSwaps, swapOf } from '../tasks/swap.js';
import type { Task } from '../tasks/task.js';
import type { Config } from './config.js';

/**
 * Notes on classes that change places in mirrored samples because of their names, and on zoom settings under which
 * depth and normals of one sample contradict each other; one sentence each.
 * @param tasks those of the configuration
 * @throws NddrError where `train.augment.swap` names a class that no task has
 */
export function augmentationNotes({ train, tasks: settings }: Pick<Config, 'train' | 'tasks'>, tasks: readonly Task[]) {
  const { swap, mirror, scale } = train.augment;
  checkSwaps(tasks, swap);
  const notes: string[] = [];
  for (const task of mirror > 0 && swap === 'auto' ? tasks : []) {
    const pairs = swapOf(task, swap)?.pairs ?? [];
    if (pairs.length === 0) continue;
    const named = pairs.map(([left, right]) => `"${left}" and "${right}"`).join(', ');
    notes.push(
      `tasks.${task.name}: mirrored samples exchange ${named}, since their names differ in the side alone. ` +
        'Set train.augment.swap to "off", or to the pairs that are meant.',
    );
  }
  if (scale[0] === 1 && scale[1] === 1) return notes;
  const zoomOf = (name: string) => settings[name]?.zoom ?? 'divide';
  const ofKind = (kind: string) => tasks.filter((task) => task.kind === kind).map(({ name }) => name);
  for (const depth of ofKind('depth'))
    for (const normals of ofKind('normals').filter((name) => zoomOf(name) !== zoomOf(depth)))
      notes.push(
        `tasks.${depth}.zoom is "${zoomOf(depth)}" and tasks.${normals}.zoom "${zoomOf(normals)}": in scaled samples ` +
          'the normals are not those of the depth. Set both to the same.',
      );
  return notes;
}
