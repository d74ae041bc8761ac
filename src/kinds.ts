/**
 * Kinds of things that a configuration chooses between by the key `kind`: backbones, fusions, loss weightings,
 * optimizers, schedules. A kind is defined in its file, and is one row in the list of its registry.
 */
import type * as z from 'zod';

/**
 * A kind of `Made`: the settings it takes, `kind` among them, and how one is made from them.
 * @typeParam More what making one takes besides the settings
 */
export interface Kind<Made, More extends readonly unknown[] = [], S extends z.ZodObject = z.ZodObject> {
  readonly settings: S;
  create(settings: z.output<S>, ...more: More): Made;
}

/** The function that defines kinds of `Made`. */
export const kindsOf =
  <Made, More extends readonly unknown[] = []>() =>
  <S extends z.ZodObject>(
    settings: S,
    create: (settings: z.output<S>, ...more: More) => Made,
  ): Kind<Made, More, S> => ({ settings, create });

interface HasSettings {
  readonly settings: z.ZodObject;
}

type SettingsOf<K extends readonly HasSettings[]> = { -readonly [I in keyof K]: K[I]['settings'] };

/** The schemas of the settings, for a union that `kind` discriminates. */
export const settingsOf = <const K extends readonly HasSettings[]>(kinds: K): SettingsOf<K> =>
  // `map` forgets that a tuple stays a tuple.
  kinds.map(({ settings }) => settings) as unknown as SettingsOf<K>;

/** The kind of a list that checked settings belong to. */
export function kindFor<K extends HasSettings>(kinds: readonly K[], { kind }: { readonly kind: string }): K {
  const found = kinds.find(({ settings }) => settings.shape.kind.value === kind);
  if (!found) throw new Error(`no kind "${kind}"`);
  return found;
}
