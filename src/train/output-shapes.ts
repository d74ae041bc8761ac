/** Checks what a model file gives against what it says about itself: a file may be damaged, or describe another model. */
import type { HostTensor, Session } from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { Task } from '../tasks/task.js';
import type { OutputForm } from './model-facts.js';

/**
 * A session that refuses outputs of other shapes or types than the tasks have.
 * @param path of the file, for messages
 */
export function expectingShapes(session: Session, tasks: readonly Task[], form: OutputForm, path: string): Session {
  const run: Session['run'] = async (feeds) => {
    const outputs = await session.run(feeds);
    for (const task of tasks) expectShape(task, outputs[task.name], { form, path, image: feeds.image.shape });
    return outputs;
  };
  return { run, close: () => session.close() };
}

/** @throws NddrError naming the file, the output, and both shapes */
function expectShape(
  { name, level, channels, decide }: Task,
  { dtype, shape }: HostTensor,
  { form, path, image }: { readonly form: OutputForm; readonly path: string; readonly image: readonly number[] },
): void {
  const decided = form === 'decisions' && decide !== undefined;
  const [batch, , ...size] = image;
  const wanted = [batch, channels, ...(level === 'pixel' ? size : [1, 1])];
  const fits = shape.length === 4 && shape.every((n, i) => n === wanted[i] || (i === 1 && decided && n === 1));
  if (fits && (decided || dtype === 'float32')) return;
  throw new NddrError(
    `${path}: the output "${name}" is ${dtype} [${shape.join(', ')}], expected ${decided ? '' : 'float32 '}` +
      `[${wanted.join(', ')}] by the description in the file. The file describes another model: export it again.`,
  );
}
