/** The configuration of a run as text, and its difference to that of another one. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { RunDetails } from '../../protocol';
import { chosen, runs } from '../store';

const one = signal('');
const other = signal('');

/** What the server says of a run; undefined until it has answered. */
function useDetails(id: string | undefined): RunDetails | string | undefined {
  const [found, setFound] = useState<{ readonly id: string; readonly details: RunDetails | string }>();
  useEffect(() => {
    let over = false;
    if (id === undefined) return;
    fetch(`api/run?${new URLSearchParams({ id })}`)
      .then(async (answer) => {
        const body = (await answer.json()) as RunDetails & { readonly error?: string };
        if (!over) setFound({ id, details: body.error ?? body });
      })
      .catch(() => !over && setFound({ id, details: 'The server does not answer.' }));
    return () => {
      over = true;
    };
  }, [id]);
  return found?.id === id ? found?.details : undefined;
}

/** Settings by their paths, values as JSON. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, path ? `${path}.${key}` : key));
}

export function Configuration() {
  const [first, second] = [one.value || chosen.value[0], other.value || undefined];
  const [here, there] = [useDetails(first), useDetails(second)];
  return (
    <>
      <div class="tools">
        <Choice label="Run" value={first} onChoose={(id) => (one.value = id)} />
        <Choice label="Difference to" value={second} none="none" onChoose={(id) => (other.value = id)} />
      </div>
      {typeof here === 'string' && <p class="problem">{here}</p>}
      {typeof there === 'string' && <p class="problem">{there}</p>}
      {typeof here === 'object' && typeof there === 'object' && second !== undefined ? (
        <Difference here={here} there={there} />
      ) : (
        typeof here === 'object' && <Text details={here} />
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly none?: string;
  readonly onChoose: (id: string) => void;
}

export function Choice({ label, value, none, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={value ?? ''} onChange={(event) => onChoose(event.currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {[...runs.value.values()].map(({ id, name }) => (
          <option key={id} value={id}>
            {id.endsWith(name) ? id || name : `${name} · ${id}`}
          </option>
        ))}
      </select>
    </label>
  );
}

const Text = ({ details: { config, checkpoints, summary } }: { readonly details: RunDetails }) => (
  <>
    {summary.problems.map((problem) => (
      <p key={problem} class="problem">
        {problem}
      </p>
    ))}
    <p class="hint">
      {checkpoints.length === 0
        ? 'No checkpoint.'
        : checkpoints.map(({ name, bytes }) => `${name} (${(bytes / 1e6).toFixed(1)} MB)`).join(', ')}
    </p>
    {config !== undefined && (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
      <pre tabIndex={0}>{JSON.stringify(config, null, 2)}</pre>
    )}
  </>
);

function Difference({ here, there }: { readonly here: RunDetails; readonly there: RunDetails }) {
  const [left, right] = [new Map(flat(here.config)), new Map(flat(there.config))];
  const paths = [...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path));
  if (paths.length === 0) return <p class="hint">The configurations are the same.</p>;
  return (
    <section class="scroll">
      <table>
        <thead>
          <tr>
            {['Setting', here.summary.name, there.summary.name].map((title, i) => (
              <th scope="col" key={i}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {paths.map((path) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td>{left.get(path) ?? 'not set'}</td>
              <td>{right.get(path) ?? 'not set'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
