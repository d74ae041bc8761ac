/** Counts what the losses of an update of several batches are divided by. */
import type { Floats, HostTensor, Runtime, Session } from '../engine/index.js';
import { badFeed, feedsOf, type StepFeeds, splitOnce } from './feeds.js';
import type { StepGraph } from './step-graph.js';

type Counts = NonNullable<StepGraph['counts']>;

export class LabelCounter {
  private constructor(
    private readonly model: Counts,
    private readonly session: Session,
    private readonly batches: number,
  ) {}

  /** Undefined for a step of one batch an update, which counts by itself. */
  static async open({ counts, accumulate }: StepGraph, runtime: Runtime): Promise<LabelCounter | undefined> {
    return counts && new LabelCounter(counts, await runtime.open(counts.bytes), accumulate);
  }

  /**
   * What each task's loss counts in one batch, by task name.
   * @throws NddrError naming the labels that the batch lacks, or has in another size
   */
  async count<A extends Floats>(batch: StepFeeds<A>): Promise<Record<string, number>> {
    const { feeds, rest } = feedsOf(this.model, batch, this.batches);
    for (const name of rest) throw badFeed(name, this.model.inputs.get(name)?.shape ?? [], undefined);
    const found: Record<string, HostTensor> = await this.session.run(feeds);
    return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [splitOnce(name)[1], Number(data[0])]));
  }

  /** The counts of several batches together. @param feedsOf the feeds of a batch, counted from 0 */
  async countAll(batches: number, feedsOf: (batch: number) => StepFeeds): Promise<Record<string, number>> {
    const sums = new Map<string, number>();
    for (let i = 0; i < batches; i++)
      for (const [task, count] of Object.entries(await this.count(feedsOf(i))))
        sums.set(task, (sums.get(task) ?? 0) + count);
    return Object.fromEntries(sums);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
