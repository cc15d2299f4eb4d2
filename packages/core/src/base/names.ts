/**
 * @file Names that people give to runs, experiments and the like: checked once, before one becomes a folder or a row.
 *
 * A name is a folder's on every file system that a root may be copied to, a word of a command line, and a line of a table.
 * So: no separators, no dots or dashes in front, nothing that cannot be seen, nothing that Windows keeps for itself, and
 * room for what is put behind it. Everything else is a name: letters of any script, spaces, quotes, emoji.
 */

/** Folders may have 255 bytes; temporary siblings need some of them. */
const mostBytes = 200;

const devices = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;
/** Control characters, line separators, and the marks that turn text around; joiners belong to emoji. */
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** What is wrong with a text that is to be seen on a line; undefined where nothing is. */
export function textFault(text: string): string | undefined {
  if (text === "") return "must not be empty";
  if (/\p{Cs}/u.test(text)) return "must be well-formed text";
  if (unseen.test(text)) return "must not hold control characters or line ends";
  if (Buffer.byteLength(text) > mostBytes) return `must be at most ${mostBytes} bytes long`;
  return undefined;
}

/** What is wrong with a name; undefined where nothing is. */
export function nameFault(name: string): string | undefined {
  const fault = textFault(name);
  if (fault) return fault;
  if (name.trim() !== name) return "must not begin or end with white space";
  if (/[/\\]/.test(name)) return "must not hold a slash or a backslash";
  if (/^[.-]/.test(name)) return "must not begin with a dot or a dash";
  if (name.endsWith(".")) return "must not end with a dot";
  return devices.test(name) ? "must not be a name that Windows keeps for itself" : undefined;
}
