import { Option } from 'commander';

/** For commands that open a run, which may name a module. */
export const allowModuleOption = () =>
  new Option('--allow-module', "import the backbone's module that the run names, though it was not trained with here");
