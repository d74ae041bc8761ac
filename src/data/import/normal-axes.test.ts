import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeTestFile } from '../folder.test.fixture.js';
import { encodePng } from '../image.js';
import { CLASSES_WITH_NORMALS, PART_INDEX } from './classes/pascal-context.js';
import { openFolderSource } from './folder-source.js';
import { NYU_AXES, tellAxes } from './normal-axes.js';

const rows = [
  { name: 'a wall in the files of NYU', colours: [[128, 255, 128]], axes: 'x,z,y', away: '0.0 %' },
  { name: 'a wall in the files of refinenet', colours: [[128, 0, 128]], axes: 'x,-z,y', away: '0.0 %' },
  {
    name: 'walls in the usual colours',
    colours: [
      [128, 90, 250],
      [128, 165, 250],
    ],
    axes: 'x,y,z',
    away: '0.0 %',
  },
];

for (const { name, colours, axes, away } of rows) {
  test(`the axes are told from the side that faces the viewer: ${name}`, async (t) => {
    const root = await temporaryFolder(t);
    // The left half has no direction.
    const data = Uint8Array.from({ length: 48 }, (_, at) =>
      at % 12 < 6 ? 128 : colours[Math.floor(at / 12) % colours.length][at % 3],
    );
    await writeTestFile(join(root, '1.png'), await encodePng({ width: 4, height: 4, data }));
    await writeTestFile(join(root, '2.png'), 'damaged');
    const source = await openFolderSource(root);
    const told = await tellAxes(
      source.names.map((file) => ({ source, name: file })),
      NYU_AXES,
      'axes',
    );
    assert.equal(told.axes.join(), axes);
    assert.match(told.notes[0], new RegExp(`^guessed: normals: .*${away} of the vectors of 2 files`));
  });
}

test('normals of PASCAL_MT count on rope, which NYU v2 has, and not on a rocking horse', () => {
  assert.ok(CLASSES_WITH_NORMALS.has(329) && !CLASSES_WITH_NORMALS.has(328));
  assert.equal(CLASSES_WITH_NORMALS.size, 170);
  assert.equal(PART_INDEX.size, 24);
});
