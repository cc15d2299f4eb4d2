/** @file The byte-order mark, which programs of Windows put before a text: no part of it, and no JSON reader takes it. */

const mark = "\ufeff";

export const withoutByteOrderMark = (text: string): string => (text.startsWith(mark) ? text.slice(mark.length) : text);
