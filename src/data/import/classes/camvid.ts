// Classes of CamVid: Brostow, Fauqueur, Cipolla, "Semantic object classes in video", Pattern Recognition Letters 2009.
// Names and colours as in its `label_colors.txt`. There is no official table from its 32 classes to the 11 of SegNet, whose
// label maps were published without the code that made them. Here every class but Void belongs to one of the 11; in label
// maps from elsewhere, rare classes may be unlabelled instead.

type Colour = readonly [number, number, number];

/** The 11 classes of SegNet (Badrinarayanan, Kendall, Cipolla, 2017), in the order of their indices; 11 is unlabelled. */
export const CAMVID_11: readonly string[] = [
  'sky',
  'building',
  'pole',
  'road',
  'pavement',
  'tree',
  'sign',
  'fence',
  'car',
  'pedestrian',
  'bicyclist',
];

/** The colours of these classes: each that of the first class of the group below. */
export const CAMVID_11_COLOURS: readonly Colour[] = [
  [128, 128, 128],
  [128, 0, 0],
  [192, 192, 128],
  [128, 64, 128],
  [0, 0, 192],
  [128, 128, 0],
  [192, 128, 128],
  [64, 64, 128],
  [64, 0, 128],
  [64, 64, 0],
  [0, 128, 192],
];

/**
 * The 32 names of `label_colors.txt`, with their colours, and the class of the 11 that each belongs to; null where it
 * is unlabelled.
 */
export const CAMVID_32: readonly (readonly [name: string, colour: Colour, group: string | null])[] = [
  ['Animal', [64, 128, 64], 'pedestrian'],
  ['Archway', [192, 0, 128], 'building'],
  ['Bicyclist', [0, 128, 192], 'bicyclist'],
  ['Bridge', [0, 128, 64], 'building'],
  ['Building', [128, 0, 0], 'building'],
  ['Car', [64, 0, 128], 'car'],
  ['CartLuggagePram', [64, 0, 192], 'pedestrian'],
  ['Child', [192, 128, 64], 'pedestrian'],
  ['Column_Pole', [192, 192, 128], 'pole'],
  ['Fence', [64, 64, 128], 'fence'],
  ['LaneMkgsDriv', [128, 0, 192], 'road'],
  ['LaneMkgsNonDriv', [192, 0, 64], 'road'],
  ['Misc_Text', [128, 128, 64], 'sign'],
  ['MotorcycleScooter', [192, 0, 192], 'bicyclist'],
  ['OtherMoving', [128, 64, 64], 'car'],
  ['ParkingBlock', [64, 192, 128], 'pavement'],
  ['Pedestrian', [64, 64, 0], 'pedestrian'],
  ['Road', [128, 64, 128], 'road'],
  ['RoadShoulder', [128, 128, 192], 'pavement'],
  ['Sidewalk', [0, 0, 192], 'pavement'],
  ['SignSymbol', [192, 128, 128], 'sign'],
  ['Sky', [128, 128, 128], 'sky'],
  ['SUVPickupTruck', [64, 128, 192], 'car'],
  ['TrafficCone', [0, 0, 64], 'pole'],
  ['TrafficLight', [0, 64, 64], 'sign'],
  ['Train', [192, 64, 128], 'car'],
  ['Tree', [128, 128, 0], 'tree'],
  ['Truck_Bus', [192, 128, 192], 'car'],
  ['Tunnel', [64, 0, 64], 'building'],
  ['VegetationMisc', [192, 192, 0], 'tree'],
  ['Void', [0, 0, 0], null],
  ['Wall', [64, 192, 0], 'building'],
];
