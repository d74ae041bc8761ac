// A device that is the CPU behind a wall: tensors that it keeps can be used by its sessions alone.
import type { DeviceMemory, DeviceTensor, HostTensor, Runtime } from '../../engine/index.js';
import { nodeRuntime } from '../../engine/runtime/node.js';

class Kept implements DeviceTensor {
  constructor(
    private readonly tensor: HostTensor,
    private readonly live: Set<DeviceTensor>,
  ) {
    live.add(this);
  }

  get dtype() {
    return this.tensor.dtype;
  }

  get shape() {
    return this.tensor.shape;
  }

  read(): HostTensor {
    if (!this.live.has(this)) throw new Error('a tensor is read that was disposed');
    return this.tensor;
  }

  dispose(): void {
    if (!this.live.delete(this)) throw new Error('a tensor is disposed twice');
  }
}

/** `live`: the tensors that were not disposed yet. */
export function simulatedDevice(): Runtime & {
  readonly memory: DeviceMemory;
  readonly live: ReadonlySet<DeviceTensor>;
} {
  const host = nodeRuntime({ threads: 1 });
  const live = new Set<DeviceTensor>();
  const read = (tensor: HostTensor | DeviceTensor) => (tensor instanceof Kept ? tensor.read() : (tensor as HostTensor));
  const map = <A, B>(record: Readonly<Record<string, A>>, of: (one: A) => B) =>
    Object.fromEntries(Object.entries(record).map(([name, one]) => [name, of(one)]));
  const memory: DeviceMemory = {
    async open(model, { keep, ...options }) {
      const session = await host.open(model, options);
      const made: DeviceTensor[] = [];
      return {
        async run(feeds) {
          const outputs = Object.entries(await session.run(map(feeds, read)));
          const isKept = ([name]: (typeof outputs)[number]) => keep.includes(name);
          return {
            host: Object.fromEntries(outputs.filter((output) => !isKept(output))),
            device: map(Object.fromEntries(outputs.filter(isKept)), (tensor) => {
              const kept = new Kept(tensor, live);
              made.push(kept);
              return kept;
            }),
          };
        },
        async close() {
          // On a GPU the process would end.
          if (made.some((tensor) => live.has(tensor))) throw new Error('a session is closed whose tensors are in use');
          await session.close();
        },
      };
    },
    upload: async (tensors) => ({
      tensors: map(tensors, (tensor) => new Kept({ ...tensor, data: tensor.data.slice() }, live)),
      close: async () => {},
    }),
    download: async (tensors) => map(tensors, (tensor) => ({ ...read(tensor), data: read(tensor).data.slice() })),
  };
  return { ...host, device: 'simulated', memory, live };
}
