/** @file A column's head that sorts by it, once more the other way. */
import { change } from "../place.js";

interface SortHeadProps {
  readonly field: string;
  readonly title: string;
  /** What is sorted by now, `-` in front for falling. */
  readonly sort: string;
  /** Whether the first click has the largest first. */
  readonly isFallingFirst?: boolean;
  /** A line beneath the title. */
  readonly note?: string;
}

export function SortHead({ field, title, sort, isFallingFirst = false, note = "" }: SortHeadProps) {
  const direction = sort === field ? "ascending" : sort === `-${field}` ? "descending" : "none";
  const sign = direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : "";
  const isNextDown = direction === "none" ? isFallingFirst : direction === "ascending";
  return (
    <th scope="col" aria-sort={direction}>
      <button
        type="button"
        class="number"
        onClick={() => change({ sort: isNextDown ? `-${field}` : field, offset: undefined })}
      >
        {title}
        {sign}
      </button>
      {note === "" ? null : <small>{note}</small>}
    </th>
  );
}
