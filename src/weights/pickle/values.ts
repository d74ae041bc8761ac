/** What a pickle builds. */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleObject;

export class PickleList {
  constructor(readonly items: PickleValue[] = []) {}
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[] = []) {}
}

/** A dict; attributes that a pickle sets on it, such as the versions of a state dict's modules, are dropped. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** What the reader of the pickle makes: tensors, storages, and values that it keeps no content of. */
export abstract class PickleObject {
  /** As messages call it. */
  abstract readonly kind: string;
}

/** A value that is data of no interest. What the pickle puts into it is dropped. */
export class Opaque extends PickleObject {
  constructor(readonly kind: string) {
    super();
  }
}

/**
 * A name that a pickle refers to, such as `collections.OrderedDict`. It stands for a function of the reader. Nothing of
 * this name is looked up, imported or run.
 */
export class PickleGlobal extends PickleObject {
  constructor(
    readonly kind: string,
    /** @throws NddrError when the arguments are wrong */
    readonly call: (args: readonly PickleValue[]) => PickleValue,
  ) {
    super();
  }
}
