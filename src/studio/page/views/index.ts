/** The views of the page, in the order of their tabs. A new one is a file and a row. */
import type { FunctionComponent } from 'preact';
import { Configuration } from './configuration';
import { Curves } from './curves';
import { Log } from './log';
import { RunsTable } from './runs-table';

export interface View {
  /** In the page's address. */
  readonly id: string;
  readonly title: string;
  readonly show: FunctionComponent;
}

export const views: readonly View[] = [
  { id: 'runs', title: 'Runs', show: RunsTable },
  { id: 'curves', title: 'Curves', show: Curves },
  { id: 'configuration', title: 'Configuration', show: Configuration },
  { id: 'log', title: 'Log', show: Log },
];
