/** The EXIF orientation of a JPEG. Browsers turn images by it, and do not tell it; labels are turned by it likewise. */

const ORIENTATION = 0x0112;
const APP1 = 0xe1;
const START_OF_SCAN = 0xda;

/** 1 to 8; 1 where the file has none, or is no JPEG. @param bytes the beginning of the file */
export function exifOrientation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint16(0) !== 0xffd8) return 1;
    for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== START_OF_SCAN; ) {
      const isExif = view.getUint8(at + 1) === APP1 && view.getUint32(at + 4) === 0x45786966;
      if (isExif) return orientationIn(new DataView(view.buffer, view.byteOffset + at + 10));
      at += 2 + view.getUint16(at + 2);
    }
  } catch (error) {
    // Beyond the end: the image has no such tag.
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

/** The tag in a TIFF directory. */
function orientationIn(tiff: DataView): number {
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  for (let entry = 0; entry < tiff.getUint16(directory, little); entry++) {
    const at = directory + 2 + 12 * entry;
    if (tiff.getUint16(at, little) !== ORIENTATION) continue;
    const found = tiff.getUint16(at + 8, little);
    return found >= 1 && found <= 8 ? found : 1;
  }
  return 1;
}
