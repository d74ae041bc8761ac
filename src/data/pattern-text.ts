/** What the wildcards of patterns match, by the text alone: `*`, `**`, `?` and `{a,b}`; all else stands for itself. */

/**
 * A function that tells what the wildcards of a pattern match in a path; undefined where the path does not match. It
 * looks at the text alone, and the disk need not have such a file.
 */
export function patternMatcher(pattern: string): (path: string) => string | undefined {
  const expressions = expandBraces(pattern).map((one) => expressionOf(one));
  return (path) => {
    const match = firstMatch(expressions, path.normalize('NFC'));
    return match ? idOf(match) : undefined;
  };
}

/** What the wildcards matched, as one text. */
export const idOf = (match: RegExpExecArray): string => match.slice(1).filter(Boolean).join('/');

/** `{a,b}/*.jpg` as `a/*.jpg` and `b/*.jpg`. Braces without a comma stand for themselves. */
export function expandBraces(pattern: string): string[] {
  const braces = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!braces) return [pattern];
  const before = pattern.slice(0, braces.index);
  const after = pattern.slice(braces.index + braces[0].length);
  return braces[1].split(',').flatMap((one) => expandBraces(before + one + after));
}

/** Any folders, none of whose names begins with a dot. */
const FOLDERS = '((?:(?!(?:^|/)\\.).)*?)';

/**
 * The regular expression of a pattern without braces: every wildcard is a group of it. As in other programs, `*` and
 * `**` match no names that begin with a dot. Paths are written with "/" on all systems, accents composed.
 * @param nocase ignores capitals
 */
export function expressionOf(pattern: string, nocase = false): RegExp {
  const parts = pattern.normalize('NFC').split('/');
  const last = parts.length - 1;
  const source = parts.map((part, i) => {
    if (!/^\*{2,}$/.test(part) || (part !== '**' && i === last)) return segment(part) + (i < last ? '/' : '');
    return i < last ? `(?:(?!\\.)${FOLDERS}/)?` : `(?!\\.)${FOLDERS}`;
  });
  return new RegExp(`^${source.join('')}$`, nocase ? 'i' : '');
}

/** A name between two "/". */
function segment(part: string): string {
  const text = part.replace(PARTS, (one) => {
    if (one === '?') return '([^/])';
    return one.startsWith('*') ? '([^/]*?)' : one.replace(/[\\^$.|+()[\]{}/-]/g, '\\$&');
  });
  return part.startsWith('*') ? `(?!\\.)(?=.)${text}` : text;
}

/** A `?`, stars, or text between wildcards. */
const PARTS = /\?|\*+|[^*?]+/g;

export const hasAccents = (text: string): boolean => /[\u0080-\uffff]/.test(text);

export function firstMatch(expressions: readonly RegExp[], path: string): RegExpExecArray | undefined {
  for (const expression of expressions) {
    const match = expression.exec(path);
    if (match) return match;
  }
  return undefined;
}
