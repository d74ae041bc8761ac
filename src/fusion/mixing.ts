/** First weights with which tasks mix their features. */
import * as z from 'zod';

export const alpha = z
  .number()
  .default(0.9)
  .describe("First weight of a task's own features; in a sluice network, of a subspace's own.");

export const beta = z
  .number()
  .default(0.1)
  .describe('First weight of all other features together. The other tasks (or subspaces) share it equally.');
