/** @file The command line of `experiments`. */
import { runProgram } from "@sdtt/core/cli";

await runProgram("experiments", {
  bench: async () => (await import("./bench/command.js")).bench,
  default: async () => (await import("./commands/defaultExperiment.js")).defaultExperiment,
  exact: async () => (await import("./studies/exact/command.js")).exact,
  embedded: async () => (await import("./assets/embedded.js")).embedded,
  "ideal-round": async () => (await import("./commands/idealRound.js")).idealRound,
  "ideal-students": async () => (await import("./studies/ideal/command.js")).idealStudentsCommand,
  methods: async () => (await import("./commands/methods.js")).methods,
  parity: async () => (await import("./parity/parity.js")).parity,
  puzzle: async () => (await import("./studies/puzzle/command.js")).puzzle,
  "puzzle-samplers": async () => (await import("./studies/puzzle/perfectCommand.js")).puzzleSamplers,
  samples: async () => (await import("./assets/samples.js")).samples,
  "real-size": async () => (await import("./bench/realSize/command.js")).realSize,
  plan: async () => (await import("./commands/planCommand.js")).plan,
  sweep: async () => (await import("./commands/sweepCommand.js")).sweepCommand,
  status: async () => (await import("./commands/statusCommand.js")).status,
  retry: async () => (await import("./commands/changeCommands.js")).retry,
  cancel: async () => (await import("./commands/changeCommands.js")).cancel,
  export: async () => (await import("./commands/exportCommand.js")).exportCommand,
  reproduce: async () => (await import("./commands/reproduceCommand.js")).reproduce,
  "card-check": async () => (await import("./card/command.js")).cardCheck,
  external: async () => (await import("./external/command.js")).external,
  work: async () => (await import("./commands/workCommand.js")).work,
});
