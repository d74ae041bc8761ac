/** Reads the image in the body of a request, within limits. */
import { readInfo } from '../data/image.js';
import { NddrError } from '../errors.js';
import { Refusal } from '../http/refusal.js';
import { aboutBody, BODY } from './answer.js';
import type { ServeLimits } from './settings.js';

/** Types of bodies that hold an image and nothing else. What the image is, its first bytes say. */
export const IMAGE_TYPES = [
  ...['image/jpeg', 'image/png', 'image/webp', 'image/tiff', 'image/gif', 'image/avif'],
  'application/octet-stream',
] as const;
export const FORM_TYPE = 'multipart/form-data';
/** The field of a form that has the image. */
export const FORM_FIELD = 'image';

/** What the other parts of a form may take beside the image. */
const FORM_BYTES = 64 * 1024;

/**
 * Reads the image that a request carries. Its type and length are checked before the body is read.
 * @throws Refusal 400, 413 or 415
 */
export async function imageIn(request: Request, { megabytes }: ServeLimits): Promise<Uint8Array> {
  const header = request.headers.get('content-type') ?? '';
  const type = header.split(';')[0].trim().toLowerCase();
  const isForm = type === FORM_TYPE;
  if (!isForm && !(IMAGE_TYPES as readonly string[]).includes(type))
    throw new Refusal(
      415,
      `${type === '' ? 'The request has no Content-Type' : `The Content-Type ${type.slice(0, 100)} is none that is taken`}. ` +
        `Send the file of an image as the body, with one of ${IMAGE_TYPES.join(', ')}; or a form (${FORM_TYPE}) with the field "${FORM_FIELD}".`,
    );
  const encoding = request.headers.get('content-encoding');
  if (encoding && encoding !== 'identity')
    throw new Refusal(415, `The Content-Encoding ${encoding.slice(0, 100)} is not taken. Send the file as it is.`);
  const most = Math.floor(megabytes * 1e6);
  const bytes = await read(request, isForm ? most + FORM_BYTES : most, megabytes);
  if (bytes.length === 0) throw new Refusal(400, 'The request has no body. Send the file of an image.');
  return isForm ? fileIn(bytes, header) : bytes;
}

async function read(request: Request, most: number, megabytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new Refusal(413, `The body is larger than ${megabytes} MB (--megabytes of the server). Reduce the image.`);
  if (Number(request.headers.get('content-length')) > most) throw tooLarge();
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) throw tooLarge();
    chunks.push(value);
  }
  return Buffer.concat(chunks, length);
}

/** The file in a form. */
async function fileIn(bytes: Uint8Array, type: string): Promise<Uint8Array> {
  const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined);
  if (!form) throw new Refusal(400, 'The form is damaged. Send the file of an image as the body, without a form.');
  const file = form.get(FORM_FIELD);
  if (file === null || typeof file === 'string')
    throw new Refusal(400, `The form has no file in the field "${FORM_FIELD}".`);
  return new Uint8Array(await file.arrayBuffer());
}

/**
 * Checks an image by its header, before anything is decoded.
 * @throws Refusal 413 when it has too many pixels, 422 when it is no image that can be read
 */
export async function expectImage(bytes: Uint8Array, { megapixels }: ServeLimits): Promise<void> {
  const { width, height } = await readInfo(bytes, BODY).catch((error: unknown) => {
    throw error instanceof NddrError ? new Refusal(422, aboutBody(error.message)) : error;
  });
  if (width * height <= megapixels * 1e6) return;
  throw new Refusal(
    413,
    `The image has ${width}x${height} pixels, more than ${megapixels} million (--megapixels of the server). Reduce it.`,
  );
}
