/** npm run bench -- serve: a server under more requests than it has places for. None is lost, and none waits long. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { parseConfig } from '../src/experiments/config.js';
import { run } from '../src/experiments/run.js';
import { startServer } from '../src/serve/server.js';

export interface LoadOptions {
  /** Folder of a run, or a model file; by default a small network that was not trained. */
  readonly model?: string;
  readonly requests: number;
  /** Requests under way at once. */
  readonly clients: number;
  readonly queue: number;
  readonly size: number;
}

/** Sends requests as fast as the answers come, and counts what becomes of them. */
export async function benchServe({ model, requests, clients, queue, size }: LoadOptions): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'nddr-bench-serve-'));
  try {
    const path = model ?? (await smallRun(join(folder, 'run')));
    const server = await startServer({ port: 0, queue, model: { path } });
    try {
      await server.model;
      const image = await sharp({ create: { width: size, height: size, channels: 3, background: '#7a8' } })
        .jpeg()
        .toBuffer();
      const send = async (): Promise<{ status: number | 'lost'; millis: number }> => {
        const began = performance.now();
        const body = new Uint8Array(image);
        const headers = { 'Content-Type': 'image/jpeg' };
        const status = await fetch(`${server.url}/predict`, { method: 'POST', body, headers }).then(
          async (response) => {
            await response.arrayBuffer();
            return response.status;
          },
          () => 'lost' as const,
        );
        return { status, millis: performance.now() - began };
      };
      const alone = (await send()).millis;
      const began = performance.now();
      const ends: Awaited<ReturnType<typeof send>>[] = [];
      let sent = 0;
      const client = async () => {
        while (sent++ < requests) ends.push(await send());
      };
      await Promise.all(Array.from({ length: clients }, client));
      const seconds = (performance.now() - began) / 1000;
      const counts: Record<string, number> = {};
      for (const { status } of ends) counts[status] = (counts[status] ?? 0) + 1;
      const accepted = ends.flatMap(({ status, millis }) => (status === 200 ? [millis] : [])).sort((a, b) => a - b);
      const share = (part: number) => Math.round(accepted[Math.floor(part * (accepted.length - 1))] ?? Number.NaN);
      return {
        bench: 'serve',
        ...{ requests, clients, places: queue + 1, size },
        answers: counts,
        lost: requests - ends.length + (counts.lost ?? 0),
        imagesPerSecond: Number((accepted.length / seconds).toFixed(1)),
        acceptedMillis: { alone: Math.round(alone), median: share(0.5), p95: share(0.95), most: share(1) },
        // All places take their turns in about this time, at the mean speed that was seen.
        allPlacesMillis: Math.round((1000 * (queue + 1) * seconds) / Math.max(1, accepted.length)),
      };
    } finally {
      await server.stop(5);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function smallRun(path: string): Promise<string> {
  const config = parseConfig({
    name: 'bench',
    data: { kind: 'rooms', length: { train: 4, val: 2, test: 2 }, width: 32, height: 32 },
    tasks: { segmentation: { kind: 'segmentation' }, depth: { kind: 'depth' } },
    network: { backbone: { kind: 'tiny' } },
    train: {
      ...{ steps: 1, batch: 2, height: 32, width: 32, rate: 0.01, workers: 0 },
      ...{ evaluateEvery: 1000, checkpointEvery: 1 },
    },
  });
  for await (const _ of run({ path, config }));
  return path;
}
