import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary } from '@bufbuild/protobuf';
import { gradients, matmul, relu, source, sum, toModel } from '../index.js';
import { ModelProtoSchema, NodeProtoSchema } from './onnx_pb.js';
import { scheduled } from './schedule.js';

const node = (name: string, input: string[], output = [name]) => create(NodeProtoSchema, { name, input, output });

/** The order in which the runtime executes nodes: back from those that nobody reads, the last listed first. */
function executed(nodes: readonly { name: string; input: string[]; output: string[] }[]): string[] {
  const producers = new Map(nodes.flatMap((one, i) => one.output.map((value) => [value, i] as const)));
  const order: string[] = [];
  const seen = new Set<number>();
  const visit = (i: number) => {
    if (seen.has(i)) return;
    seen.add(i);
    const reads = nodes[i].input.flatMap((value) => producers.get(value) ?? []);
    for (const j of reads.sort((a, b) => b - a)) visit(j);
    order.push(nodes[i].name);
  };
  const read = new Set(nodes.flatMap(({ input }) => input));
  for (let i = nodes.length - 1; i >= 0; i--) if (!nodes[i].output.some((value) => read.has(value))) visit(i);
  return order;
}

test('what a step from the inputs yields is computed when the long chain beside it is done', () => {
  // y = chain of x; the product reads it and weights that were prepared for it alone.
  const listed = [
    node('prepared', ['weight']),
    node('a', ['x']),
    node('b', ['a']),
    node('c', ['b']),
    node('product', ['prepared', 'c']),
  ];
  assert.deepEqual(executed(scheduled(listed)), ['a', 'b', 'c', 'prepared', 'product']);
});

test('gradients are complete from the last layer to the first, with nothing of the forward pass made early', () => {
  const [x, w1, w2] = [source('x', [4, 3]), source('w1', [3, 5]), source('w2', [5, 2])];
  const loss = sum(relu(matmul(relu(matmul(x, w1)), w2)));
  const [g1, g2] = gradients(loss, [w1, w2]);
  const { bytes } = toModel({ loss, g1, g2 });
  const order = executed(fromBinary(ModelProtoSchema, bytes).graph?.node ?? []);
  const outputOf = (name: string) => order.indexOf(name);
  const nodes = fromBinary(ModelProtoSchema, bytes).graph?.node ?? [];
  const at = (output: string) => outputOf(nodes.find((one) => one.output.includes(output))?.name ?? '');
  assert.ok(at('loss') < at('g2') && at('g2') < at('g1'), order.join(' '));
});

test('inputs come before their readers, and no node is lost', () => {
  const listed = [node('a', ['x']), node('b', ['y'], ['b', 'b2']), node('c', ['a', 'b2']), node('d', ['b'])];
  const order = scheduled(listed);
  assert.deepEqual(order.map(({ name }) => name).sort(), ['a', 'b', 'c', 'd']);
  for (const [i, { input }] of order.entries())
    for (const name of input) assert.ok(!order.slice(i).some(({ output }) => output.includes(name)), name);
});
