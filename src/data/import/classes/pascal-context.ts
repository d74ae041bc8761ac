// Tables of PASCAL-Context as the multi-task layout `PASCAL_MT` uses it: Maninis, Radosavovic, Kokkinos, "Attentive
// Single-Tasking of Multiple Tasks", CVPR 2019. Compared with its code, github.com/facebookresearch/astmt, as
// SimonVandenhende/Multi-Task-Learning-PyTorch carries it (data/pascal_context.py, data/db_info).

/** Part of a person as PASCAL-Part names it (Chen et al., CVPR 2014), to one of six groups. */
const HEAD = ['hair', 'head', 'lear', 'lebrow', 'leye', 'mouth', 'nose', 'rear', 'rebrow', 'reye'];
const GROUPS: readonly (readonly [name: string, parts: readonly string[]])[] = [
  ['background', []],
  ['head', HEAD],
  ['torso', ['neck', 'torso']],
  ['upper arms', ['luarm', 'ruarm']],
  ['lower arms', ['lhand', 'llarm', 'rhand', 'rlarm']],
  ['upper legs', ['luleg', 'ruleg']],
  ['lower legs', ['lfoot', 'llleg', 'rfoot', 'rlleg']],
];

/** In the order of their indices; 255 is unlabelled. */
export const HUMAN_PARTS: readonly string[] = GROUPS.map(([name]) => name);

/** Name of a part in the files to the index of its group. */
export const PART_INDEX: ReadonlyMap<string, number> = new Map(
  GROUPS.flatMap(([, parts], index) => parts.map((part) => [part, index] as const)),
);

/** `class_ind` of a person in the files of parts. */
export const PERSON = 15;

/**
 * The classes of PASCAL-Context (of 459) on which the distilled normals count: those that NYU v2 has by the same name,
 * on which the network that made them was trained, and tvmonitor. The names are those of `context_classes.json` and
 * `nyu_classes.json` in that code.
 */
export const CLASSES_WITH_NORMALS: ReadonlySet<number> = new Set([
  ...[3, 4, 6, 9, 10, 11, 13, 15, 17, 18, 22, 23, 29, 30, 33, 34, 36, 37, 38, 39, 41, 43, 46, 49, 50, 51, 53, 55, 56],
  ...[59, 61, 62, 65, 66, 68, 69, 72, 73, 78, 83, 84, 85, 87, 88, 95, 96, 101, 104, 105, 107, 111, 113, 115, 122, 124],
  ...[135, 141, 142, 143, 146, 150, 154, 157, 158, 159, 165, 172, 174, 181, 183, 184, 191, 193, 195, 197, 199, 202],
  ...[213, 215, 216, 219, 220, 223, 225, 228, 230, 232, 233, 238, 239, 242, 243, 246, 250, 251, 252, 255, 260, 261],
  ...[263, 269, 272, 273, 275, 281, 283, 284, 285, 286, 287, 288, 290, 291, 292, 293, 295, 304, 307, 309, 310, 314],
  ...[315, 319, 323, 329, 330, 331, 336, 342, 345, 349, 350, 351, 352, 355, 357, 368, 370, 371, 374, 379, 380, 383],
  ...[384, 397, 401, 403, 405, 407, 408, 411, 412, 413, 414, 417, 419, 421, 423, 427, 429, 430, 432, 440, 441, 442],
  ...[443, 444, 446, 454, 457],
]);
