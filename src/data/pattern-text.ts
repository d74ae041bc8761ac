/** What the wildcards of patterns match, by the text alone: `*`, `**`, `?` and `{a,b}`. */
import picomatch from 'picomatch';

/**
 * A function that tells what the wildcards of a pattern match in a path; undefined where the path does not match. It
 * looks at the text alone, and the disk need not have such a file.
 */
export function patternMatcher(pattern: string): (path: string) => string | undefined {
  const expressions = capturing(expandBraces(pattern));
  return (path) => {
    const match = firstMatch(expressions, path.normalize('NFC'));
    return match ? idOf(match) : undefined;
  };
}

/** What the wildcards matched, as one text. */
export const idOf = (match: RegExpExecArray): string => match.slice(1).filter(Boolean).join('/');

/** An expression for each alternative; every wildcard is a group of it. @param nocase ignores capitals */
export const capturing = (alternatives: readonly string[], nocase = false): RegExp[] =>
  alternatives.map((one) => picomatch.makeRe(capturingGlob(one), { ...CAPTURING, nocase }));

/** Every `*` and `**` becomes a group of the regular expression; paths are written with "/" on all systems. */
const CAPTURING = { capture: true, fastpaths: false, nobrace: true, noextglob: true, nonegate: true, windows: false };

/** `{a,b}/*.jpg` as `a/*.jpg` and `b/*.jpg`. Braces without a comma stand for themselves. */
export function expandBraces(pattern: string): string[] {
  const braces = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!braces) return [pattern];
  const before = pattern.slice(0, braces.index);
  const after = pattern.slice(braces.index + braces[0].length);
  return braces[1].split(',').flatMap((one) => expandBraces(before + one + after));
}

/**
 * The pattern for picomatch, accents composed. A `?` is written as a group, since picomatch captures `*` and `**` only.
 */
const capturingGlob = (pattern: string): string =>
  pattern.normalize('NFC').replace(PARTS, (part) => (part === '?' ? '([^/])' : escapeLiteral(part)));

/** A `?`, or text between wildcards. */
export const PARTS = /\?|[^*?]+/g;

/** Characters that a pattern of picomatch would not take as they are; it drops double quotes. */
const SPECIAL = /(?<!\\)([()[\]{}*?|"]|^!|[!+@](?=\()|\\(?![()[\]{}!*?|]))/g;

const escapeLiteral = (text: string): string => text.replace(SPECIAL, '\\$&');

export const hasAccents = (text: string): boolean => /[\u0080-\uffff]/.test(text);

export function firstMatch(expressions: readonly RegExp[], path: string): RegExpExecArray | undefined {
  for (const expression of expressions) {
    const match = expression.exec(path);
    if (match) return match;
  }
  return undefined;
}
