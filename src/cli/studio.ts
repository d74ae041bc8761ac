/** `nddr studio` */
import { once } from 'node:events';
import { Command } from 'commander';
import { version } from '../experiments/version.js';
import { isLoopback } from '../http/guard.js';
import { startStudio } from '../studio/server.js';
import { several } from '../words.js';
import { withExamples } from './examples.js';
import { onInterrupt } from './interrupt.js';
import { listenOptions } from './options.js';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly allowHost?: string[];
  readonly token?: string;
}

export function studioCommand(): Command {
  const [portOption, allowHostOption] = listenOptions(8090);
  const command = new Command('studio')
    .description('show the runs of a folder in a page, live; on this machine only unless asked')
    .argument('[folder]', 'folder with runs, at any depth up to five', 'runs')
    .addOption(portOption)
    .option('--host <address>', 'address to listen on; others than loopback need a token', '127.0.0.1')
    .addOption(allowHostOption)
    .option(
      '--token <text>',
      'what visitors must have; made anew at each start where --host needs one and none is given',
    )
    .action(studio);
  return withExamples(
    command,
    { line: 'studio', does: 'Show the runs in the folder runs at http://127.0.0.1:8090' },
    {
      line: 'studio runs/fusions --host 0.0.0.0 --port 9000 --allow-host lab.example.org --token a-long-secret-of-the-lab',
      does: 'Show the runs of an experiment to those who have the token',
    },
  );
}

async function studio(folder: string, { port, host, allowHost, token }: Flags): Promise<void> {
  const print = (line: string) => console.error(line);
  const interruption = onInterrupt(print, 'Stopping.');
  try {
    const options = { folder, host, port, allowHosts: allowHost, token, version: version(), log: print };
    const server = await startStudio(options);
    if (!isLoopback(host)) print(`warning: ${host} can be reached from other machines, and there is no encryption.`);
    console.log(`${server.url}  shows ${several(server.runs, 'run')} of ${folder}, live; Ctrl-C stops it`);
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
    await server.stop();
    print('Stopped.');
  } finally {
    interruption.close();
  }
}
