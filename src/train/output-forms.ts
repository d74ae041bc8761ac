/** Models whose outputs are not probabilities, as if they were: metrics and pictures need those. */
import { type HostTensor, type Runtime, type Session, source, toModel } from '../engine/index.js';
import type { Task } from '../tasks/task.js';
import type { OutputForm } from './model-facts.js';

/**
 * A session that answers with probabilities. Logits are put through the answers of the tasks. Of decisions, the class
 * that was decided for gets the probability 1, all others 0.
 * @param session of a model whose outputs have the form `form`
 */
export async function asProbabilities(
  session: Session,
  tasks: readonly Task[],
  form: OutputForm,
  runtime: Runtime,
): Promise<Session> {
  if (form === 'probabilities') return session;
  if (form === 'logits') return chained(session, await runtime.open(answersOf(tasks)), tasks);
  const run: Session['run'] = async (feeds) => {
    const found = await session.run(feeds);
    return Object.fromEntries(tasks.map((task) => [task.name, certain(task, found[task.name])]));
  };
  return { run, close: () => session.close() };
}

/** The name of a task's logits where they are fed: inputs and outputs of a model may not have one name. */
const fed = (name: string): string => `${name}/logits`;

/** The model from the logits of all tasks to their answers. */
function answersOf(tasks: readonly Task[]): Uint8Array {
  const outputs = tasks.map(({ name, level, channels, answer }) => {
    const side = level === 'image' ? 1 : 2;
    return [name, answer(source(fed(name), [1, channels, side, side]))] as const;
  });
  return toModel(Object.fromEntries(outputs), { dynamic: ['batch', 'height', 'width'] }).bytes;
}

const chained = (first: Session, second: Session, tasks: readonly Task[]): Session => ({
  async run(feeds) {
    const logits = await first.run(feeds);
    return second.run(Object.fromEntries(tasks.map(({ name }) => [fed(name), logits[name]])));
  },
  close: () => first.close().finally(() => second.close()),
});

/** A decision as probabilities of 0 and 1, float32. */
function certain({ channels }: Task, { shape, data }: HostTensor): HostTensor {
  const [n, found, height, width] = shape;
  if (found === channels) return { dtype: 'float32', shape, data: Float32Array.from(data as Uint8Array) };
  const plane = height * width;
  const probabilities = new Float32Array(n * channels * plane);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < plane; p++) probabilities[(i * channels + Number(data[i * plane + p])) * plane + p] = 1;
  return { dtype: 'float32', shape: [n, channels, height, width], data: probabilities };
}
