/**
 * @file Every partly masked sequence of a small vocabulary, numbered.
 *
 * A state is a number in base C + 1, first position first, whose digit C stands for the mask; so (C + 1)^L states, of
 * which C^L are sequences. Only for studies that enumerate: the real models never meet this file.
 */
export interface Space {
  /** C: tokens, the mask not among them. */
  readonly tokens: number;
  /** L */
  readonly length: number;
  readonly states: number;
  /** Shapes   [states · L] */
  readonly digits: Uint8Array;
  /** States without a mask, ascending: all sequences. */
  readonly sequences: readonly number[];
  /** The state in which all is masked. */
  readonly start: number;
}

export function spaceOf(tokens: number, length: number): Space {
  const states = (tokens + 1) ** length;
  const digits = new Uint8Array(states * length);
  for (let state = 0; state < states; state++) {
    for (let i = length - 1, left = state; i >= 0; i--, left = Math.floor(left / (tokens + 1))) {
      digits[state * length + i] = left % (tokens + 1);
    }
  }
  const sequences = Array.from({ length: states }, (_, state) => state).filter(
    (state) => !digits.subarray(state * length, (state + 1) * length).includes(tokens),
  );
  return { tokens, length, states, digits, sequences, start: states - 1 };
}

export function digitsOf({ digits, length }: Space, state: number): Uint8Array {
  return digits.subarray(state * length, (state + 1) * length);
}

export function stateOf({ tokens }: Space, digits: ArrayLike<number>): number {
  return Array.from(digits).reduce((state, digit) => state * (tokens + 1) + digit, 0);
}

/** Masked positions of a state, ascending. */
export function maskedOf(space: Space, state: number): number[] {
  return Array.from(digitsOf(space, state).entries()).flatMap(([i, digit]) => (digit === space.tokens ? [i] : []));
}
