/**
 * Reads from a model in the format ORT which provider runs each node. ONNX Runtime writes this format, a FlatBuffer, after
 * it has rewritten a graph and given its nodes to providers. Its schema is ort.fbs of ONNX Runtime; only the fields that
 * are needed here are read.
 */
import { ByteBuffer, SIZE_PREFIX_LENGTH } from 'flatbuffers';

/** A node as the runtime will run it. */
export interface PlacedNode {
  readonly name: string;
  /** The operator, with its domain before it unless it is the standard one. */
  readonly operator: string;
  /** The execution provider, as in `CPUExecutionProvider`. */
  readonly provider: string;
  /** Types of the inputs that are given, as in `int64`; '' for a type without a name here. */
  readonly inputTypes: readonly string[];
}

const IDENTIFIER = 'ORTM';

/** Places of fields in the tables of ort.fbs. */
const SESSION = { model: 1 };
const MODEL = { graph: 7 };
const GRAPH = { values: 1, nodes: 2 };
const NODE = { name: 0, domain: 2, operator: 5, provider: 7, inputs: 8 };
const VALUE = { name: 0, type: 2 };
const TYPE = { value: 2 };
const TENSOR_TYPE = { element: 0 };

const ELEMENT_TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
};

/** @throws Error when the bytes are no model in this format */
export function placementOf(bytes: Uint8Array): PlacedNode[] {
  const buffer = new ByteBuffer(bytes);
  if (bytes.length < 2 * SIZE_PREFIX_LENGTH || !buffer.__has_identifier(IDENTIFIER))
    throw new Error(`expected a model in the format ORT, whose bytes 4 to 7 are ${IDENTIFIER}`);
  const session = new Table(buffer, buffer.readInt32(0));
  const graph = session.table(SESSION.model)?.table(MODEL.graph);
  if (!graph) throw new Error('this model in the format ORT has no graph');
  const types = new Map(
    graph.tables(GRAPH.values).map((value) => {
      const element = value.table(VALUE.type)?.table(TYPE.value)?.int32(TENSOR_TYPE.element);
      return [value.text(VALUE.name), ELEMENT_TYPES[element ?? 0] ?? ''] as const;
    }),
  );
  return graph.tables(GRAPH.nodes).map((node) => {
    const domain = node.text(NODE.domain);
    return {
      name: node.text(NODE.name),
      operator: domain ? `${domain}.${node.text(NODE.operator)}` : node.text(NODE.operator),
      provider: node.text(NODE.provider),
      inputTypes: node
        .texts(NODE.inputs)
        .filter((name) => name !== '')
        .map((name) => types.get(name) ?? ''),
    };
  });
}

/** A table of a FlatBuffer; fields are named by their places in the schema. */
class Table {
  constructor(
    private readonly buffer: ByteBuffer,
    private readonly start: number,
  ) {}

  /** Where a field lies, 0 where it is not given. */
  private at(field: number): number {
    const offset = this.buffer.__offset(this.start, 4 + 2 * field);
    return offset === 0 ? 0 : this.start + offset;
  }

  int32(field: number): number {
    const at = this.at(field);
    return at === 0 ? 0 : this.buffer.readInt32(at);
  }

  text(field: number): string {
    const at = this.at(field);
    return at === 0 ? '' : String(this.buffer.__string(at));
  }

  table(field: number): Table | undefined {
    const at = this.at(field);
    return at === 0 ? undefined : new Table(this.buffer, this.buffer.__indirect(at));
  }

  tables(field: number): Table[] {
    return this.elements(field).map((at) => new Table(this.buffer, this.buffer.__indirect(at)));
  }

  texts(field: number): string[] {
    return this.elements(field).map((at) => String(this.buffer.__string(at)));
  }

  /** Where the elements of a list of tables or texts lie. */
  private elements(field: number): number[] {
    const at = this.at(field);
    if (at === 0) return [];
    const first = this.buffer.__vector(at);
    return Array.from({ length: this.buffer.__vector_len(at) }, (_, i) => first + 4 * i);
  }
}
