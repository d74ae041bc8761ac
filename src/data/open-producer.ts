import { openDataset } from './index.js';
import { type Producer, type Product, type Production, producerOf } from './produce.js';

/** Opens the data set and does the jobs in this thread. @throws NddrError when it cannot be opened or lacks a label */
export async function openProducer(production: Production): Promise<Producer<Product>> {
  const { data, split } = production.config;
  return producerOf(await openDataset(data, split), production);
}
