/** The description of the service for programs: OpenAPI 3.1. */
import type { ServedModel } from './messages.js';
import type { ServeLimits } from './settings.js';

export const openApi = (model: ServedModel, limits: ServeLimits, version: string) => ({
  openapi: '3.1.0',
  model,
  limits,
  version,
});
