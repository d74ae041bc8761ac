/**
 * Letters of 5 x 8 pixels: five columns a letter, the lowest bit on top, for the characters from space to tilde.
 * Drawn by hand, so that pictures need no font of the system, neither on a server nor in a browser.
 */
const COLUMNS =
  '000000000000005f00000007000700147f147f14242a7f2a12231308646236495620500008070300001c2241000041221c00' +
  '2a1c7f1c2a08083e080800503000000808080808006060000020100804023e5149453e00427f400042615149462141454b31' +
  '1814127f1027454545393c4a49493001710905033649494936064949291e0036360000005636000008142241001414141414' +
  '00412214080201510906324979413e7e1111117e7f494949363e414141227f4141221c7f494949417f090909013e4149497a' +
  '7f0808087f00417f41002040413f017f081422417f404040407f020c027f7f0408107f3e4141413e7f090909063e4151215e' +
  '7f09192946464949493101017f01013f4040403f1f2040201f3f4038403f631408146307087008076151494543007f414100' +
  '02040810200041417f000402010204404040404000010204002054545478' +
  '7f484444383844444420384444487f3854545418087e09010218a4a4a47c7f08040478' +
  '00447d40004080847d007f1028440000417f40007c041804787c080404783844444438' +
  'fc2424241818242418fc7c080404084854545420043f4440203c4040207c1c2040201c' +
  '3c4030403c44281028441ca0a0a07c4464544c44000836410000007f000000413608000804081008';

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 8;

const FIRST = 32;
const glyphs = Uint8Array.from(COLUMNS.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Text in the characters of this font: accents are removed, characters that it lacks become question marks. */
export const printable = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '?');

/** Calls `dot` with the place of every inked pixel of a printable text; (0, 0) is its upper left corner. */
export function eachDot(text: string, dot: (x: number, y: number) => void): void {
  for (let i = 0; i < text.length; i++) {
    const from = (text.charCodeAt(i) - FIRST) * GLYPH_WIDTH;
    for (let x = 0; x < GLYPH_WIDTH; x++) {
      for (let y = 0; y < GLYPH_HEIGHT; y++) {
        if ((glyphs[from + x] >> y) & 1) dot(i * (GLYPH_WIDTH + 1) + x, y);
      }
    }
  }
}
