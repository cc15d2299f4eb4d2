/**
 * @file Notes as they stand: the newest version of each, with those before it. Nothing that was written is ever lost.
 */
import { type NoteRecord, noteOf } from "@sdtt/core/store";
import { groupBy } from "../../charts/data/lines.js";
import type { Reader } from "../stores/merged.js";

export interface Note extends NoteRecord {
  /** When it was first written: what it says now may be of a later time. */
  readonly at: string;
  /** By whom and when it was changed last; null: never. */
  readonly edited: Pick<NoteRecord, "author" | "at"> | null;
  /** What it said before, the oldest first. */
  readonly before: readonly NoteRecord[];
}

function noteFrom(versions: readonly NoteRecord[]): Note {
  const sorted = [...versions].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  const [first, last] = [sorted[0], sorted.at(-1)] as [NoteRecord, NoteRecord];
  const { author, at } = last;
  const edited = sorted.length === 1 ? null : { author, at };
  return { ...last, author: first.author, at: first.at, week: first.week, edited, before: sorted.slice(0, -1) };
}

/** An experiment's, in the order in which they were first written. */
export function notesOf(reader: Pick<Reader, "notes">, experiment: string): Note[] {
  const notes = [...groupBy(reader.notes(experiment), ({ id }) => noteOf(id)).values()].map(noteFrom);
  return notes.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
}
