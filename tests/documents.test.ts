/** The pages hang together: links lead somewhere, and every page is in the index. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { root as clone, pages } from './guide.fixture.js';

interface Link {
  readonly path: string;
  readonly anchor?: string;
}

const read = (page: string): string => readFileSync(join(clone, page), 'utf8');
const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');

/** The links of a text to files and headings of the clone. */
function linksOf(text: string): Link[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split('#');
      return { path, ...(anchor !== undefined && { anchor }) };
    });
}

/** Names of a page's headings in links, as GitHub makes them. */
const anchorsOf = (text: string): string[] =>
  [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );

/** What is wrong with the links of a page, as sentences. */
function faults(page: string, text: string): string[] {
  return linksOf(text).flatMap(({ path, anchor }) => {
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    const show = `${page}: ${path}${anchor === undefined ? '' : `#${anchor}`}`;
    if (!existsSync(join(clone, target))) return [`${show}: there is no ${target}`];
    if (anchor === undefined) return [];
    return anchorsOf(path === '' ? text : read(target)).includes(anchor) ? [] : [`${show}: no such heading`];
  });
}

const linked = [...pages, 'CHANGELOG.md'];

test('every link of every page leads to a file, and to a heading where it names one', () => {
  assert.ok(linked.reduce((count, page) => count + linksOf(read(page)).length, 0) > 100, 'links were found');
  assert.deepEqual(
    linked.flatMap((page) => faults(page, read(page))),
    [],
  );
});

test('a link to a file or a heading that is not there is found', () => {
  const text = '# A page\n[a](lost.md), [b](#a-page), [c](#lost), `[d](lost.md)`, [e](https://example.org)';
  assert.deepEqual(faults('docs/glossary.md', text), [
    'docs/glossary.md: lost.md: there is no docs/lost.md',
    'docs/glossary.md: #lost: no such heading',
  ]);
});

test('the index names every page', () => {
  const index = 'docs/README.md';
  const named = linksOf(read(index)).map(({ path }) => posix.join(dirname(index), path));
  assert.deepEqual(
    pages.filter((page) => page !== index && page !== 'README.md' && !named.includes(page)),
    [],
  );
});

test('the pages of the package name files of the sources that are there', () => {
  const found = linked.flatMap((page) =>
    [...read(page).matchAll(/`((?:src|tests|bench|examples|scripts)\/[\w./-]+\.(?:ts|js|json|py))`/g)].map(
      ([, path]) => ({
        page,
        path,
      }),
    ),
  );
  assert.ok(found.length > 20);
  // Files that a guide has its reader write.
  const written = [
    'src/fusion/mean.ts',
    'src/tasks/one-class.ts',
    'src/engine/ops/huber.ts',
    'src/engine/ops/huber.test.ts',
  ];
  assert.deepEqual(
    found.filter(({ path }) => !written.includes(path) && !existsSync(join(clone, path))),
    [],
  );
});
