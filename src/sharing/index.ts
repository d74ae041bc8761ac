export { type MixingLayer, type MixingNetwork, mixingLayers } from './layers.js';
export {
  FATES,
  type Fate,
  KEPT,
  type LayerShares,
  type OutputShares,
  type ShareTable,
  sharesOf,
  shareTable,
  TAKEN_OVER,
  type VarianceOf,
} from './shares.js';
