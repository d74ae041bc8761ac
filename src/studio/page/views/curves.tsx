/** Curves of the chosen runs over one another. */
import { signal } from '@preact/signals';
import { Chart, range } from '../chart';
import { colourOf } from '../colours';
import { metricText, shown, tickText } from '../format';
import { type ChartFacts, chartsOf, type RunEvents } from '../series';
import { choose, chosen, eventsOf, labels, news, runs } from '../store';

const smoothing = signal(0.6);
const allMetrics = signal(false);

export function Curves() {
  void news.value;
  const followed = chosen.value.map((id, index) => ({ id, index, label: labels.value[index], events: eventsOf(id) }));
  if (followed.length === 0) return <p class="hint">Choose runs in the list: their curves are drawn here.</p>;
  const tasks = followed.flatMap(({ id }) => runs.value.get(id)?.tasks ?? []);
  const charts = chartsOf(
    followed.map(({ events }) => events),
    tasks,
  ).filter(({ metric }) => allMetrics.value || metric === undefined || metric.main);
  return (
    <>
      <div class="tools">
        <label>
          Smoothing{' '}
          <input
            type="range"
            min="0"
            max="0.98"
            step="0.02"
            value={smoothing.value}
            onInput={(event) => {
              smoothing.value = Number(event.currentTarget.value);
            }}
          />{' '}
          <output>{smoothing.value.toFixed(2)}</output>
        </label>
        <label>
          <input
            type="checkbox"
            checked={allMetrics.value}
            onChange={(event) => {
              allMetrics.value = event.currentTarget.checked;
            }}
          />{' '}
          all metrics
        </label>
        <button
          type="button"
          disabled={range.value === null}
          onClick={() => {
            range.value = null;
          }}
        >
          Show all steps
        </button>
        <span class="hint">Drag across a chart to zoom; double-click shows all.</span>
      </div>
      <ul class="chips" aria-label="Runs that are drawn">
        {followed.map(({ id, index, label }) => (
          <li key={id}>
            <i style={{ background: colourOf(index) }} />
            {label}
            <button type="button" aria-label={`Remove ${label}`} onClick={() => choose(id, false)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {charts.length === 0 && <p class="hint">No events yet.</p>}
      <div class="charts">
        {charts.map((chart) => (
          <Drawn key={chart.key} chart={chart} followed={followed} />
        ))}
      </div>
    </>
  );
}

interface Followed {
  readonly index: number;
  readonly label: string;
  readonly events: RunEvents;
}

function Drawn({ chart, followed }: { readonly chart: ChartFacts; readonly followed: readonly Followed[] }) {
  const { key, title, unit } = chart;
  const lines = followed.flatMap(({ index, label, events }) => {
    const curve = events.curves.get(key);
    return curve ? [{ index, label, curve }] : [];
  });
  const smooth = key.startsWith('loss ') || key === 'total' || key === 'speed' ? smoothing.value : 0;
  const show = (value: number | null | undefined) => (unit === 'images/s' ? shown(value) : metricText(unit, value));
  return (
    <Chart
      title={unit && unit !== '%' ? `${title} (${unit})` : title}
      lines={lines}
      smoothing={smooth}
      show={show}
      tick={(value) => tickText(unit, value)}
    />
  );
}
