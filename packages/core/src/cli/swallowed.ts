/**
 * @file Flags that `nx run` takes for itself, and that a command must therefore not use.
 *
 * Nx drops most of these without a word, so `--batch-size=64` would train with the default. Found by trying each on
 * nx 22.7.12; `experiments/src/flags.test.ts` runs every flag of every command through nx and compares what arrives.
 */
export const swallowedByNx: ReadonlySet<string> = new Set([
  "args",
  "batch",
  "batch-size",
  "cloud",
  "command",
  "configuration",
  "cwd",
  "dte",
  "env",
  "exclude",
  "graph",
  "help",
  "max-parallel",
  "nx-bail",
  "nx-ignore-cycles",
  "output-style",
  "parallel",
  "prod",
  "project",
  "runner",
  "skip-nx-cache",
  "skip-remote-cache",
  "skip-sync",
  "target",
  "tty",
  "tui",
  "verbose",
  "version",
]);
