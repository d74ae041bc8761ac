/** What this machine is: its processor and memory, and the versions of what runs on it. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os';
import { env, listSupportedBackends } from 'onnxruntime-node';
import sharp from 'sharp';
import { nodeRuntime, system } from '../../engine/runtime/node.js';
import { version } from '../version.js';

export interface Machine {
  readonly versions: Readonly<Record<'nddr' | 'node' | 'onnxruntime-node' | 'sharp' | 'libvips', string>>;
  /** `linux-x64`, and the name and version of the operating system. */
  readonly system: string;
  readonly os: string;
  readonly processor: {
    readonly name: string;
    /** Of the machine, and those that this process may use: a run uses as many unless it is told another number. */
    readonly processors: number;
    readonly threads: number;
    /** Instructions that matter for arithmetic; undefined where the system does not tell them to Node. */
    readonly instructions?: readonly string[];
    /** Channels of a block of ONNX Runtime's own convolution here, 0 where it has none. */
    readonly block: number;
  };
  /** In bytes. `limit` is that of a container, where there is one. */
  readonly memory: { readonly total: number; readonly free: number; readonly limit?: number };
  /** Providers of ONNX Runtime that the package has for this system. */
  readonly providers: readonly string[];
}

export async function thisMachine(): Promise<Machine> {
  const limit = process.constrainedMemory();
  const target = await nodeRuntime({ threads: 1 }).target?.();
  return {
    versions: {
      ...{ nddr: version(), node: process.versions.node, 'onnxruntime-node': env.versions.node ?? env.versions.common },
      ...{ sharp: sharp.versions.sharp ?? '', libvips: sharp.versions.vips },
    },
    ...{ system, os: `${type()} ${release()}` },
    processor: {
      ...{ name: cpus()[0]?.model.trim() ?? '', processors: cpus().length, threads: availableParallelism() },
      ...{ instructions: instructions(), block: target?.capabilities.blockedConvolution ?? 0 },
    },
    memory: {
      ...{ total: totalmem(), free: freemem() },
      // Where there is no limit, systems give 0 or a number beyond all memory.
      ...(limit > 0 && limit < totalmem() && { limit }),
    },
    providers: listSupportedBackends().map(({ name }) => name),
  };
}

/** Names of instructions that matter for arithmetic, by the words of /proc/cpuinfo, widest last. */
const INSTRUCTIONS: Readonly<Record<string, string>> = {
  ...{ sse4_2: 'SSE4.2', avx: 'AVX', f16c: 'F16C', fma: 'FMA', avx2: 'AVX2', avx512f: 'AVX-512', avx_vnni: 'AVX-VNNI' },
  ...{ avx512_vnni: 'AVX-512 VNNI', avx512_bf16: 'AVX-512 BF16', amx_tile: 'AMX' },
  ...{ asimd: 'NEON', asimddp: 'dot products', i8mm: 'I8MM', bf16: 'BF16', sve: 'SVE', sve2: 'SVE2' },
};

/** Linux tells them in a file; Node has no other way to know. */
function instructions(): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const [, words = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    const found = new Set(words.trim().split(/\s+/));
    return Object.entries(INSTRUCTIONS).flatMap(([word, name]) => (found.has(word) ? [name] : []));
  } catch {
    return undefined;
  }
}
