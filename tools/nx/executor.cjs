/**
 * @file Runs a script of the project for nx, with the arguments as they were typed.
 *
 * nx's own run-commands writes the arguments into a line for a shell, which reads quotes, `$` and backquotes a second
 * time; here no shell is asked. The script has nx's terminal, so that it knows whether it is one, and what it prints is
 * neither coloured nor wrapped anew. It alone decides what a signal means.
 */
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { resolve } = require("node:path");
const { typed } = require("./handover.cjs");

/** Flags of nx that it tells people to add; no command of ours may have them. */
const ofNx = /^--(verbose|skip-nx-cache|skipNxCache|nx-bail|nxBail|output-?[sS]tyle=.*|no-tui|tui)$/;

/** Arguments and folder: as typed, or as nx has parsed them where the plugin was not there to see. */
function given({ __unparsed__: parsed = [] }, { root }) {
  const { args = parsed, cwd = root, end = () => {} } = typed() ?? {};
  const separator = args.indexOf("--");
  if (separator < 0) return { args: args.filter((argument) => !ofNx.test(argument)), cwd, end };
  const before = args.slice(0, separator).filter((argument) => !ofNx.test(argument));
  return { args: [...before, ...args.slice(separator + 1)], cwd, end };
}

exports.default = async (options, context) => {
  const { args, cwd, end } = given(options, context);
  // From the target and not from `options`, where a flag --script of the user's would have taken its place.
  const { flags = [], script } = context.target.options;
  const own = [...flags, ...(script ? [resolve(context.root, script[0]), ...script.slice(1)] : [])];
  const child = spawn(process.execPath, [...own, ...args], { cwd, stdio: "inherit", windowsHide: true });
  // A terminal's Ctrl-C reaches the child by itself, and nx passes signals on to all that run under it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  // nx is gone without a word: nothing is to go on unseen.
  process.on("disconnect", () => child.kill("SIGTERM"));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
  end(code);
  return { success: code === 0 };
};
