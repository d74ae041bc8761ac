/** Colours of runs that colour-blind people can tell apart (Okabe and Ito, 2008), for light and dark, with dashes. */
import { signal } from '@preact/signals';

const query = matchMedia('(prefers-color-scheme: dark)');
export const dark = signal(query.matches);
query.addEventListener('change', () => {
  dark.value = query.matches;
});

const LIGHT = ['#0072b2', '#d55e00', '#007a5a', '#b5489a', '#8a6100', '#2f2f2f', '#2c8fc4', '#a33b00'];
const DARK = ['#56b4e9', '#e69f00', '#2fc79a', '#e58fc4', '#f0e442', '#e8e8e8', '#7aa6ff', '#ff8a4a'];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

export const colourOf = (index: number): string => (dark.value ? DARK : LIGHT)[index % LIGHT.length];
/** Runs after the first eight repeat the colours, with other dashes. */
export const dashOf = (index: number): number[] => DASHES[Math.floor(index / LIGHT.length) % DASHES.length];
