/** What the library needs of an ONNX runtime; `node.ts` provides it. */
import type { Target } from '../lower/target.js';
import type { ElementType, Floats, Shape } from '../tensor.js';

/** A tensor on the host. Elements of type bool are 0 or 1 in a Uint8Array. */
export interface HostTensor {
  readonly dtype: ElementType;
  readonly shape: Shape;
  readonly data: Floats | Int32Array | BigInt64Array | Uint8Array;
}

export interface Session {
  /** Runs the model. Feeds are read only; what comes back is owned by the caller. */
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  close(): Promise<void>;
}

export interface Runtime {
  /** Short name of the device, as in `cpu`. */
  readonly device: string;
  /** @param options.optimise whether the runtime rewrites the graph first (default): see `MOST_OPTIMISED_NODES` */
  open(model: Uint8Array, options?: { readonly optimise?: boolean }): Promise<Session>;
  /** What graphs of training are lowered for to run fastest here; `cpu` where left out. For this machine alone. */
  target?(): Promise<Target>;
}
