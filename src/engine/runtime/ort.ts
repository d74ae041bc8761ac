/** Sessions of ONNX Runtime, which has one interface in Node and in browsers. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { plain } from '../lower/plain.js';
import { toModel } from '../onnx/model.js';
import { source } from '../ops/source.js';
import type { ElementType } from '../tensor.js';
import type { DeviceMemory, DeviceTensor, HostTensor, OpenOptions, Session } from './runtime.js';

/** What is used of the module onnxruntime-node or onnxruntime-web. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof Tensor;
}

/** The options of a session that depend on its device. */
export type SessionOptions = (options: OpenOptions) => InferenceSession.SessionOptions;

const toHost = ({ type, dims, data }: Tensor): HostTensor => ({
  dtype: type as ElementType,
  shape: dims,
  data: data as Float32Array,
});

/**
 * A tensor that ONNX Runtime keeps in the memory of its device. The process ends where it is read or disposed after the
 * session that made it was closed.
 */
class Kept implements DeviceTensor {
  constructor(readonly tensor: Tensor) {}

  get dtype(): ElementType {
    return this.tensor.type as ElementType;
  }

  get shape(): readonly number[] {
    return this.tensor.dims;
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

function inputsOf(ort: Ort, feeds: Readonly<Record<string, HostTensor | DeviceTensor>>): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {};
  for (const [name, fed] of Object.entries(feeds)) {
    if (fed instanceof Kept) inputs[name] = fed.tensor;
    else {
      const { dtype, data, shape } = fed as HostTensor;
      inputs[name] = new ort.Tensor(dtype, data as Float32Array, shape);
    }
  }
  return inputs;
}

/** Opens a session whose inputs and outputs are on the host. */
export async function openSession(
  ort: Ort,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(model, options);
  return {
    async run(feeds) {
      const outputs = await session.run(inputsOf(ort, feeds));
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toHost(tensor)]));
    },
    async close() {
      if (options.enableProfiling) session.endProfiling();
      await session.release();
    },
  };
}

/** The memory of a device whose execution provider keeps tensors in GPU buffers. */
export function gpuMemory(ort: Ort, sessionOptions: SessionOptions): DeviceMemory {
  const open: DeviceMemory['open'] = async (model, { keep, ...options }) => {
    const session = await ort.InferenceSession.create(model, {
      ...sessionOptions(options),
      preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer'])),
    });
    const isKept = new Set(keep);
    return {
      async run(feeds) {
        const host: Record<string, HostTensor> = {};
        const device: Record<string, DeviceTensor> = {};
        for (const [name, tensor] of Object.entries(await session.run(inputsOf(ort, feeds))))
          if (isKept.has(name)) device[name] = new Kept(tensor);
          else host[name] = toHost(tensor);
        return { host, device };
      },
      close: () => session.release(),
    };
  };
  /** Runs a model that returns what it is given, to carry tensors to the device or back. */
  const carry = async (tensors: Readonly<Record<string, HostTensor | DeviceTensor>>, keeps: boolean) => {
    const names = Object.keys(tensors);
    const sources = names.map((name, i) => source(`${i}`, tensors[name].shape));
    const model = toModel(Object.fromEntries(names.map((name, i) => [name, sources[i]])), { target: plain });
    const session = await open(model.bytes, { keep: keeps ? names : [], optimise: false });
    try {
      const { host, device } = await session.run(Object.fromEntries(names.map((name, i) => [`${i}`, tensors[name]])));
      return { host, device, session };
    } catch (error) {
      await session.close();
      throw error;
    }
  };
  return {
    open,
    async upload(tensors) {
      const { device, session } = await carry(tensors, true);
      return { tensors: device, close: () => session.close() };
    },
    // The binding of Node cannot read a tensor of the device, and ends the process where one tries.
    async download(tensors) {
      const { host, session } = await carry(tensors, false);
      await session.close();
      return host;
    },
  };
}
