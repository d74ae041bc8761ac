/** What is measured: every case names its contenders and the command line of each. */
import { FUSIONS, PEER_FUSIONS } from '../options.js';
import { NDDR, type Peer, type Peers } from './peers.js';

/** A number that a contender's JSON line holds. */
export interface Value {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
}

export interface Contender {
  readonly who: string;
  readonly command: readonly string[];
  /** The fastest of these is what the product is compared with. */
  readonly yardstick: boolean;
}

export interface Case {
  /** KIND/CONFIGURATION */
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly contenders: readonly Contender[];
}

export interface Kind {
  readonly name: string;
  readonly title: string;
  /** The first one is compared with the yardstick. */
  readonly values: readonly Value[];
}

const millis = (key: string, title = 'time'): Value => ({ key, title, unit: 'ms' });
const perSecond = (key: string, title: string): Value => ({ key, title, unit: 'images/s' });

/** Milliseconds from starting a process to the line that it prints; the harness adds it to every line. */
export const ELAPSED = 'elapsed_ms';

const KINDS = {
  step: { title: 'Training step', values: [millis('step_ms')] },
  infer: { title: 'Inference, one image', values: [millis('infer_ms')] },
  open: { title: 'Building a session', values: [millis('build_ms', 'graph'), millis('open_ms', 'session')] },
  first: { title: 'From starting the process to the end of the first step', values: [millis(ELAPSED)] },
  pipeline: {
    title: 'Data pipeline, 640x480 JPEG and two PNG label maps',
    values: [
      perSecond('first_epoch_images_per_s', 'first epoch'),
      perSecond('later_images_per_s', 'later epochs'),
      { key: 'waiting_percent', title: 'step waits for data', unit: '%' },
      millis('training_step_ms', 'step while loading'),
    ],
  },
  conv: {
    title: 'One 3x3 convolution',
    values: [millis('forward_ms', 'forward'), millis('both_ms', 'with gradients')],
  },
  tiny: { title: 'Training step of a tiny network', values: [millis('step_ms')] },
} satisfies Record<string, Omit<Kind, 'name'>>;

type KindName = keyof typeof KINDS;

/** A configuration of the network, as options of every contender's command line. */
interface Shape {
  readonly title: string;
  readonly width: number;
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  readonly fusion?: string;
  readonly tasks?: number;
}

const SMALL = { width: 0.25, size: 96, batch: 8, steps: 15 };
const FULL = { title: 'full: width 1, 321x321, batch 1', width: 1, size: 321, batch: 1, steps: 3 };
/** At batch 1 PyTorch takes a slow convolution for maps this small, which would say little. */
const TINY = { title: 'width 0.0625, 33x33, batch 2', width: 0.0625, size: 33, batch: 2, steps: 20 };

const STEPS: Readonly<Record<string, Shape>> = {
  full: FULL,
  'full-batch': { title: 'full, 161x161, batch 4', width: 1, size: 161, batch: 4, steps: 3 },
  small: { title: 'small: width 0.25, 96x96, batch 8', ...SMALL },
  'small-3-tasks': { title: 'small, three tasks', ...SMALL, tasks: 3 },
  'small-4-tasks': { title: 'small, four tasks', ...SMALL, tasks: 4 },
  ...Object.fromEntries(
    FUSIONS.filter((fusion) => fusion !== 'nddr').map((fusion) => [
      `small-${fusion}`,
      { title: `small, ${fusion}`, ...SMALL, fusion },
    ]),
  ),
};

const IMAGES: Readonly<Record<string, { title: string; width: number; size: string; steps: number }>> = {
  full: { title: 'full: width 1, 321x321', width: 1, size: '321', steps: 5 },
  photo: { title: 'full, 640x480', width: 1, size: '480x640', steps: 3 },
  small: { title: 'small: width 0.25, 96x96', width: 0.25, size: '96', steps: 60 },
  'small-photo': { title: 'small, 640x480', width: 0.25, size: '480x640', steps: 10 },
};

/** `{ fusion: 'nddr', tasks: undefined }` -> `--fusion nddr` */
const words = (options: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));

const convWords = (channels: number, threads: number) => words({ channels, size: 81, steps: 7, threads });

export interface CaseOptions {
  readonly peers: Peers;
  readonly threads: number;
  readonly quick: boolean;
}

