/** Which nodes of a model a device would leave to the CPU. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { type PlacedNode, type Placement, placementOf } from '../../onnx/placement.js';
import { type Device, type DeviceName, devices } from '../devices.js';
import type { OpenOptions } from '../runtime.js';

/** A node that does not run on the device: what it reads is fetched from there, and what it computes is sent back. */
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
 * the device. Not among them are nodes that compute shapes of shapes: those are on the host in any case, and nothing is
 * copied. The runtime opens the model and writes which provider has which node into a temporary file; nothing is run.
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
    return onCpu(placementOf(await readFile(file))).map(asFallback);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const isOnCpu = ({ provider }: PlacedNode): boolean => provider === 'CPUExecutionProvider';

/** The nodes on the CPU, but for those that compute shapes of shapes. */
function onCpu({ nodes, stored }: Placement): PlacedNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map(({ name }) => [name, node] as const)));
  const readers = new Map<string, PlacedNode[]>();
  for (const node of nodes) for (const { name } of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const isOfShapes = remembered((node) => {
    if (node.operator === 'Shape') return true;
    return isOnCpu(node) && node.inputs.every(({ name }) => stored.has(name) || isMadeOfShapes(name));
  });
  const isMadeOfShapes = (name: string): boolean => {
    const maker = makers.get(name);
    return maker !== undefined && isOfShapes(maker);
  };
  const isSent = remembered((node) =>
    node.outputs.some(({ name }) =>
      readers.get(name)?.some((reader) => reader.operator === 'MemcpyFromHost' || (isOnCpu(reader) && isSent(reader))),
    ),
  );
  return nodes.filter((node) => isOnCpu(node) && (!isOfShapes(node) || isSent(node)));
}

/** A question about nodes that is answered once for each. */
function remembered(ask: (node: PlacedNode) => boolean): (node: PlacedNode) => boolean {
  const known = new Map<PlacedNode, boolean>();
  return (node) => {
    const found = known.get(node) ?? ask(node);
    known.set(node, found);
    return found;
  };
}

const asFallback = ({ name, operator, inputs }: PlacedNode): Fallback => {
  const [layer] = name.split('/', 1);
  const types = [...new Set(inputs.map(({ type }) => type))];
  return {
    operator,
    layer: name.includes('/') && layer !== 'graph' ? layer : '',
    why: types.length > 0 ? `the device does not run it for ${types.join(' and ')}` : '',
  };
};
