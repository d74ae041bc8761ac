/** What the library needs of an ONNX runtime; `node.ts` and `web.ts` provide it. */
import type { Floats, Shape, StoredDType } from '../tensor.js';

/** Numbers on the host. bool is kept as 0 or 1 in a Uint8Array. */
export interface HostTensor {
  readonly dtype: StoredDType;
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
  /** @param options.asIs keep the runtime's own rewrites off: its search for them grows with the square of the graph */
  open(model: Uint8Array, options?: { readonly asIs?: boolean }): Promise<Session>;
  /** Channels of a block in which this runtime, on this machine, convolves fastest (`ModelOptions.block`); 0: none. */
  convolutionBlock?(): Promise<number>;
}
