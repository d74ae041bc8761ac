/** One 3x3 convolution, forward, and forward and backward: what every engine can be asked. */
import { conv2d, cpuTarget, gradients, mul, source, sum, toModel } from '../src/engine/index.js';
import { CPU_TUNING } from '../src/engine/lower/cpu/constants.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { medianOf, peakRssMib, rounded } from './statistics.js';

export interface ConvBench {
  readonly channels: number;
  readonly size: number;
  readonly batch: number;
  readonly dilation: number;
  /** `fastest` is what training takes; `plain` never goes by tiles. */
  readonly form: 'plain' | 'fastest';
  readonly steps: number;
  readonly threads: number;
}

export async function benchConv({ channels, size, batch, dilation, form, steps, threads }: ConvBench) {
  const x = source('x', [batch, channels, size, size]);
  const weight = source('weight', [channels, channels, 3, 3]);
  const dy = source('dy', x.shape);
  const y = conv2d(x, weight, null, { padding: dilation, dilation });
  const [dx, dw] = gradients(sum(mul(y, dy)), [x, weight]);
  const block = (await nodeRuntime().target?.())?.capabilities.blockedConvolution;
  const target = cpuTarget({ block, tuning: { ...CPU_TUNING, ...(form === 'plain' && { tiles: 'never' }) } });
  return {
    peer: 'nddr',
    channels,
    size,
    forward_ms: rounded(await time(toModel({ y }, { target }), steps, threads), 2),
    both_ms: rounded(await time(toModel({ y, dx, dw }, { target }), steps, threads), 2),
    peak_rss_mib: peakRssMib(),
  };
}

async function time({ bytes, inputs }: ReturnType<typeof toModel>, steps: number, threads: number): Promise<number> {
  const session = await nodeRuntime({ threads }).open(bytes);
  const feeds = Object.fromEntries(
    [...inputs].map(([name, { shape, dtype }]) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 37) % 101) / 50 - 1);
      return [name, { shape, dtype, data }];
    }),
  );
  const times: number[] = [];
  for (let i = 0; i < steps + 2; i++) {
    const began = performance.now();
    await session.run(feeds);
    times.push(performance.now() - began);
  }
  await session.close();
  return medianOf(times.slice(2));
}
