// npm start [-- --seed 2]: installs and compiles what is missing, then runs the demonstration.
import { root, setup } from './setup.mjs';

setup();
process.chdir(root);
const { main } = await import('../dist/src/cli/main.js');
process.exitCode = await main(['demo', ...process.argv.slice(2)]);
