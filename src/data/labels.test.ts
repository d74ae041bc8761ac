import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { boundariesOf } from './boundaries.js';
import { labelOf, npy, npyOf, png, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { readLabel } from './read-label.js';

/** Reads the bytes of a label file as a description of its kind says. */
async function read(t: TestContext, file: string, bytes: Uint8Array, what: object) {
  return readLabel(await writeTestFile(join(await temporaryFolder(t), file), bytes), labelOf(what));
}

const three = { kind: 'segmentation', classes: ['sky', 'road', 'car'], ignore: 9 };
const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6) => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) <= tolerance, `[${i}] is ${actual[i]}, expected ${value}`);
  });
};

test('class indices are kept and the ignored one becomes 255', async (t) => {
  const map = await read(t, 'a.png', png(2, 2, 1, [0, 2, 9, 1]), three);
  assert.deepEqual([map.channels, map.height, map.width, [...map.data]], [1, 2, 2, [0, 2, 255, 1]]);
});

test('a class index of 200 is refused with file, index and place', async (t) => {
  await assert.rejects(read(t, 'bad.png', png(2, 2, 1, [0, 2, 200, 1]), three), {
    name: 'NddrError',
    message: /bad\.png: class index 200 at x 0, y 1 \(1 pixel without a class\), expected 0 to 2, or 9/,
  });
});

test('a class map in colours that no class has is refused', async (t) => {
  const painted = png(1, 1, 3, [128, 64, 128]);
  await assert.rejects(read(t, 'rgb.png', painted, three), /rgb\.png: has 3 channels a pixel and holds colours/);
});

test('normals become unit vectors with y up, zero where unlabelled', async (t) => {
  // (255 127.5 127.5) would be exactly (1, 0, 0); 16 bits have a middle close enough to tell.
  const colours = [65535, 32768, 32768, 32768, 65535, 32768, 0, 0, 0];
  const what = { kind: 'normals', unlabelled: [0, 0, 0] };
  near((await read(t, 'n.png', png(3, 1, 3, colours, 16), what)).data, [1, 0, 0, 0, 1, 0, 0, 0, 0], 1e-4);
  const down = await read(t, 'n.png', png(3, 1, 3, colours, 16), { ...what, yAxis: 'down' });
  near(down.data, [1, 0, 0, 0, -1, 0, 0, 0, 0], 1e-4);
});

test('zero normals, and colours that are no normals, are refused with what to set', async (t) => {
  await assert.rejects(read(t, 'z.png', png(1, 1, 3, [127, 128, 128]), { kind: 'normals' }), {
    name: 'NddrError',
    message: /z\.png: colour \(127, 128, 128\) at x 0, y 0 is a zero vector .*"unlabelled".* to \[127, 128, 128\]/,
  });
  await assert.rejects(
    read(t, 'w.png', png(1, 1, 3, [255, 255, 255]), { kind: 'normals' }),
    /w\.png: .*no unit vector/,
  );
});

test('depth of 16 bits is read in metres', async (t) => {
  const map = await read(t, 'd.png', png(3, 1, 1, [0, 1500, 65535], 16), { kind: 'depth', metresPerValue: 0.001 });
  near(map.data, [0, 1.5, 65.535], 1e-5);
});

test('depth of .npy files is read, and NaN in it refused', async (t) => {
  const what = { kind: 'depth', metresPerValue: 1 };
  const map = await read(t, 'd.npy', npy([2, 2], [0, 0.5, 2, 3.25]), what);
  assert.deepEqual([map.height, map.width, [...map.data]], [2, 2, [0, 0.5, 2, 3.25]]);
  await assert.rejects(read(t, 'd.npy', npy([1, 2], [1, Number.NaN]), what), /d\.npy: depth NaN at x 1, y 0/);
  await assert.rejects(read(t, 'd.npy', npy([1, 2], [1, -1]), what), /d\.npy: depth -1 at x 1, y 0/);
  await assert.rejects(read(t, 'd.npy', npy([2, 2], [1, 2]), what), /d\.npy is damaged: it should have/);
});

