/** Pretrained weights: from files of other programs, and of this one, into a network. */

export type { InputConvention } from './convention.js';
export { describeSource } from './describe.js';
export { familyNames } from './families/index.js';
export { type Mapping, parseMapping } from './mapping.js';
export { conventionOf, type Match, matchAll, planAll } from './match.js';
export { readMatch } from './read.js';
export type { SourceReport } from './report.js';
export type { WeightSource } from './source.js';
export { type Target, targetOf } from './target.js';
