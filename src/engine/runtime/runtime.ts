/** What the library needs of an ONNX runtime; `node.ts` and `web.ts` provide it. */
import type { Target } from '../lower/target.js';
import type { ElementType, Floats, Shape } from '../tensor.js';

/** A tensor on the host. Elements of type bool are 0 or 1 in a Uint8Array. */
export interface HostTensor {
  readonly dtype: ElementType;
  readonly shape: Shape;
  readonly data: Floats | Int32Array | BigInt64Array | Uint8Array;
}

/** Tensors on the host, by name. */
export type HostTensors = Readonly<Record<string, HostTensor>>;

/** A tensor in the memory of a device, for sessions of the runtime that made it. It ends with the session that made it. */
export interface DeviceTensor {
  readonly dtype: ElementType;
  readonly shape: Shape;
  /** Frees its memory. The tensor cannot be used afterwards. */
  dispose(): void;
}

export interface Session {
  /** Runs the model. Feeds are read only; what comes back is owned by the caller. */
  run(feeds: HostTensors): Promise<Record<string, HostTensor>>;
  close(): Promise<void>;
}

/** A session that takes tensors of the device beside those of the host, and leaves some of its outputs there. */
export interface DeviceSession {
  run(feeds: Readonly<Record<string, HostTensor | DeviceTensor>>): Promise<{
    readonly host: Readonly<Record<string, HostTensor>>;
    readonly device: Readonly<Record<string, DeviceTensor>>;
  }>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Whether the runtime rewrites the graph first (default): see `MOST_OPTIMISED_NODES`. */
  readonly optimise?: boolean;
}

/** Memory of a device in which tensors stay from one run to the next. Only one session may run at a time. */
export interface DeviceMemory {
  /** @param keep names of the outputs that stay on the device */
  open(model: Uint8Array, options: OpenOptions & { readonly keep: readonly string[] }): Promise<DeviceSession>;
  upload(tensors: HostTensors): Promise<Upload>;
  download(tensors: Readonly<Record<string, DeviceTensor>>): Promise<Record<string, HostTensor>>;
}

export interface Upload {
  readonly tensors: Readonly<Record<string, DeviceTensor>>;
  /** To be called once all tensors are disposed. */
  close(): Promise<void>;
}

export interface Runtime {
  /** Name of the device, as in `cpu`. */
  readonly device: string;
  open(model: Uint8Array, options?: OpenOptions): Promise<Session>;
  /** What graphs of training are lowered for to run fastest here; `cpu` where left out. For this machine alone. */
  target?(): Promise<Target>;
  /** Where weights and the state of the optimizer stay while a network is trained; on the host where left out. */
  readonly memory?: DeviceMemory;
}
