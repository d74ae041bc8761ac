/** How files of weights would be taken into a network, for `nddr weights match`. */
import { resolve } from 'node:path';
import { NddrError } from '../errors.js';
import { planAll } from '../pretrained/index.js';
import type { Config } from './config.js';
import { completeConfig, networkOf } from './setup.js';
import { planStart, type StartPlan } from './start.js';

/**
 * Plans what the network of a configuration would take of files; nothing is trained or written. Where a training would be
 * refused because too little of a file fits, the plan has its `shortage`.
 * @param files in place of those that the configuration names
 * @throws NddrError when a file cannot be read or matched, none is named, or the data set cannot be opened
 */
export async function matchFiles(given: Config, files: readonly string[]): Promise<StartPlan> {
  const { network, train } = given;
  const wanted =
    files.length === 0
      ? given
      : {
          ...given,
          network: { ...network, weights: files.map((file) => resolve(file)) },
          train: { ...train, start: null },
        };
  const config = await completeConfig(wanted);
  // The configuration is the user's own file, and so is the module that it may name.
  const plan = await planStart(config, await networkOf(config, { allowModule: true }), planAll);
  if (plan) return plan;
  throw new NddrError('The configuration names no weights (network.weights, train.start): name files to match.');
}
