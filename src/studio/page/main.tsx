/** The page: its head, its tabs and the view that is shown. */
import { signal } from '@preact/signals';
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { connection, runs, view } from './store';
import { views } from './views';

const folder = signal('');
fetch('api/runs')
  .then((answer) => answer.json())
  .then((body: { readonly folder?: string }) => {
    folder.value = body.folder ?? '';
  })
  .catch(() => {}); // the stream says that the server is away

const STATES = { connecting: 'connecting …', live: 'live', lost: 'The server does not answer; trying again …' };

function Page() {
  const current = views.find(({ id }) => id === view.value) ?? views[0];
  const running = [...runs.value.values()].filter(({ state }) => state === 'running').length;
  return (
    <>
      <header>
        <h1>nddr studio</h1>
        <span class="folder">{folder.value}</span>
        <span id="status" role="status" class={connection.value}>
          {STATES[connection.value]}
          {connection.value === 'live' && running > 0 ? `, ${running} running` : ''}
        </span>
        <nav aria-label="Views">
          {views.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              aria-current={id === current.id ? 'page' : undefined}
              onClick={() => {
                view.value = id;
              }}
            >
              {title}
            </button>
          ))}
        </nav>
      </header>
      <main aria-label={current.title}>
        <current.show />
      </main>
    </>
  );
}

render(<Page />, document.getElementById('page') as HTMLElement);
