/** The pages hang together: links lead somewhere, and every page is in the index. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
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

/** The arrows of the drawing of modules: from a module to those that it may import. */
function arrowsIn(text: string): Map<string, string[]> {
  const drawing = /^```mermaid\n(.*?)^```$/ms.exec(text)?.[1] ?? '';
  const arrows = new Map<string, string[]>();
  for (const [, from, to] of drawing.matchAll(/^ *(\w+)(?:\[[^\]]*\])? --> (\w+)/gm))
    arrows.set(from, [...(arrows.get(from) ?? []), to]);
  return arrows;
}

/** Every module that arrows lead to from one, itself only where they run in a circle. */
function beneath(
  module: string,
  arrows: ReadonlyMap<string, readonly string[]>,
  found = new Set<string>(),
): Set<string> {
  for (const next of arrows.get(module) ?? []) {
    if (found.has(next)) continue;
    found.add(next);
    beneath(next, arrows, found);
  }
  return found;
}

test('the drawing of modules has no circle, and every import between modules follows its arrows', () => {
  const arrows = arrowsIn(read('docs/architecture.md'));
  const modules = new Set([...arrows.keys(), ...[...arrows.values()].flat()]);
  for (const module of modules) assert.ok(!beneath(module, arrows).has(module), `${module} is in a circle`);
  // web.ts is an entry of the package, and no file of the module web.
  const moduleOf = (file: string) => (file === 'web.ts' ? '' : file.split('/')[0].replace(/\.[jt]s$/, ''));
  const imports = readdirSync(join(clone, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.') && modules.has(moduleOf(name)))
    .flatMap((name) =>
      [...read(`src/${name}`).matchAll(/\bfrom '(\.[^']+)'/g)].map(([, from]) => ({
        name,
        from: moduleOf(name),
        to: moduleOf(posix.join(posix.dirname(name), from)),
      })),
    )
    .filter(({ from, to }) => from !== to && modules.has(to));
  assert.ok(imports.length > 100, `${imports.length} imports`);
  assert.deepEqual(
    imports.filter(({ from, to }) => !beneath(from, arrows).has(to)),
    [],
  );
});
