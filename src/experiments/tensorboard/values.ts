/** Events of a run as values under tags. */
import type { StoredEvent } from '../../train/node/run-folder.js';
import type { Config } from '../config.js';
import { imagesPerSecond } from '../speed.js';
import type { LogEvent, SummaryValue } from './record.js';

/** What an event of a run tells, as scalars; undefined where it tells no number. */
export function logged(event: StoredEvent, config: Config): LogEvent | undefined {
  const values = scalarsOf(event, config);
  if (values.length === 0) return undefined;
  return { seconds: secondsOf(event), step: event.step ?? 0, values };
}

/** The time of an event in seconds since 1970; 0 where it has none. */
export const secondsOf = ({ time }: StoredEvent): number => {
  const seconds = Date.parse(String(time)) / 1000;
  return Number.isFinite(seconds) ? seconds : 0;
};

/** The configuration as text. */
export const configurationOf = (config: Config): SummaryValue => ({
  tag: 'configuration',
  // Markdown shows indented lines as they are.
  text: JSON.stringify(config, null, 2).replaceAll(/^/gm, '    '),
});

function scalarsOf(event: StoredEvent, config: Config): SummaryValue[] {
  switch (event.type) {
    case 'step':
      return [
        ...scalars('loss', event.losses),
        ...scalars('training/total loss', event.total),
        ...scalars('weight of the loss', event.weights),
        ...scalars('training/rate', event.rate),
        ...(typeof event.stepMillis === 'number'
          ? scalars('training/images per second', imagesPerSecond(config, event.stepMillis))
          : []),
      ];
    case 'start':
      return scalars('share', event.shares);
    case 'evaluation':
      return [
        ...scalars('evaluation', event.values),
        ...scalars('evaluation/score', event.score),
        ...scalars('share', event.shares),
      ];
    case 'final':
      return scalars('final', event.values);
    default:
      return [];
  }
}

/** A number, or all numbers of an object at any depth, under its keys. NaN is a value too. */
function scalars(tag: string, value: unknown): SummaryValue[] {
  if (typeof value === 'number') return [{ tag, scalar: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => scalars(`${tag}/${key}`, inner));
}
