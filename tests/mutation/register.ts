/** Started with `node --import`, this puts a mutant in the place of a module, in the threads of the process as well. */
import { register } from 'node:module';

register('./replace-module.js', import.meta.url);
