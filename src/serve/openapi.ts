/** The description of the service for programs: OpenAPI 3.1. */
import { z } from 'zod';
import { FORM_FIELD, FORM_TYPE, IMAGE_TYPES } from './body.js';
import type { ServedModel } from './messages.js';
import type { ServeLimits } from './settings.js';
import { parameters } from './wanted.js';

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Json): Json => ({ 'application/json': { schema } });
const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  ...{ type: 'object', properties, required },
});
const whole: Json = { type: 'integer', minimum: 0 };
const text: Json = { type: 'string' };

const SCHEMAS: Json = {
  Error: object({ error: { type: 'string', description: 'What is wrong, and the way out' } }),
  Png: object({
    ...{ type: { const: 'image/png' }, width: whole, height: whole },
    base64: { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png' },
  }),
  Map: {
    allOf: [
      ref('Png'),
      object({
        unit: {
          enum: ['classes', 'millimetres', 'percent', 'colours'],
          description: 'What the whole numbers are: indices of `classes`, millimetres (16 bits), per cent; or colours',
        },
      }),
    ],
  },
  Array: object({
    ...{ type: { const: 'float32' }, shape: { type: 'array', items: whole } },
    base64: { type: 'string', contentEncoding: 'base64', description: 'Little-endian, channel by channel, row by row' },
  }),
  Task: {
    ...object({
      ...{ name: text, kind: text, level: { enum: ['pixel', 'image'] } },
      legend: {
        type: 'array',
        items: object({ label: text, colour: { type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 } }),
      },
    }),
    description:
      'Also has what its kind of task describes, such as `classes`, `unit`, `axes`, and as `numbers` what maps=array holds',
    additionalProperties: true,
  },
  Answer: {
    allOf: [
      ref('Task'),
      object(
        {
          map: { oneOf: [ref('Map'), ref('Array')] },
          picture: ref('Png'),
          value: { type: 'object', description: 'The answer about the image as a whole' },
          words: { type: 'string', description: 'The same in a line' },
        },
        [],
      ),
    ],
  },
  Answers: object({
    model: object({ name: text, step: { type: ['integer', 'null'] } }),
    image: object({
      ...{ width: whole, height: whole },
      orientation: { type: 'integer', description: 'Of its EXIF tag; the answers are about the upright image' },
      pages: { type: 'integer', description: 'Of the file; the first is answered' },
    }),
    shown: {
      ...object({ kind: { enum: ['whole', 'tiles', 'reduced'] } }),
      description: 'How the image was given to the network: with `count` tiles, or reduced to `width` x `height`',
      additionalProperties: true,
    },
    tasks: { type: 'object', additionalProperties: ref('Answer') },
    milliseconds: object(
      Object.fromEntries(['waited', 'decode', 'network', 'draw', 'total'].map((part) => [part, { type: 'number' }])),
    ),
  }),
  Health: object({ status: { enum: ['ready', 'starting', 'stopping'] }, inHand: whole }),
  Model: object({
    ...{ name: text, step: { type: ['integer', 'null'] }, tasks: { type: 'array', items: ref('Task') } },
    limits: { type: 'object', additionalProperties: { type: 'number' } },
  }),
};

/** The reasons for which any request is refused, by status. */
const anyRefusals = (uploadSeconds: number): Readonly<Record<number, string>> => ({
  400: 'The request is no valid HTTP',
  403: 'The host or the origin is not one of those that are allowed',
  405: 'Another method than GET and HEAD',
  408: `The request took more than ${uploadSeconds} s to arrive`,
  431: 'The head of the request is too long',
  500: 'A fault of the server',
});

/** The reasons for which an image is refused, by status. */
const refusals = ({
  megabytes,
  megapixels,
  uploadSeconds,
  answerSeconds,
  queue,
}: ServeLimits): Readonly<Record<number, string>> => ({
  ...anyRefusals(uploadSeconds),
  400: 'A parameter is wrong, the body is empty, or the request is no valid HTTP',
  405: 'Another method than POST',
  413: `More than ${megabytes} MB or ${megapixels} megapixels, or an answer in arrays that would be too large`,
  415: 'The body has a type that is not taken',
  422: 'The body is no image, is damaged, or too small for the network',
  503: `The queue is full (${queue + 1} in hand), the image had no turn in time, or the server starts or stops`,
  504: `The image was not answered within ${answerSeconds} s`,
});

/** The document. @param version of the program */
export function openApi(model: ServedModel, limits: ServeLimits, version: string): Json {
  const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
  const failure = (description: string) => ({ description, content: json(ref('Error')) });
  const success = (description: string, schema: Json) => ({ 200: { description, content: json(schema) } });
  const names = model.tasks.map(({ name }) => name);
  const failures = (reasons: Readonly<Record<number, string>>) =>
    Object.fromEntries(Object.entries(reasons).map(([status, reason]) => [status, failure(reason)]));
  const anyFailures = failures(anyRefusals(limits.uploadSeconds));
  const retry = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } };
  return {
    openapi: '3.1.0',
    info: {
      title: `nddr: ${model.name}`,
      version: version || '0',
      description: `Answers questions about images: ${names.join(', ')}.`,
    },
    servers: [{ url: '/' }],
    paths: {
      '/predict': {
        post: {
          operationId: 'predict',
          summary: 'Answers every question about an image',
          parameters: Object.entries(properties).map(([name, schema]) => ({
            ...{ name, in: 'query', required: false, schema },
            ...(name === 'tasks' && { example: names.slice(0, 2).join(',') }),
          })),
          requestBody: {
            required: true,
            content: {
              ...Object.fromEntries(IMAGE_TYPES.map((type) => [type, {}])),
              [FORM_TYPE]: {
                schema: object({ [FORM_FIELD]: { type: 'string', contentMediaType: 'application/octet-stream' } }),
              },
            },
          },
          responses: {
            ...success('The answers', ref('Answers')),
            ...failures(refusals(limits)),
            503: { ...failure(refusals(limits)[503]), headers: retry },
          },
        },
      },
      '/health': {
        get: {
          ...{ operationId: 'health', summary: 'Whether images are answered' },
          responses: {
            ...success('Ready', ref('Health')),
            ...anyFailures,
            503: { description: 'Starting or stopping', content: json(ref('Health')) },
          },
        },
      },
      '/metrics': {
        get: {
          ...{ operationId: 'metrics', summary: 'Counts and times, for Prometheus' },
          responses: { 200: { description: 'Metrics', content: { 'text/plain': { schema: text } } }, ...anyFailures },
        },
      },
      '/model': {
        get: {
          ...{ operationId: 'model', summary: 'The tasks, and the limits of the server' },
          responses: { ...success('The model', ref('Model')), ...anyFailures, 503: failure('Starting') },
        },
      },
      '/openapi.json': {
        get: {
          ...{ operationId: 'openapi', summary: 'This document' },
          responses: { ...success('The document', { type: 'object' }), ...anyFailures, 503: failure('Starting') },
        },
      },
    },
    components: { schemas: SCHEMAS },
  };
}
