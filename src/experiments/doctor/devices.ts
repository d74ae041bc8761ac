/** Tries every device of this machine, each in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Device, type DeviceName, deviceNames, devices } from '../../engine/runtime/devices.js';
import { system } from '../../engine/runtime/node.js';
import type { Adapter, Probe } from './probe.js';

/** What became of the attempt to use a device. */
export interface TriedDevice {
  readonly device: DeviceName;
  /** The execution provider of ONNX Runtime. */
  readonly provider: string;
  /** Where weights live while a network is trained. */
  readonly weights: Device['weights'];
  /** What graphs of training are lowered for. */
  readonly lowering: string;
  readonly works: boolean;
  /** Why it does not work. */
  readonly fault?: string;
  /** What else was said about that, a line each. */
  readonly details: readonly string[];
  /** What it needs here and how to get that; left out where there is no such device for this system. */
  readonly needs?: string;
  readonly adapter?: Adapter;
}

/** A processor or card that ONNX Runtime found. */
export interface Hardware {
  readonly kind: 'processor' | 'graphics card' | 'neural processor';
  readonly vendor: string;
  /** Of the vendor and of the device, as in 0x10de. */
  readonly ids: readonly [vendor: string, device: string];
  readonly description?: string;
}

const SCRIPT = fileURLToPath(new URL('./probe.js', import.meta.url));
/** The first start of a driver may take some seconds. */
const MOST_MILLIS = 120_000;

/** Tries a device. Its numbers are checked; a driver that crashes or hangs is a fault like others. */
export async function tryDevice(
  device: DeviceName,
): Promise<{ readonly tried: TriedDevice; readonly hardware: Hardware[] }> {
  const { provider, target, weights, systems }: Device = devices[device];
  const { probe, printed } = await runProbe(device);
  const works = probe.fault === undefined;
  const tried: TriedDevice = {
    ...{ device, provider, weights, lowering: target?.name ?? 'cpu', works },
    ...(!works && { fault: probe.fault }),
    details: works ? [] : detailsIn(printed),
    ...(systems[system] !== undefined && { needs: systems[system] }),
    ...(probe.adapter && { adapter: probe.adapter }),
  };
  return { tried, hardware: hardwareIn(printed) };
}

/** The devices there are, those that this system cannot have included. */
export const allDevices = deviceNames;

async function runProbe(device: DeviceName): Promise<{ readonly probe: Probe; readonly printed: string }> {
  const child = spawn(process.execPath, [SCRIPT, device], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MOST_MILLIS,
    killSignal: 'SIGKILL',
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  const ended = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  const line = texts.stdout.split('\n').findLast((text) => text.startsWith('{'));
  const probe: Probe = line
    ? JSON.parse(line)
    : { fault: `the process that tried it ended with ${ended}, or gave no answer in ${MOST_MILLIS / 1000} s` };
  return { probe, printed: texts.stderr };
}

/** Lines of drivers and of the runtime that name what is missing. */
export function detailsIn(printed: string): string[] {
  const lines = [...printed.matchAll(/^Warning: (Couldn't load .*)$|Failed to load library \S+ with error: (.*)$/gm)];
  return [...new Set(lines.map(([, warning, library]) => (warning ?? library ?? '').trim()))];
}

const KINDS = ['processor', 'graphics card', 'neural processor'] as const;

/** What ONNX Runtime found, of its log. */
export function hardwareIn(printed: string): Hardware[] {
  const found = printed.matchAll(
    /OrtHardwareDevice \{vendor_id:(\w+), device_id:(\w+), vendor:(.*?), type:(\d), metadata: \[(.*?)\]\}/g,
  );
  return [...found].map(([, vendorId, deviceId, vendor, type, metadata]) => {
    const [, description] = /Description=([^,\]]*)/.exec(metadata) ?? [];
    return {
      ...{ kind: KINDS[Number(type)] ?? 'processor', vendor, ids: [vendorId, deviceId] as const },
      ...(description && { description }),
    };
  });
}
