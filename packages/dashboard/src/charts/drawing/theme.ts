/**
 * @file How lines are told apart: by colour (Okabe–Ito), by marker and by dash, each of which suffices alone.
 *
 * The look depends on the round and not on a line's place, so that hiding a line changes no other. Members of the
 * palette with little contrast to the background come last.
 */

export type ThemeName = "light" | "dark";

export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  /** Lines that point at something, neither grid nor data. */
  readonly mark: string;
  readonly colors: readonly [string, ...string[]];
}

export const themes: Record<ThemeName, Theme> = {
  light: {
    background: "#ffffff",
    text: "#1b1f24",
    grid: "#d8dde3",
    mark: "#8a94a0",
    colors: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"],
  },
  dark: {
    background: "#14181d",
    text: "#e6e9ed",
    grid: "#363d46",
    mark: "#7d8896",
    colors: ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00"],
  },
};

/** By round: each can be hollow, which says that a point rests on one evaluation. */
const markers = [
  { style: "circle", rotation: 0 },
  { style: "rect", rotation: 0 },
  { style: "triangle", rotation: 0 },
  { style: "rectRot", rotation: 0 },
  { style: "triangle", rotation: 180 },
  { style: "triangle", rotation: 90 },
] as const;
const dashes: readonly (readonly number[])[] = [[], [9, 3], [2, 3], [9, 3, 2, 3], [12, 3, 2, 3, 2, 3]];

export interface Look {
  readonly color: string;
  readonly marker: (typeof markers)[number];
  readonly dash: number[];
}

/**
 * The look of a round's line. The teacher (round 0) is dashed and in the colour of text; further lines of a round
 * (`variant`) have other dashes and markers, further rounds of one colour other markers.
 */
export function lookOf(theme: Theme, round: number, variant: number): Look {
  const dash = [...(dashes[(variant + (round === 0 ? 1 : 0)) % dashes.length] as readonly number[])];
  const turn = Math.floor(Math.max(0, round - 1) / theme.colors.length);
  const marker = markers[(round + variant + 2 * turn) % markers.length] as Look["marker"];
  if (round === 0) return { color: theme.text, marker, dash };
  return { color: theme.colors[(round - 1) % theme.colors.length] as string, marker, dash };
}

/** The looks of lines: further ones of the same place differ by their dash. */
export function looksOf(lines: readonly { readonly look: number }[], theme: Theme): Look[] {
  const variants = new Map<number, number>();
  return lines.map(({ look }) => {
    const variant = variants.get(look) ?? 0;
    variants.set(look, variant + 1);
    return lookOf(theme, look, variant);
  });
}
