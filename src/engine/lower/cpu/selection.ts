/**
 * Matrices of zeros and ones that pick, order or shift what they are multiplied with. The runtime's matrix products work
 * on all threads, its operators that copy (Slice, Gather, Pad, Transpose) on one.
 */

/** [rows, columns] of zeros with a one in each row, at the column that `columnOf` names; none where that lies outside. */
export function selection(rows: number, columns: number, columnOf: (row: number) => number): Float32Array {
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const column = columnOf(row);
    if (column >= 0 && column < columns) matrix[row * columns + column] = 1;
  }
  return matrix;
}
