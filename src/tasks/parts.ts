import { classMap } from './class-map.js';

/**
 * Part segmentation, such as head, torso and limbs of people. The background is a part too, by convention the first.
 * Labels of any class map can train it.
 */
export const parts = classMap('parts', ['parts', 'segmentation']);
