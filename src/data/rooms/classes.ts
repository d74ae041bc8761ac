/** What a pixel of a room can show, in the order of the class map. */
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

/** Colours of the classes in pictures of class maps: pale for the shell of the room, strong for what stands in it. */
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

/** The sides of a room and what lies in their planes: nothing of it strikes the eye. */
export const BACKGROUND: readonly ClassName[] = ['wall', 'floor', 'ceiling', 'window', 'door', 'rug'];

/** What an image may show or not, in the order of the image label `furniture`. */
export const FURNITURE: readonly ClassName[] = CLASSES.slice(CLASSES.indexOf('window'));

/** The kinds of rooms, in the order of the image label `kind`; the furniture follows from the kind. */
export const ROOM_KINDS = ['bedroom', 'living room', 'dining room', 'office', 'playroom'] as const;

export type RoomKind = (typeof ROOM_KINDS)[number];
