/** Settings that all backbones take. */
import * as z from 'zod';

export const width = z
  .number()
  .positive()
  .default(1)
  .describe('Factor on every channel count. 1 is the published network.');

/** @param value the default */
export const keep = (value: number) =>
  z
    .number()
    .gt(0)
    .max(1)
    .default(value)
    .describe('Share of the features that dropout keeps in the head. 1: no dropout.');
