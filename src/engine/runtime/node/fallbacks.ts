/** Which nodes of a model a device would leave to the CPU. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { type PlacedNode, placementOf } from '../../onnx/placement.js';
import { type Device, type DeviceName, devices } from '../devices.js';
import type { OpenOptions } from '../runtime.js';

/** A node that does not run on the device: its inputs are fetched from there, and its outputs sent back. */
export interface Fallback {
  /** The operator, with its domain before it unless it is the standard one. */
  readonly operator: string;
  /** The layer that made it; '' for nodes of no layer, and for those that the runtime made. */
  readonly layer: string;
  /** Why, as far as that is known. */
  readonly why: string;
}

/**
 * The nodes that stay on the CPU where a device runs a model, after the runtime's own rewrites; empty where all run on
 * the device. The runtime opens the model and writes which provider has which node into a temporary file; nothing is run.
 * @throws Error of the runtime when the device or the model cannot be opened
 */
export async function fallbacksOf(
  model: Uint8Array,
  device: DeviceName,
  { optimise = true }: OpenOptions = {},
): Promise<Fallback[]> {
  if (device === 'cpu') return [];
  const { provider }: Device = devices[device];
  const folder = await mkdtemp(join(tmpdir(), 'nddr-placement-'));
  const file = join(folder, 'model.ort');
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: [provider],
      graphOptimizationLevel: optimise ? 'all' : 'disabled',
      logSeverityLevel: 3,
      optimizedModelFilePath: file,
      extra: { session: { save_model_format: 'ORT' } },
    });
    await session.release();
    return placementOf(await readFile(file))
      .filter(isOnCpu)
      .map(asFallback);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const isOnCpu = ({ provider }: PlacedNode): boolean => provider === 'CPUExecutionProvider';

const asFallback = ({ name, operator, inputTypes }: PlacedNode): Fallback => {
  const [layer] = name.split('/', 1);
  return {
    operator,
    layer: name.includes('/') && layer !== 'graph' ? layer : '',
    why: inputTypes.length > 0 ? `the device does not run it for ${[...new Set(inputTypes)].join(' and ')}` : '',
  };
};
