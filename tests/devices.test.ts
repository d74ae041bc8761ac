/** Devices: what is asked for is used, or refused with the way out; and all of them give the same answers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { listSupportedBackends } from 'onnxruntime-node';
import { type Device, type DeviceName, deviceNames, devices } from '../src/engine/runtime/devices.js';
import { deviceFault, nodeRuntime, system } from '../src/engine/runtime/node.js';
import { smallestGraph } from '../src/engine/runtime/smallest-graph.js';
import { askDevice } from '../src/engine/runtime/webgpu.test.fixture.js';
import { type ConfigInput, parseConfig } from '../src/experiments/config.js';
import { detailsIn, hardwareIn, tryDevice } from '../src/experiments/doctor/devices.js';
import { exportRun } from '../src/experiments/export.js';
import { judgeRun } from '../src/experiments/judge.js';
import { type RunEvent, type RunOptions, run } from '../src/experiments/run.js';
import { eventsOf, nddr, temporaryFolder, tinyConfig } from './command.fixture.js';
import type { Comparison } from './device-answers.js';

const isHere = (name: DeviceName) => (devices[name] satisfies Device as Device).systems[system] !== undefined;
/** There is one on every system: none has both Direct3D and Core ML. */
const elsewhere = deviceNames.find((name) => !isHere(name)) ?? assert.fail('every device is on this system');
const config = {
  ...tinyConfig,
  network: { backbone: { kind: 'tiny', width: 0.25 }, fusion: { kind: 'nddr' } },
} as ConfigInput;

/** The folder of a run that was trained once for all tests. */
let trained: string;
before(async (t) => {
  trained = join(temporaryFolder(t as never), 'run');
  await eventsIn({ path: trained, config });
});

async function eventsIn(options: RunOptions): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run(options)) events.push(event);
  return events;
}

test('the table of devices has for this system the providers that the binding has', () => {
  const found = listSupportedBackends().map(({ name }) => name);
  for (const name of deviceNames) assert.equal(isHere(name), found.includes(devices[name].provider), name);
});

test('the smallest graph runs on the CPU and gives its numbers', async () => {
  assert.equal(await deviceFault('cpu'), undefined);
});

const refused = {
  name: 'NddrError',
  message: new RegExp(`^device ${elsewhere}: onnxruntime-node \\S+ has it on .+, and this is ${system}\\. .*cpu`),
};

test('a device of other systems is refused with those of this one, wherever it is asked for', async (t) => {
  const path = join(temporaryFolder(t), 'run');
  await assert.rejects(nodeRuntime({ device: elsewhere }).open(smallestGraph().model), refused);
  await assert.rejects(judgeRun({ path: trained, device: elsewhere }), refused);
  await assert.rejects(
    eventsIn({ path, config: { ...config, train: { ...config.train, device: elsewhere } } }),
    refused,
  );
  assert.ok(!existsSync(path), 'no folder is left');
});

test('a run that was trained on another device is used on the CPU, and goes on there when told', async () => {
  const file = join(trained, 'config.json');
  const stored = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(eventsOf(trained)[0].device, 'cpu');
  writeFileSync(file, JSON.stringify({ ...stored, train: { ...stored.train, device: elsewhere } }));
  assert.equal((await judgeRun({ path: trained })).images, 2);
  await assert.rejects(eventsIn({ path: trained, set: ['train.steps=6'] }), refused);
  const events = await eventsIn({ path: trained, set: ['train.steps=6', 'train.device=cpu'] });
  const settings = events.find((event) => event.type === 'settings');
  assert.deepEqual(
    settings?.changes.find(({ path }) => path === 'train.device'),
    {
      ...{ path: 'train.device', from: `"${elsewhere}"`, to: '"cpu"' },
    },
  );
  assert.ok(events.some((event) => event.type === 'done'));
});

test('a device that nobody has is named with those there are', () => {
  assert.throws(
    () => parseConfig({ ...config, train: { ...config.train, device: 'gpu' } }),
    /device: .*"webgpu".*"gpu"/,
  );
});

test('doctor tries a device in a process of its own, and tells a program what came of it', async (t) => {
  const { tried } = await tryDevice('cpu');
  assert.equal(tried.works, true, tried.fault);
  const { code, stdout, stderr } = await nddr(t, 'doctor', '--device', elsewhere, '--json');
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^error: device ${elsewhere}: .*${system}`));
  const report = JSON.parse(stdout);
  assert.equal(report.versions.node, process.versions.node);
  assert.deepEqual(
    report.devices.map(({ device, works }: { device: string; works: boolean }) => ({ device, works })),
    [{ device: elsewhere, works: false }],
  );
});

test('what drivers and the runtime print about faults and cards is found', () => {
  const printed = [
    "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory",
    'x [E:onnxruntime] Failed to load library /a/b.so with error: libcudnn.so.9: cannot open shared object file',
    'y OrtHardwareDevice {vendor_id:0x1022, device_id:0x0, vendor:AMD, type:0, metadata: []}',
    'z OrtHardwareDevice {vendor_id:0x10de, device_id:0x2684, vendor:, type:1, metadata: [Description=NVIDIA X, Discrete=1]}',
  ].join('\n');
  assert.deepEqual(detailsIn(printed), [
    "Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory",
    'libcudnn.so.9: cannot open shared object file',
  ]);
  assert.deepEqual(hardwareIn(printed), [
    { kind: 'processor', vendor: 'AMD', ids: ['0x1022', '0x0'] },
    { kind: 'graphics card', vendor: '', ids: ['0x10de', '0x2684'], description: 'NVIDIA X' },
  ]);
});

/** Variables with which no driver for Vulkan is found, whatever is installed. */
const NO_DRIVER = { VK_DRIVER_FILES: '/dev/null', VK_ICD_FILENAMES: '/dev/null' };

test('a card without a driver is refused with the reason of the runtime and with what is needed', {
  skip: isHere('webgpu') && process.platform === 'linux' ? false : 'only on Linux can drivers be hidden',
}, () => {
  const script = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
  const code = `import { main } from ${JSON.stringify(pathToFileURL(script))}; process.exitCode = await main(process.argv.slice(1));`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code, 'eval', trained, '--device', 'webgpu'],
    { env: { ...process.env, ...NO_DRIVER }, encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.match(stderr, /error: device webgpu: .*\(.*adapter.*\)\. It needs .*driver for Vulkan.*nddr doctor/);
});

test('a run and its exported files answer on a WebGPU device, if only in software, as on the CPU', async (t) => {
  const root = temporaryFolder(t);
  const fixed = join(root, 'fixed.onnx');
  await exportRun(trained, { images: 0, out: fixed, fixed: { width: 32, height: 24 } });
  const found = await askDevice<Comparison>('./device-answers.js', import.meta.url, [trained, fixed]);
  if ('missing' in found) return t.skip(found.missing);
  const { differences, step, update, model, damaged } = found.value;
  assert.ok(Math.max(...differences) < 1e-4, `differences ${differences}`);
  assert.deepEqual({ step, update, model }, { step: [], update: [], model: [] }, 'nodes that stay on the CPU');
  assert.match(damaged, /protobuf/i, 'a damaged model is not taken for a device that cannot be had');
});
