import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseStrict, suggest } from './schema.js';

const shape = z.strictObject({
  name: z.string().regex(/^\w+$/).default('unnamed'),
  form: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('circle'), radius: z.number().positive() }),
    z.strictObject({ kind: z.literal('square'), side: z.number().positive() }),
  ]),
  style: z.strictObject({ line: z.strictObject({ width: z.number().default(1) }).prefault({}) }).prefault({}),
  layers: z.record(z.string().regex(/^[a-z]+$/), z.strictObject({ opacity: z.number() })).default({}),
  marks: z.array(z.strictObject({ x: z.number() }).readonly()).optional(),
  frame: z.strictObject({ margin: z.number() }).nullable().default(null),
  font: z
    .union([z.string(), z.strictObject({ file: z.string() }), z.array(z.string())])
    .nullable()
    .optional(),
});

const circle = { kind: 'circle', radius: 2 };

function messageOf(value: unknown): string {
  try {
    parseStrict(shape, value, 'drawing.json');
  } catch (error) {
    assert.equal((error as Error).name, 'NddrError');
    return (error as Error).message;
  }
  assert.fail('no error');
}

test('what is left out takes its default', () => {
  assert.deepEqual(parseStrict(shape, { form: circle }, 'drawing.json'), {
    name: 'unnamed',
    form: circle,
    style: { line: { width: 1 } },
    layers: {},
    frame: null,
  });
});

test('an unknown key is told with its path and the nearest known one, at every depth', () => {
  const cases: [object, RegExp][] = [
    [{ nmae: 'x' }, /^drawing\.json: unknown key "nmae"; did you mean "name"\? Known: name, form, style, layers/],
    [{ form: { ...circle, radios: 1 } }, /form: unknown key "radios"; did you mean "radius"\? Known: kind, radius\.$/],
    [{ form: { kind: 'square', side: 1, sid: 1 } }, /form: unknown key "sid"; .* Known: kind, side\.$/],
    [{ style: { lime: {} } }, /style: unknown key "lime"; did you mean "line"\?/],
    [{ style: { line: { with: 1 } } }, /style\.line: unknown key "with"; did you mean "width"\?/],
    [{ layers: { top: { opacity: 1, Opacity: 1 } } }, /layers\.top: unknown key "Opacity"; did you mean "opacity"\?/],
    [{ marks: [{ x: 1 }, { x: 1, xx: 2 }] }, /marks\.1: unknown key "xx"; did you mean "x"\?/],
    [{ frame: { margin: 1, margn: 1 } }, /frame: unknown key "margn"; did you mean "margin"\?/],
  ];
  for (const [wrong, pattern] of cases) assert.match(messageOf({ form: circle, ...wrong }), pattern);
});

test('every problem is told at once, one a line', () => {
  const lines = messageOf({ nmae: 'x', form: { ...circle, radius: -1 }, frame: 3 }).split('\n');
  assert.equal(lines.length, 3);
  assert.match(lines.join('\n'), /form\.radius: .*>0, found -1/);
  assert.match(lines.join('\n'), /frame: .*expected object.*found 3/);
});

test('an unknown or missing kind is told with the known ones', () => {
  assert.match(
    messageOf({ form: { kind: 'cirle' } }),
    /^drawing\.json: form\.kind: unknown kind "cirle"; did you mean "circle"\? Known: circle, square\.$/,
  );
  assert.match(messageOf({ form: {} }), /form\.kind: expected one of circle, square, found nothing$/);
  assert.match(messageOf({ form: { kind: 7 } }), /form\.kind: expected one of circle, square, found 7$/);
  assert.match(messageOf({ form: 'circle' }), /form: .*expected object.*found "circle"$/);
});

test('a value that no option of a union takes is told with the types that they take', () => {
  assert.match(messageOf({ form: circle, font: 5 }), /font: .*expected string or object or array, found 5$/);
  assert.match(messageOf({ form: circle, font: { file: 5 } }), /font\.file: .*expected string.*found 5$/);
  assert.match(messageOf({ form: circle, font: ['a', 5] }), /font\.1: .*expected string.*found 5$/);
});

test('a wrong name, value and root are told with what was found', () => {
  assert.match(messageOf({ form: circle, name: 'a b' }), /name: .*pattern.*found "a b"$/);
  assert.match(
    messageOf({ form: circle, layers: { Top: { opacity: 1 } } }),
    /layers\.Top: the name does not fit: .*a-z/,
  );
  assert.match(messageOf([]), /^drawing\.json: .*expected object.*found \[\]$/);
  assert.match(messageOf(undefined), /^drawing\.json: .*found nothing$/);
});

test('a suggestion is the word that was begun, else that with the fewest letters to change, whatever its case', () => {
  // Edit distances by hand: stps-steps 1, stps-step 2 (insert e, drop s), stps-batch 5.
  assert.equal(suggest('stps', ['batch', 'step', 'steps']), 'did you mean "steps"? Known: batch, step, steps.');
  assert.match(suggest('BATCH', ['steps', 'batch']), /did you mean "batch"\?/);
  assert.match(suggest('Seg', ['seat', 'segmentation']), /did you mean "segmentation"\?/);
  assert.equal(suggest('x', []), 'there is none');
});
