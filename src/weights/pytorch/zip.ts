/** Files that `torch.save` writes since PyTorch 1.6: a zip archive of a pickle and the storages. */
import { NddrError } from '../../errors.js';
import { shownName } from '../../words.js';
import type { ZipArchive, ZipEntry } from '../node/zip.js';
import { PickleReader } from '../pickle/reader.js';
import { unpickle } from '../pickle/unpickle.js';
import type { PickleValue } from '../pickle/values.js';
import { globalOf } from './globals.js';
import { MOST_PICKLE_BYTES } from './limits.js';
import { storageOf } from './persistent.js';
import type { StorageData } from './tensors.js';

const PICKLE = 'data.pkl';

/** The object that was saved. @param where the file's name, for messages */
export async function readZip(archive: ZipArchive, where: string): Promise<PickleValue> {
  const names = [...archive.entries.keys()];
  // The pickle lies in a folder, which is called `archive`, or as the file was.
  const prefixes = names.flatMap((name) => (/^([^/]+\/)?data\.pkl$/.test(name) ? name.slice(0, -PICKLE.length) : []));
  if (prefixes.length !== 1) {
    const found = prefixes.length === 0 ? 'no data.pkl' : `${prefixes.length} files data.pkl`;
    throw new NddrError(`${where} is a zip archive, but not one of torch.save: it has ${found}. Name another file.`);
  }
  const [prefix] = prefixes;
  if (archive.entries.has(`${prefix}constants.pkl`)) {
    throw new NddrError(
      `${where} is a TorchScript program, whose code is not read. Save its weights alone: ` +
        'torch.save(torch.jit.load(FILE).state_dict(), NEW_FILE).',
    );
  }
  await checkByteOrder(archive, prefix, where);
  const pickle = archive.entries.get(prefix + PICKLE) as ZipEntry;
  if (pickle.size > MOST_PICKLE_BYTES) {
    const most = `files of weights have less than ${MOST_PICKLE_BYTES}`;
    throw new NddrError(`${where}: its pickle takes ${pickle.size} bytes; ${most}. Save the state dict alone.`);
  }
  return unpickle(new PickleReader(await archive.read(pickle), 0, where), {
    global: (module, name) => globalOf(module, name, where),
    persistent: (id) =>
      storageOf(id, (key, bytes) => storageData(archive, `${prefix}data/${key}`, bytes, where), where),
  });
}

/** Newer files say in which byte order they are. */
async function checkByteOrder(archive: ZipArchive, prefix: string, where: string): Promise<void> {
  const entry = archive.entries.get(`${prefix}byteorder`);
  if (!entry) return;
  const order = entry.size > 16 ? '' : new TextDecoder().decode(await archive.read(entry));
  if (order.trim() === 'little') return;
  throw new NddrError(`${where} has its numbers in another byte order than "little". Save it on another machine.`);
}

function storageData(archive: ZipArchive, name: string, bytes: number, where: string): () => StorageData {
  const entry = archive.entries.get(name);
  if (!entry) {
    throw new NddrError(`${where} is damaged: it has no entry ${shownName(name)}. Copy or download it again.`);
  }
  if (entry.size !== bytes) {
    const found = `its storage ${shownName(name)} should have ${bytes} bytes and has ${entry.size}`;
    throw new NddrError(`${where} is damaged: ${found}. Copy or download it again.`);
  }
  const data: StorageData = {
    bytes,
    read: (offset, length) => (length === entry.size ? archive.read(entry) : archive.readPart(entry, offset, length)),
  };
  return () => data;
}
