/** A small parser of the text format of Prometheus, 0.0.4, by its specification: it refuses what the format does not allow. */
import assert from 'node:assert/strict';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"';
const LINE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},?)*)\\})? (\\S+)( -?\\d+)?$`);

/** The families by name. @throws AssertionError naming the line */
export function parseMetrics(text: string): Map<string, Family> {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const families = new Map<string, Family>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, help, of, words] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (help === 'HELP') {
      assert.ok(!families.has(of), `${of} comes once`);
      families.set(of, { help: words, type: '', samples: [] });
      current = of;
    } else if (help === 'TYPE') {
      assert.equal(of, current, line);
      assert.match(words, /^(counter|gauge|histogram|summary|untyped)$/, line);
      families.set(of, { ...(families.get(of) as Family), type: words });
    } else {
      const sample = sampleOf(line);
      const family = families.get(current);
      const endings = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      assert.ok(
        endings.some((ending) => sample.name === current + ending),
        line,
      );
      family?.samples.push(sample);
    }
  }
  for (const [name, family] of families) expectSound(name, family);
  return families;
}

function sampleOf(line: string): Sample {
  const [, name, , , , value] = LINE.exec(line) ?? assert.fail(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  const inside = /^[^{ ]*\{(.*)\} \S+/.exec(line)?.[1] ?? '';
  for (const [, label, text] of inside.matchAll(new RegExp(LABEL, 'g'))) {
    assert.ok(!(label in labels), `${label} comes once: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one));
  }
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  assert.ok(value === 'NaN' || !Number.isNaN(number), line);
  return { name, labels, value: number };
}

/** Counters do not fall below 0; the buckets of a histogram rise to its count. */
function expectSound(name: string, { type, samples }: Family): void {
  assert.notEqual(type, '', `${name} has a type`);
  if (type === 'counter') assert.ok(name.endsWith('_total') && samples.every(({ value }) => value >= 0), name);
  if (type !== 'histogram') return;
  const series = new Map<string, { buckets: [bound: number, count: number][]; count?: number; sum?: number }>();
  for (const {
    name: full,
    labels: { le, ...labels },
    value,
  } of samples) {
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { buckets: [] };
    series.set(key, one);
    if (full.endsWith('_bucket')) one.buckets.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
    else one[full.endsWith('_sum') ? 'sum' : 'count'] = value;
  }
  for (const [key, { buckets, count, sum }] of series) {
    for (const [i, [bound, below]] of buckets.entries())
      assert.ok(
        i === 0 || (bound > buckets[i - 1][0] && below >= buckets[i - 1][1]),
        `${name} ${key}: bucket ${bound}`,
      );
    assert.deepEqual(buckets.at(-1), [Number.POSITIVE_INFINITY, count], `${name} ${key}`);
    assert.ok(sum !== undefined && sum >= 0, `${name} ${key}`);
  }
}
