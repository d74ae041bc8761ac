#!/usr/bin/env node
// In a clone the sources lie beside this file: install and compile what is missing first. A package comes compiled.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src', import.meta.url)) && existsSync(new URL('../scripts/setup.mjs', import.meta.url))) {
  const { setup } = await import('../scripts/setup.mjs');
  setup();
}
const { main } = await import('../dist/src/cli/main.js');
process.exitCode = await main(process.argv.slice(2));
