/** Which names tasks may have: they are parts of file names, keys of objects, outputs of models and words of addresses. */
import * as z from 'zod';

/** The name of a task in a configuration and in a model file. */
export const taskName = z.string().regex(/^[a-zA-Z][\w-]*$/);

/** Whether every object of JavaScript has the name: `constructor`, `toString`. */
export const isOfEveryObject = (name: string): boolean => name in Object.prototype;
