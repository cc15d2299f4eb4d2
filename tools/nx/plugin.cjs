/**
 * @file The project's commands as nx targets, and what nx would do to them otherwise.
 *
 * Where nx was started to run one of them, then in nx's own process
 *   – its lines go to stderr, so that stdout is the command's alone and can be piped;
 *   – the command has nx's own terminal instead of a pipe or a pseudo-terminal that colours and rewrites;
 *   – what was typed is kept, as nx drops arguments that look like its own, and all before a `--`;
 *   – `--help` is the command's help, and the exit code the command's.
 * That needs the plugin to be loaded there and not in a process of its own (NX_ISOLATE_PLUGINS=false in .local.env).
 * Where it is not, targets and arguments are right all the same; nx's lines are then on stdout.
 */
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");
const { typedIn } = require("../../experiments/bin/typedIn.cjs");
const { begin } = require("./handover.cjs");
const { isCommand, projects } = require("./targets.cjs");

exports.name = "sdtt";
exports.createNodesV2 = ["nx.json", (files) => files.map((file) => [file, { projects }])];

/** The command that nx was started for, with all that was typed after it; undefined for anything else. */
function asked([nxCommand, ...rest]) {
  const at = nxCommand === "run" ? rest.findIndex((text) => isCommand(text) || text === "experiments:echo") : -1;
  return at < 0 ? undefined : { command: rest[at], args: rest.slice(at + 1) };
}

/** nx would print the help of the executor. */
function showHelp(command) {
  const sdtt = join(__dirname, "../../experiments/bin/sdtt.js");
  process.exit(spawnSync(process.execPath, [sdtt, command, "--help"], { stdio: "inherit" }).status ?? 1);
}

const found = asked(process.argv.slice(2));
if (found) {
  const { command, args } = found;
  const separator = args.indexOf("--");
  if (args.slice(0, separator < 0 ? undefined : separator).includes("--help")) showHelp(command);
  process.env.NX_NATIVE_COMMAND_RUNNER = "false";
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const codeOf = begin(args, typedIn("nx"));
  process.on("exit", () => {
    process.exitCode = codeOf() ?? process.exitCode;
  });
}
