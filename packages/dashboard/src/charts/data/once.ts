/**
 * @file What is dear to make and not always asked for.
 */

/** `make`'s answer, made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly answer: T } | undefined;
  return () => {
    made ??= { answer: make() };
    return made.answer;
  };
}
