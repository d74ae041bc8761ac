/** Files of `torch.save`: state dicts and checkpoints, as zip archives or in the form before PyTorch 1.6. */
import { NddrError } from '../../errors.js';
import { ZipArchive } from '../node/zip.js';
import { contentsOf } from '../pytorch/contents.js';
import { readLegacy } from '../pytorch/legacy.js';
import { readZip } from '../pytorch/zip.js';
import type { ByteSource, WeightFile, WeightFormat } from '../weight-file.js';
import { firstZipName, isTar, isZip } from './signatures.js';

/** PROTO, a protocol up to 5, and LONG1 of 10 bytes: the magic number. */
const isLegacy = (head: Uint8Array): boolean =>
  head[0] === 0x80 && head[1] <= 5 && head[2] === 0x8a && head[3] === 0x0a && head[4] === 0x6c && head[5] === 0xfc;

export const pytorch: WeightFormat = {
  name: 'PyTorch',
  extensions: ['.pt', '.pth', '.pth.tar'],
  recognises: (head) => isLegacy(head) || /(^|\/)data\.pkl$/.test(firstZipName(head) ?? ''),
  open,
};

async function open(source: ByteSource): Promise<WeightFile> {
  const { name: where, size } = source;
  const head = await source.read(0, Math.min(512, size));
  if (isZip(head)) {
    const root = await readZip(await ZipArchive.open(source), where);
    return { format: 'PyTorch, zip', ...contentsOf(root, where) };
  }
  if (isTar(head)) {
    throw new NddrError(
      `${where} is a tar archive. If PyTorch wrote it before version 0.1.10, load and save it with a newer one; ` +
        'if it holds files of weights, unpack it first.',
    );
  }
  // Text, HTML of a failed download, and the like.
  if (head[0] !== 0x80 || head[1] > 5) {
    throw new NddrError(`${where} is not a file of torch.save: it begins otherwise. Check that it is complete.`);
  }
  return { format: 'PyTorch, legacy', ...contentsOf(await readLegacy(source), where) };
}
