import { classMap } from './class-map.js';

/**
 * Parts of things, such as head, torso and limbs of people; the background is a part as well, by convention the first.
 * Any class map can teach them.
 */
export const parts = classMap('parts', ['parts', 'segmentation']);
