/** @file What a user should know, on standard error, however often it comes up in one process. */

const said = new Set<string>();

export function sayOnce(text: string): void {
  if (text === "" || said.has(text)) return;
  said.add(text);
  process.stderr.write(`${text}\n`);
}