/** All cases, in the order in which they are measured. */
export function casesOf({ peers, threads, quick }: CaseOptions): Case[] {
  const torch = (...modes: readonly (readonly string[])[]): Contender[] =>
    peers.torch
      ? modes.map(([who, ...args]) => ({
          ...contender(peers.torch as Peer, args),
          who: `PyTorch, ${who}`,
          yardstick: true,
        }))
      : [];
  const other = (peer: Peer | undefined, who: string, ...args: string[]): Contender[] =>
    peer ? [{ ...contender(peer, args), who }] : [];
  const of = (
    kind: KindName,
    name: string,
    title: string,
    args: readonly string[],
    rivals: Contender[] = [],
  ): Case => ({
    id: `${kind}/${name}`,
    kind: { name: kind, ...KINDS[kind] },
    title,
    contenders: [contender(NDDR, args), ...rivals],
  });
  const stepOf = (kind: KindName, name: string, { title, steps, ...shape }: Shape, rivals: Contender[] = []): Case => {
    const options = words({ ...shape, steps: quick ? Math.ceil(steps / 3) : steps, threads });
    const modes = [
      ['channels first', 'time', ...options],
      ['channels last', 'time', ...options, '--channels-last'],
    ];
    const rows = PEER_FUSIONS.includes(shape.fusion ?? 'nddr') ? torch(...modes) : [];
    return of(kind, name, title, ['step', ...options], [...rows, ...rivals]);
  };
  const inferOf = (name: string): Case => {
    const { title, width, size, steps } = IMAGES[name];
    const options = words({ width, size, steps: quick ? Math.ceil(steps / 3) : steps, threads });
    const last = [...options, '--channels-last'];
    const modes = [
      ['channels first', 'infer', ...options],
      ['channels last', 'infer', ...last],
      ['frozen', 'infer', ...last, '--freeze'],
    ];
    const wasm = name === 'photo' ? [] : other(peers.tfjs, 'TensorFlow.js WASM', 'infer', ...options);
    return of('infer', name, title, ['infer', ...options], [...torch(...modes), ...wasm]);
  };
  const openOf = (name: string, title: string, what: string, { width, size, batch }: Omit<Shape, 'title' | 'steps'>) =>
    of('open', name, title, ['open', ...words({ what, width, size, batch, threads })]);
  const firstOf = (name: string, title: string, { width, size, batch }: Omit<Shape, 'title' | 'steps'>) => {
    const options = words({ width, size, batch, threads });
    return of('first', name, title, ['first', ...options], torch(['channels first', 'first', ...options]));
  };
  const convOf = (name: string, channels: number, jax: Contender[] = []): Case => {
    const options = convWords(channels, threads);
    const rows = torch(
      ['channels first', 'conv', ...options],
      ['channels last', 'conv', ...options, '--channels-last'],
    );
    const wasm = other(peers.tfjs, 'TensorFlow.js WASM', 'conv', ...options);
    return of('conv', name, `${channels} channels, 81x81`, ['conv', ...options], [...rows, ...wasm, ...jax]);
  };
  const tiny = words({ width: TINY.width, size: TINY.size, batch: TINY.batch });
  return [
    stepOf('step', 'full', STEPS.full),
    ...Object.entries(STEPS).flatMap(([name, shape]) => (name === 'full' ? [] : [stepOf('step', name, shape)])),
    ...Object.keys(IMAGES).map(inferOf),
    openOf('full', 'training step, full', 'step', FULL),
    openOf('small', 'training step, small', 'step', SMALL),
    openOf('model', 'exported model, full', 'infer', FULL),
    firstOf('full', 'full: width 1, 321x321, batch 1', FULL),
    firstOf('small', 'small: width 0.25, 96x96, batch 8', SMALL),
    of('pipeline', 'crops', 'crops of 321x321; training: width 0.25, 96x96, batch 8', [
      'pipeline',
      ...words({ images: quick ? 100 : 300 }),
    ]),
    convOf('large', 256),
    // On the larger one it would take minutes.
    convOf('small', 64, other(peers.jax, 'jax-js WASM', 'conv', ...convWords(64, threads))),
    stepOf('tiny', 'tiny', TINY, [...other(peers.tfjs, 'TensorFlow.js CPU', 'step', ...tiny)]),
  ];
}

const contender = ({ name, command }: Peer, args: readonly string[]): Contender => ({
  who: name,
  command: [...command, ...args],
  yardstick: false,
});
