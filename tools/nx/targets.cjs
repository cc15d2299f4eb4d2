/**
 * @file The nx targets of every package: its commands, from the table that `sdtt` has too, and what its developers run.
 */
const { programs, aliases } = require("../../experiments/bin/commands.json");

const executor = "./tools/nx:node";

const command = (name, description) => ({
  executor,
  cache: false,
  options: { script: ["experiments/bin/sdtt.js", name] },
  metadata: { description },
});

const commandsOf = (program, commands) =>
  Object.entries(commands).map(([name, summary]) => [name, command(`${program}:${name}`, summary)]);

/** Commands that are asked for by the name of another program. */
const aliasesOf = (program) =>
  Object.entries(aliases).flatMap(([name, meant]) => {
    const [own, short] = name.split(":");
    return own === program ? [[short, command(meant, `the same as ${meant}`)]] : [];
  });

/** Tests, types, style: of one package, and again only when it or what it is built on has changed. */
function development(folder) {
  const checked = (description, ...script) => ({
    ...{ executor, cache: true, outputs: [], metadata: { description } },
    inputs: folder === "experiments" ? ["sources"] : ["toolchain", "own", "^own"],
    options: { script },
  });
  const compiler = "node_modules/typescript/bin/tsc";
  const vitest = "node_modules/vitest/vitest.mjs";
  const biome = "node_modules/@biomejs/biome/bin/biome";
  return {
    build: { ...checked("compiles the package and what it is built on", compiler, "-b", folder), cache: false },
    typecheck: checked("checks the types of the package's tests", compiler, "-p", `${folder}/tsconfig.tests.json`),
    lint: checked("lints the package's files", biome, "lint", "--error-on-warnings", folder),
    test: checked("runs the package's tests", vitest, "run", `${folder}/src`),
  };
}

/** By the folders of the packages. */
exports.projects = Object.fromEntries(
  Object.entries(programs).map(([program, { folder, commands }]) => {
    const own = Object.fromEntries([...commandsOf(program, commands), ...aliasesOf(program)]);
    return [folder, { targets: { ...development(folder), ...own } }];
  }),
);

/** Whether nx's name of a target, `distill:round`, is that of a command. */
exports.isCommand = (name) => {
  const [program, short] = name.split(":");
  return Object.hasOwn(aliases, name) || Object.hasOwn(programs[program]?.commands ?? {}, short);
};
