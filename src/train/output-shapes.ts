/** Checks what a model file gives against what it says about itself: a file may be damaged, or describe another model. */
import type { HostTensor, Session } from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { Task } from '../tasks/task.js';
import type { OutputForm } from './model-facts.js';

/**
 * A session that refuses outputs of other shapes or types than the tasks have, and decisions for classes that there are not.
 * @param path of the file, for messages
 */
export function expectingShapes(session: Session, tasks: readonly Task[], form: OutputForm, path: string): Session {
  const run: Session['run'] = async (feeds) => {
    const outputs = await session.run(feeds);
    for (const task of tasks) {
      const decided = form === 'decisions' && task.decide !== undefined;
      expectForm(task, outputs[task.name], formsOf(task, feeds.image.shape, decided), path);
      if (decided) expectDecisions(task, outputs[task.name], path);
    }
    return outputs;
  };
  return { run, close: () => session.close() };
}

type Form = Pick<HostTensor, 'dtype' | 'shape'>;

/** The types and shapes that an output may have. */
function formsOf({ level, channels }: Task, [batch, , ...size]: readonly number[], decided: boolean): Form[] {
  const of = (dtype: Form['dtype'], planes: number): Form => ({
    dtype,
    shape: [batch, planes, ...(level === 'pixel' ? size : [1, 1])],
  });
  // The number of a class; or for each channel whether it is so.
  return decided ? [of('int32', 1), of('uint8', channels)] : [of('float32', channels)];
}

const shown = ({ dtype, shape }: Form): string => `${dtype} [${shape.join(', ')}]`;

/** @throws NddrError naming the file, the output, and the forms */
function expectForm({ name }: Task, found: HostTensor, wanted: readonly Form[], path: string): void {
  if (wanted.some((form) => shown(form) === shown(found))) return;
  throw new NddrError(
    `${path}: the output "${name}" is ${shown(found)}, expected ${wanted.map(shown).join(' or ')} by the description in ` +
      'the file. The file describes another model: export it again.',
  );
}

/** @throws NddrError naming the file, the output, and the number that is none of a class */
function expectDecisions({ name, channels }: Task, { dtype, data }: HostTensor, path: string): void {
  const most = dtype === 'int32' ? channels - 1 : 1;
  for (const value of data)
    if (!(value >= 0 && value <= most))
      throw new NddrError(
        `${path}: the output "${name}" decides for ${value}, expected a number from 0 to ${most} by the description in the ` +
          'file. The file describes another model: export it again.',
      );
}
