/** Vector pictures as text. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string =>
  // Control characters are not allowed in XML, not even escaped.
  text.replace(/[&<>"]/g, (character) => ESCAPES[character]).replace(/[\p{Cc}\ufffe\uffff]/gu, '\ufffd');

export type Attributes = Readonly<Record<string, string | number>>;

/** An element around others. Numbers are rounded to hundredths. */
export const element = (name: string, attributes: Attributes, ...children: readonly string[]): string =>
  `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`)
    .join('')}${children.length === 0 ? '/>' : `>${children.join('')}</${name}>`}`;

/** A line of text, whose characters mean themselves. */
export const textAt = (x: number, y: number, text: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(text));

/** What a pointer over the elements beside it shows, and what a screen reader says. */
export const title = (text: string): string => element('title', {}, escaped(text));

/** A whole picture on white. @param says what it shows, in words */
export const picture = (width: number, height: number, says: string, ...children: readonly string[]): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      ...{ width, height, role: 'img', 'aria-label': says },
      ...{
        'font-family': 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
        'font-size': 12,
        fill: '#1c1c22',
      },
    },
    title(says),
    element('rect', { width: '100%', height: '100%', fill: '#ffffff' }),
    ...children,
  );

/** A number with at most two decimals. */
export const short = (value: number): string => String(Number(value.toFixed(2)));
