// The classes of PASCAL VOC's segmentation challenge: Everingham et al., "The PASCAL Visual Object Classes Challenge",
// IJCV 2010. The colours are those of its palette.

/** In the order of their indices; 255 is void. */
export const VOC_CLASSES: readonly string[] = [
  'background',
  'aeroplane',
  'bicycle',
  'bird',
  'boat',
  'bottle',
  'bus',
  'car',
  'cat',
  'chair',
  'cow',
  'diningtable',
  'dog',
  'horse',
  'motorbike',
  'person',
  'pottedplant',
  'sheep',
  'sofa',
  'train',
  'tvmonitor',
];

export const VOC_VOID = 255;

/** The colour of an index in the palette of VOC: the bits of the index, three at a time, from the highest bits of red, green and blue on. */
export function vocColour(index: number): [number, number, number] {
  const colour: [number, number, number] = [0, 0, 0];
  for (let bits = index, shift = 7; bits > 0; bits >>= 3, shift--) {
    for (let channel = 0; channel < 3; channel++) colour[channel] |= ((bits >> channel) & 1) << shift;
  }
  return colour;
}
