/** The list of runs: sorted, filtered, compared. */
import { computed, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { RunSummary, TaskFacts } from '../../protocol';
import { ago, deltaM, duration, mainOf, mainValue, metricText, NOTHING, shown } from '../format';
import { baseline, choose, chosen, now, runs } from '../store';

interface Column {
  readonly id: string;
  readonly title: string;
  readonly numeric?: true;
  /** What it is sorted by; undefined comes last. */
  readonly value: (run: RunSummary) => number | string | undefined;
  readonly cell: (run: RunSummary) => ComponentChildren;
  readonly better?: 'higher' | 'lower';
}

const filter = signal('');
const order = signal<{ readonly id: string; readonly down: boolean }>({ id: 'age', down: true });

/** The main metrics of all tasks, each once. */
const taskColumns = computed((): Column[] => {
  const tasks = new Map<string, TaskFacts>();
  for (const run of runs.value.values())
    for (const task of run.tasks) if (mainOf(task)) tasks.set(`${task.name} ${mainOf(task)?.name}`, task);
  return [...tasks].map(([id, task]) => ({
    ...{ id, title: `${task.name} ${mainOf(task)?.name}`, numeric: true, better: mainOf(task)?.better },
    value: (run) => mainValue(run, task),
    cell: (run) => metricText(mainOf(task)?.unit ?? '', mainValue(run, task)),
  }));
});

const deltaOf = (run: RunSummary): number | undefined => {
  const single = runs.value.get(baseline.value);
  if (single) return single.id === run.id ? undefined : deltaM(run, single);
  return run.scoreKind === 'delta_m' ? run.score : run.deltaPercent;
};

const signed = (value: number | undefined) =>
  value === undefined ? NOTHING : `${value > 0 ? '+' : ''}${value.toFixed(2)} %`;
const scoreOf = (run: RunSummary) => (run.scoreKind === 'delta_m' ? undefined : run.score);

const columns = computed((): Column[] => [
  { id: 'name', title: 'Run', value: (run) => run.name, cell: (run) => <Name run={run} /> },
  { id: 'state', title: 'State', value: (run) => run.state, cell: (run) => <State run={run} /> },
  { id: 'data', title: 'Data', value: ({ data }) => data, cell: ({ data }) => data ?? NOTHING },
  { id: 'fusion', title: 'Fusion', value: ({ fusion }) => fusion, cell: ({ fusion }) => fusion ?? NOTHING },
  {
    ...{ id: 'step', title: 'Steps', numeric: true, value: ({ step }) => step },
    cell: ({ step, steps }) => (steps === undefined ? step : `${step} / ${steps}`),
  },
  {
    ...{ id: 'score', title: 'Score', numeric: true, better: 'higher', value: scoreOf },
    cell: (run) => scoreOf(run)?.toFixed(4) ?? NOTHING,
  },
  {
    ...{ id: 'delta', title: 'delta_m', numeric: true, better: 'higher', value: deltaOf },
    cell: (run) => signed(deltaOf(run)),
  },
  ...taskColumns.value,
  {
    ...{ id: 'speed', title: 'Images/s', numeric: true, value: ({ imagesPerSecond }) => imagesPerSecond },
    cell: ({ imagesPerSecond }) => shown(imagesPerSecond),
  },
  {
    ...{ id: 'left', title: 'Left', numeric: true, value: ({ secondsLeft }) => secondsLeft },
    cell: ({ secondsLeft }) => (secondsLeft === undefined ? NOTHING : duration(secondsLeft)),
  },
  {
    ...{ id: 'age', title: 'Last event', numeric: true, value: ({ updated }) => updated },
    cell: ({ updated }) => ago(updated, now.value),
  },
]);

const rows = computed(() => {
  const words = filter.value.toLowerCase().split(/\s+/);
  const kept = [...runs.value.values()].filter((run) => {
    const text = `${run.id} ${run.name} ${run.state} ${run.data} ${run.fusion}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const { id, down } = order.value;
  const { value } = columns.value.find((column) => column.id === id) ?? columns.value[0];
  return kept.sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? 1 : -1;
    const sign =
      typeof one === 'string' ? one.localeCompare(String(other), undefined, { numeric: true }) : one - Number(other);
    return down ? -sign : sign;
  });
});

/** The best run of each column among those of the same data and split, where there are several. */
const best = computed(() => {
  const groups = new Map<string, RunSummary[]>();
  for (const run of rows.value) {
    const key = `${run.data}\n${run.split}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const marks = new Set<string>();
  for (const { id, better, value } of columns.value) {
    if (!better) continue;
    for (const group of groups.values()) {
      const values = group.map(value).filter((one) => typeof one === 'number');
      if (values.length < 2) continue;
      const top = better === 'higher' ? Math.max(...values) : Math.min(...values);
      for (const run of group) if (value(run) === top) marks.add(`${id}\n${run.id}`);
    }
  }
  return marks;
});

const SIGNS = { running: '●', done: '✓', stopped: '❚❚', failed: '✕', killed: '⚡', damaged: '?' } as const;

const State = ({ run: { state, problems } }: { readonly run: RunSummary }) => (
  <span class={`state ${state}`} title={problems.join('\n')}>
    <b aria-hidden="true">{SIGNS[state]}</b> {state}
  </span>
);

const Name = ({ run: { id, name, problems } }: { readonly run: RunSummary }) => (
  <>
    {name}
    {id.split('/').at(-1) !== name || id.includes('/') ? <small>{id}</small> : null}
    {problems.map((problem) => (
      <small key={problem} class="problem">
        {problem}
      </small>
    ))}
  </>
);

export function RunsTable() {
  const list = rows.value;
  if (runs.value.size === 0)
    return <p class="hint">There are no runs in this folder yet. A run appears here as soon as it begins.</p>;
  return (
    <>
      <div class="tools">
        <label>
          Filter{' '}
          <input
            type="search"
            value={filter.value}
            onInput={(event) => {
              filter.value = event.currentTarget.value;
            }}
          />
        </label>
        <label>
          delta_m against{' '}
          <select
            value={baseline.value}
            onChange={(event) => {
              baseline.value = event.currentTarget.value;
            }}
          >
            <option value="">what the experiment says</option>
            {[...runs.value.values()]
              .filter(({ values }) => values)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </select>
        </label>
        <span class="hint">
          {list.length} of {runs.value.size} runs. ★ is the best of the same data and split.
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys */}
      <section class="scroll" aria-label="Table of runs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Drawn</span>
              </th>
              {columns.value.map((column) => (
                <Head key={column.id} column={column} />
              ))}
            </tr>
          </thead>
          <tbody>
            {list.map((run) => (
              <Row key={run.id} run={run} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Head({ column: { id, title, numeric } }: { readonly column: Column }) {
  const { id: by, down } = order.value;
  const sorted = by === id ? (down ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" aria-sort={sorted} class={numeric && 'number'}>
      <button
        type="button"
        onClick={() => {
          order.value = { id, down: by === id ? !down : numeric === true };
        }}
      >
        {title}
        <span aria-hidden="true">{by === id ? (down ? ' ▾' : ' ▴') : ''}</span>
      </button>
    </th>
  );
}

function Row({ run }: { readonly run: RunSummary }) {
  const on = chosen.value.includes(run.id);
  return (
    <tr class={on ? 'on' : ''} data-run={run.id}>
      <td>
        <input
          type="checkbox"
          checked={on}
          aria-label={`Draw ${run.name}`}
          onChange={(event) => choose(run.id, event.currentTarget.checked)}
        />
      </td>
      {columns.value.map(({ id, numeric, cell }) => {
        const top = best.value.has(`${id}\n${run.id}`);
        return (
          <td key={id} class={`${numeric ? 'number' : ''} ${top ? 'best' : ''}`}>
            {top && (
              <span role="img" aria-label="best">
                ★{' '}
              </span>
            )}
            {cell(run)}
          </td>
        );
      })}
    </tr>
  );
}
