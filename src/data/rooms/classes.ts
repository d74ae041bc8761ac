/** The classes of the class map, in their order. */
export const CLASSES = [
  'wall',
  'floor',
  'ceiling',
  'window',
  'door',
  'picture',
  'rug',
  'bed',
  'seat',
  'table',
  'storage',
  'lamp',
  'ball',
] as const;

export type ClassName = (typeof CLASSES)[number];

/** Colours of the classes in pictures of class maps: pale for the sides of the room, strong for objects. */
export const COLOURS: readonly (readonly [number, number, number])[] = [
  [174, 199, 232],
  [140, 110, 90],
  [235, 235, 225],
  [90, 220, 240],
  [150, 30, 60],
  [240, 110, 190],
  [110, 150, 60],
  [60, 70, 200],
  [245, 140, 30],
  [130, 60, 170],
  [0, 120, 110],
  [255, 225, 50],
  [225, 30, 30],
];

/** The classes that are never salient: the sides of a room, and flat things in them. */
export const BACKGROUND: readonly ClassName[] = ['wall', 'floor', 'ceiling', 'window', 'door', 'rug'];

/** The classes of the image label `furniture`, in its order: whether an image shows each of them. */
export const FURNITURE: readonly ClassName[] = CLASSES.slice(CLASSES.indexOf('window'));

/** The kinds of rooms, in the order of the image label `kind`; the kind decides which furniture is likely. */
export const ROOM_KINDS = ['bedroom', 'living room', 'dining room', 'office', 'playroom'] as const;

export type RoomKind = (typeof ROOM_KINDS)[number];
