/** The command line without the set-up step of `bin/nddr.js`, which would compile anew under running tests. */
import { main } from '../src/cli/main.js';

process.exitCode = await main(process.argv.slice(2));
