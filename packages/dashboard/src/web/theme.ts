/**
 * @file Light or dark: the machine's choice, until the reader makes one.
 */
import { signal } from "@preact/signals";
import type { ThemeName } from "../charts/drawing/theme.js";

const key = "sdtt-theme";
const machine = matchMedia("(prefers-color-scheme: dark)");
const kept = (): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

const isTheme = (text: string | null): text is ThemeName => text === "light" || text === "dark";

function current(): ThemeName {
  const chosen = kept();
  return isTheme(chosen) ? chosen : machine.matches ? "dark" : "light";
}

export const theme = signal<ThemeName>(current());

function apply(): void {
  theme.value = current();
  document.documentElement.dataset.theme = theme.value;
}

export function startTheme(): void {
  apply();
  machine.addEventListener("change", apply);
}

export function toggleTheme(): void {
  try {
    localStorage.setItem(key, theme.value === "dark" ? "light" : "dark");
  } catch {
    // A browser that keeps nothing still shows the choice of its machine.
  }
  apply();
}
