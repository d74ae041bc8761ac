/** Who is measured beside the product, and where they are found. Peers share shapes, not weights. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const inPeers = (name: string) => `${root}bench/peers/${name}`;

/** Somebody who can be asked to measure something: the command that begins his command lines. */
export interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  /** As he names himself, with his version. */
  readonly version: string;
}

export interface Absent {
  readonly name: string;
  readonly reason: string;
  /** How to get him. */
  readonly install: string;
}

export const NDDR: Peer = {
  name: 'nddr',
  command: [process.execPath, fileURLToPath(new URL('../main.js', import.meta.url))],
  version: '',
};

const TORCH_PROBE = 'import torch; print(torch.__version__)';

function probeTorch(): Peer | Absent {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, ['-c', TORCH_PROBE], { encoding: 'utf8' });
    if (status === 0)
      return { name: 'PyTorch', command: [python, inPeers('torch_nddr.py')], version: `PyTorch ${stdout.trim()}` };
  }
  return {
    name: 'PyTorch',
    reason: 'neither python3 nor /usr/bin/python3 has it',
    install: 'apt-get install python3-torch, or pip install torch',
  };
}

function probePackage(name: string, packages: readonly string[], script: string): Peer | Absent {
  const missing = packages.filter((one) => !existsSync(inPeers(`node_modules/${one}/package.json`)));
  if (missing.length > 0)
    return {
      name,
      reason: `${missing.join(' and ')} not in bench/peers/node_modules`,
      install: 'npm install --prefix bench/peers',
    };
  return { name, command: [process.execPath, inPeers(script)], version: name };
}

export interface Peers {
  readonly torch?: Peer;
  readonly tfjs?: Peer;
  readonly jax?: Peer;
  readonly absent: readonly Absent[];
}

export function findPeers(): Peers {
  const torch = probeTorch();
  const tfjs = probePackage('TensorFlow.js', ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'], 'tfjs.mjs');
  const jax = probePackage('jax-js', ['@jax-js/jax'], 'jax.mjs');
  const found = (peer: Peer | Absent) => ('command' in peer ? peer : undefined);
  return {
    torch: found(torch),
    tfjs: found(tfjs),
    jax: found(jax),
    absent: [torch, tfjs, jax].filter((peer) => 'reason' in peer),
  };
}
