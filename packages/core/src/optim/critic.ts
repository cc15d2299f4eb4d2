/**
 * @file A second network that learns beside the model and that nobody needs afterwards, as the fake model of distribution matching.
 *
 * Its parameters are named `critic.…` among the model's own, so that one state and one step serve both. It has no EMA, its gradient is
 * clipped by itself, and it gets AdamW's step where the model gets Muon's.
 */
const mark = "critic.";

type Named<T> = Readonly<Record<string, T>>;

export const isCritics = (name: string): boolean => name.startsWith(mark);

/** A network's tensors under a critic's names. */
export const asCritic = <T>(tensors: Named<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`${mark}${name}`, value]));

/** The critic's tensors among all that learn, by the network's own names. */
export const criticOf = <T>(all: Named<T>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (isCritics(name) ? [[name.slice(mark.length), value]] : [])),
  );

/** The model's tensors among all that learn. */
export const withoutCritic = <T>(all: Named<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !isCritics(name)));
