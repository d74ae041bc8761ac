// A backbone of your own, and NDDR trained over it on the built-in rooms: node examples/own-backbone.js
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { convBatchNormRelu, engine } from 'nddr';
import { parseConfig, run } from 'nddr/node';

/** Three stages, each half as fine as the one before: a convolution of stride 2, and one beside a shortcut. */
export default function ownBackbone({ channels = 24 }) {
  return [1, 2, 3].map((number) => {
    const options = { channels: channels * 2 ** (number - 1) };
    return {
      name: `stage${number}`,
      channels: options.channels,
      stride: 2 ** number,
      build(scope, x) {
        const halved = convBatchNormRelu(scope.child(`down${number}`), x, { ...options, stride: 2 });
        const inner = convBatchNormRelu(scope.child(`inner${number}`), halved, options);
        return engine.add(halved, inner);
      },
    };
  });
}

/** Not awaited where it is called: the run imports this file, which must be through by then. */
async function train(path) {
  const rates = { fusion: 1, headWeight: 1, headBias: 1 }; // alike for all layers: nothing is trained yet
  const config = parseConfig({
    name: 'own-backbone',
    data: { kind: 'rooms' },
    tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
    network: { backbone: { kind: 'module', path, channels: 16, head: 'aspp', width: 0.25 }, fusion: { kind: 'nddr' } },
    train: { steps: 200, batch: 8, height: 96, width: 96, rate: 0.03, rates },
  });
  for await (const event of run({ path: 'runs/own-backbone', config }))
    if (event.type === 'step' && event.step % 20 === 0) console.log(event.step, event.losses);
    else if (event.type === 'evaluation') console.log(event.values);
}

if (argv[1] === fileURLToPath(import.meta.url)) train(argv[1]);
