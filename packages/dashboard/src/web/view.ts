/** @file What a file of `views/` exports as `view`; the file's name is its address. */
import type { ComponentType } from "preact";

export interface View {
  readonly title: string;
  /** Its place in the menu; left out: in none. */
  readonly inMenu?: number;
  readonly page: ComponentType;
  /** Parts of the address that it knows; others are explained. */
  readonly known: readonly string[];
}
