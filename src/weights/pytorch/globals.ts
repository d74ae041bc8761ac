/**
 * The names that a pickle of PyTorch may use. It is a list of what is allowed: tensors, plain containers, and data that
 * may lie beside them. Nothing of these names is imported or run either; every other name is refused.
 */
import { NddrError } from '../../errors.js';
import { shownName } from '../../words.js';
import { Opaque, PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from '../pickle/values.js';
import type { StoredDType } from '../stored-tensor.js';
import { checkedTensor, Storage, Tensor } from './tensors.js';

/** The types of storages, in `torch`. Bytes without a type are those of `torch.storage.UntypedStorage`. */
const STORAGES: Readonly<Record<string, StoredDType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** The element types, in `torch`. */
const DTYPES: Readonly<Record<string, StoredDType>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

/** A class of storages, or an element type. */
export class DTypeName extends PickleGlobal {
  constructor(
    kind: string,
    /** Undefined for bytes without a type. */
    readonly dtype: StoredDType | undefined,
    where: string,
  ) {
    super(kind, () => {
      throw new NddrError(`${where} is damaged: it calls ${kind}. Save it again with torch.save.`);
    });
  }
}

/** Data beside tensors, of which only the name is kept. Calling it makes a value without content. */
const INERT: ReadonlySet<string> = new Set([
  'argparse.Namespace',
  'collections.Counter',
  'collections.deque',
  'datetime.date',
  'datetime.datetime',
  'datetime.timedelta',
  'pathlib.PosixPath',
  'pathlib.PurePosixPath',
  'pathlib.PureWindowsPath',
  'pathlib.WindowsPath',
  'types.SimpleNamespace',
  '_codecs.encode',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray.scalar',
  'numpy._core.multiarray._reconstruct',
  'torch.device',
  'torch.nn.parameter.Parameter',
  'torch.Tensor',
  ...['bytearray', 'bytes', 'complex', 'frozenset', 'list', 'object', 'range', 'set', 'slice', 'tuple'].flatMap(
    (name) => [`builtins.${name}`, `__builtin__.${name}`],
  ),
]);

/** Names of classes of networks: such a file is a whole model. */
const MODEL =
  /^(torch\.nn\.(?!parameter)|torch\.fx\.|torchvision\.|timm\.|__torch__\.|__main__\.|.*\b(models?|nets?|networks?)\.)/;

/** What a name in the pickle stands for. @throws NddrError when it is not in the list */
export function globalOf(module: string, name: string, where: string): PickleGlobal {
  const full = `${module}.${name}`;
  const rebuild = REBUILDERS[full];
  if (rebuild) return new PickleGlobal(full, (args) => rebuild(args, where));
  if (module === 'torch' && Object.hasOwn(STORAGES, name)) return new DTypeName(full, STORAGES[name], where);
  if (module === 'torch' && Object.hasOwn(DTYPES, name)) return new DTypeName(full, DTYPES[name], where);
  if (full === 'torch.storage.UntypedStorage') return new DTypeName(full, undefined, where);
  if (INERT.has(full)) return new PickleGlobal(full, () => new Opaque(full));
  const shown = shownName(full);
  if (/^torch\.\w*Storage$/.test(full)) {
    throw new NddrError(`${where} holds numbers of the type ${shown}, which is not read. Convert them first.`);
  }
  const found = MODEL.test(full)
    ? `holds a whole model or an object of its code (${shown}), not plain weights`
    : `refers to ${shown}, which is neither a tensor nor plain data`;
  throw new NddrError(
    `${where} ${found}. Nothing of it was run. If you trust it, load it in Python and save the state dict alone: ` +
      'torch.save(model.state_dict(), FILE).',
  );
}

type Rebuilder = (args: readonly PickleValue[], where: string) => PickleValue;

const damagedCall = (where: string, name: string) =>
  new NddrError(`${where} is damaged: it calls ${name} with arguments of the wrong kinds. Copy or download it again.`);

/** `_rebuild_tensor(storage, offset, size, stride, ...)`; version 3 gives the element type as the seventh argument. */
function rebuildTensor(name: string, typeAt?: number): Rebuilder {
  return (args, where) => {
    const [storage, offset, shape, strides] = args;
    if (!(storage instanceof Storage) || !(shape instanceof PickleTuple) || !(strides instanceof PickleTuple)) {
      throw damagedCall(where, name);
    }
    const type = typeAt === undefined ? undefined : args[typeAt];
    const dtype = type instanceof DTypeName ? type.dtype : storage.dtype;
    if (dtype === undefined || (typeAt !== undefined && !(type instanceof DTypeName))) throw damagedCall(where, name);
    return checkedTensor(dtype, shape.items, strides.items, offset, storage, where);
  };
}

/** A parameter is its tensor. */
const rebuildParameter: Rebuilder = ([data], where) => {
  if (data instanceof Tensor) return data;
  throw damagedCall(where, 'torch._utils._rebuild_parameter');
};

const FROM_TYPE = 'torch._tensor._rebuild_from_type_v2';

/**
 * `_rebuild_from_type_v2(function, type, arguments, state)`: a tensor with attributes of its own, which are dropped. The
 * function is never this one again: PyTorch writes no such call, and a file could nest it deeper than calls can be.
 */
const rebuildFromType: Rebuilder = ([rebuild, , args], where) => {
  if (
    !(rebuild instanceof PickleGlobal) ||
    !Object.hasOwn(REBUILDERS, rebuild.kind) ||
    rebuild.kind === FROM_TYPE ||
    !(args instanceof PickleTuple)
  ) {
    throw damagedCall(where, FROM_TYPE);
  }
  return rebuild.call(args.items);
};

/** `OrderedDict(pairs)`; other classes of dicts are called in the same way, or with a class before the pairs. */
const makeDict: Rebuilder = (args, where) => {
  const dict = new PickleDict();
  const pairs = args.find((arg) => arg instanceof PickleList);
  for (const pair of pairs?.items ?? []) {
    const items = pair instanceof PickleList || pair instanceof PickleTuple ? pair.items : [];
    if (items.length !== 2) throw damagedCall(where, 'collections.OrderedDict');
    dict.entries.set(items[0], items[1]);
  }
  return dict;
};

const makeSize: Rebuilder = ([sizes], where) => {
  if (sizes instanceof PickleTuple || sizes instanceof PickleList) return new PickleTuple([...sizes.items]);
  throw damagedCall(where, 'torch.Size');
};

const REBUILDERS: { readonly [name: string]: Rebuilder | undefined } = {
  __proto__: null as never,
  'collections.OrderedDict': makeDict,
  'collections.defaultdict': makeDict,
  'builtins.dict': makeDict,
  '__builtin__.dict': makeDict,
  'torch.Size': makeSize,
  'torch._utils._rebuild_tensor': rebuildTensor('torch._utils._rebuild_tensor'),
  'torch._utils._rebuild_tensor_v2': rebuildTensor('torch._utils._rebuild_tensor_v2'),
  'torch._utils._rebuild_tensor_v3': rebuildTensor('torch._utils._rebuild_tensor_v3', 6),
  'torch._utils._rebuild_parameter': rebuildParameter,
  'torch._utils._rebuild_parameter_with_state': rebuildParameter,
  [FROM_TYPE]: rebuildFromType,
};
