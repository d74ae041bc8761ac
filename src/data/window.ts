/** The geometry of a crop: which pixels of the image a window shows. */
import type { Size } from '../tasks/raster.js';
import type { Placement } from '../tasks/task.js';

/** A window of `size` at (top, left) in the image once it is scaled, mirrored and padded. */
export interface CropWindow {
  readonly size: Size;
  readonly factor: number;
  readonly scaled: Size;
  readonly mirrored: boolean;
  readonly top: number;
  readonly left: number;
  /**
   * Radians by which the content of the window is rotated counter-clockwise about its centre; not rotated where absent.
   */
  readonly angle?: number;
}

/**
 * The part of the window that lies on the image, from its top left; rows below and columns to the right are padding.
 */
export const covered = ({ size, scaled, top, left }: CropWindow): Size => ({
  height: Math.min(size.height, scaled.height - top),
  width: Math.min(size.width, scaled.width - left),
});

/**
 * Maps between pixels of the window and pixels of the image of size `from` that was scaled and mirrored.
 * @returns `toImage` from (x, y) in the window to (x, y) in the image, and `toWindow`, its inverse
 */
export function placements(
  window: CropWindow,
  from: Size,
): { readonly toImage: Placement; readonly toWindow: Placement } {
  const { scaled, mirrored, top, left, angle = 0 } = window;
  const { height, width } = covered(window);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [across, down] = [from.width / scaled.width, from.height / scaled.height];
  return {
    toImage(x, y) {
      // Rows go down, so counter-clockwise is (x, y) -> (cos x + sin y, cos y - sin x), and this its inverse.
      const [u, v] = [x - middleX, y - middleY];
      const column = middleX + cos * u - sin * v + left;
      const row = middleY + sin * u + cos * v + top;
      return [((mirrored ? scaled.width - 1 - column : column) + 0.5) * across - 0.5, (row + 0.5) * down - 0.5];
    },
    toWindow(x, y) {
      const column = (x + 0.5) / across - 0.5;
      const [u, v] = [
        (mirrored ? scaled.width - 1 - column : column) - left - middleX,
        (y + 0.5) / down - 0.5 - top - middleY,
      ];
      return [middleX + cos * u + sin * v, middleY + cos * v - sin * u];
    },
  };
}
