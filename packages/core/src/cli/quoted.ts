/** @file Words of a command line for whoever types or runs it in a shell. */

/** As a POSIX shell takes it for one word, whatever it is made of. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