test('depth of .npy files may be whole numbers of 64 bits', async (t) => {
  const millimetres = npyOf({ shape: [1, 3], data: new BigInt64Array([0n, 1500n, 65535n]) });
  const map = await read(t, 'd.npy', millimetres, { kind: 'depth', metresPerValue: 0.001 });
  near(map.data, [0, 1.5, 65.535], 1e-5);
});

test('invalid values and depths beyond the maximum are unlabelled, in PNG and .npy files alike', async (t) => {
  const what = { kind: 'depth', metresPerValue: 0.001, invalid: [65535, 7], maximum: 4 };
  const values = [0, 7, 1500, 4000, 4001, 65535];
  const expected = [0, 0, 1.5, 4, 0, 0];
  near((await read(t, 'd.png', png(6, 1, 1, values, 16), what)).data, expected);
  near((await read(t, 'd.npy', npy([1, 6], values), what)).data, expected);
  near((await read(t, 'd.npy', npyOf({ shape: [1, 6], data: Int32Array.from(values) }), what)).data, expected);
});

test('depth that is NaN, infinite or negative is unlabelled on request, else refused with how many', async (t) => {
  const bytes = npy([1, 4], [Number.NaN, Number.POSITIVE_INFINITY, -1, 2]);
  const what = { kind: 'depth', metresPerValue: 1 };
  await assert.rejects(read(t, 'd.npy', bytes, what), {
    name: 'NddrError',
    message: /d\.npy: depth NaN at x 0, y 0 \(3 pixels are NaN, infinite or negative\).*"others" .* to "unlabelled"/,
  });
  near((await read(t, 'd.npy', bytes, { ...what, others: 'unlabelled' })).data, [0, 0, 0, 2]);
});

test('whole numbers of 64 bits that no label could hold are refused', async (t) => {
  const bytes = npyOf({ shape: [1, 1], data: BigUint64Array.of(2n ** 60n) });
  await assert.rejects(read(t, 'd.npy', bytes, three), /d\.npy: holds 1152921504606846976, which is too large/);
});

test('boundaries begin at the threshold; soft ones are refused with what to set', async (t) => {
  const bytes = () => png(4, 1, 1, [0, 1, 100, 255]);
  assert.deepEqual([...(await read(t, 'b.png', bytes(), { kind: 'boundaries' })).data], [0, 1, 1, 1]);
  const half = { kind: 'boundaries', threshold: 128, ignore: [1, 2] };
  assert.deepEqual([...(await read(t, 'b.png', bytes(), half)).data], [0, 255, 0, 1]);
  const whole = npyOf({ shape: [1, 4], data: BigInt64Array.of(0n, 1n, 100n, 255n) });
  assert.deepEqual([...(await read(t, 'b.npy', whole, half)).data], [0, 255, 0, 1]);
  assert.throws(() => labelOf({ kind: 'boundaries', soft: true }), /soft: .*yes or no; set "threshold", such as 128/);
  assert.throws(() => labelOf({ kind: 'saliency', from: 1 }), /from: .*is called "threshold"/);
});

test('boundary files hold 0 for none, any other value for a boundary', async (t) => {
  const map = await read(t, 'b.png', png(4, 1, 1, [0, 1, 255, 7]), { kind: 'boundaries', ignore: 7 });
  assert.deepEqual([...map.data], [0, 1, 1, 255]);
});

test('boundaries lie on both sides of a border, at even thickness, and not along unlabelled pixels', () => {
  const rows = ['aaabbb', 'aaabbb', 'aa??bb', 'cc??bb'].join('');
  const data = Uint8Array.from(rows, (c) => (c === '?' ? 255 : c.charCodeAt(0) - 97));
  const drawn = (thickness: number) =>
    [...boundariesOf({ channels: 1, height: 4, width: 6, data }, thickness).data]
      .map((v) => (v === 255 ? '?' : v === 1 ? '#' : '.'))
      .join('');
  assert.equal(drawn(1), ['..#...', '..#...', '##??..', '..??..'].join(''));
  assert.equal(drawn(2), ['..##..', '..##..', '##??..', '##??..'].join(''));
});
