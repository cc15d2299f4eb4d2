/**
 * @file What an operating system's refusals mean to a user: the rule that was broken, and what to do.
 *
 * One table for whoever meets them: a writer of files names its target, a command that did not expect them its program,
 * the store says the same of a full disk.
 */
export interface SystemRule {
  readonly rule: string;
  readonly remedy: string;
}

const room = "Free some space and start again; what was saved before is whole.";
const writable = { rule: "the place must be writable", remedy: "Choose another place or change its permissions." };

export const systemRules: Readonly<Record<string, SystemRule>> = {
  ENOSPC: { rule: "the disk must have room for the file", remedy: room },
  EDQUOT: { rule: "the disk quota must have room for the file", remedy: room },
  EACCES: writable,
  EPERM: writable,
  EROFS: { rule: "the place must be writable", remedy: "Choose a place that is not mounted read-only." },
  ENOENT: { rule: "the file must be there", remedy: "Check the path." },
  ENOTDIR: { rule: "each parent must be a folder", remedy: "Choose another place." },
  EEXIST: { rule: "the parent must be a folder", remedy: "Choose another place." },
  EISDIR: { rule: "it must be a file, not a folder", remedy: "Give a file, or remove the folder." },
  EADDRINUSE: { rule: "the port must be free", remedy: "Another process listens there; give another port." },
};
