/** What answers the images of `predict`: a network, over several views of an image or over several images at once. */
import { type Image, planesOf, type Raster } from '../../tasks/raster.js';
import type { Predictor } from '../../train/predictor.js';
import { answerViews, type Views } from '../../train/views.js';
import type { Answering } from './answer.js';

type Answers = Record<string, Raster>;

/** Answers that are means over views. */
export const overViews = (predictor: Predictor, views: Views): Answering => ({
  tasks: predictor.tasks,
  sizes: predictor.sizes,
  answerImage: (image) =>
    answerViews((...of) => predictor.answer(...of), predictor.tasks, views, planesOf(image), image.height, image.width),
});

/**
 * Answers the images of one size together, so that each is known when it is asked about; those that are larger than
 * `longest` are left for later, and so are images that together are too much.
 */
export async function answeredTogether(
  predictor: Predictor,
  images: readonly Image[],
  longest: number,
): Promise<Answering> {
  const known = new Map<Image, Answers>();
  const groups = new Map<string, Image[]>();
  const { height, width } = predictor.sizes;
  for (const image of images) {
    if (Math.max(image.height, image.width) > longest) continue;
    if ((height ?? image.height) !== image.height || (width ?? image.width) !== image.width) continue;
    const size = `${image.width}x${image.height}`;
    groups.set(size, [...(groups.get(size) ?? []), image]);
  }
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    // A fault is reported where the image is answered by itself.
    const answers = await predictor.answerImages(group).catch(() => []);
    for (const [i, one] of answers.entries()) known.set(group[i], one);
  }
  return {
    tasks: predictor.tasks,
    sizes: predictor.sizes,
    answerImage: async (image) => known.get(image) ?? predictor.answerImage(image),
  };
}
