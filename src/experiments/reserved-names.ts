/** Names that no task may have, because other things have them. */
import { isOfEveryObject } from '../tasks/name.js';

/** Reserved names, which no task may have, with the reason. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['image', "is that of the network's input"],
  ['shared', 'is that of the trunk that tasks share'],
  ['shortcut', "is that of the shortcut's layers"],
  ['optimizer', "is that of the optimizer's state in checkpoints"],
  ['weighting', "is that of the loss weighting's variables"],
  ['vectors', 'is that of an output of the training step'],
  ...['label', 'loss', 'logits', 'weight', 'count', 'present', 'gradient', 'observed', 'taskGradient'].map(
    (name): [string, string] => [name, 'begins the names of values of the training step'],
  ),
]);

/** Why a task cannot have a name, in words; undefined where it can. */
export function reservedName(name: string): string | undefined {
  if (isOfEveryObject(name)) return 'is one that every object of JavaScript has';
  if (/^(nddr|stitch|sluice|mtan)\d*$/.test(name)) return 'is that of layers between the tasks';
  return RESERVED.get(name);
}
