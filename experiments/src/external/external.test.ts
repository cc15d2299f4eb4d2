import { describe, expect, it } from "vitest";
import { launchOf } from "./launch.js";
import { pointOf } from "./metrics.js";
import { askedFor, checkValues, filled } from "./options.js";

describe("a line of a trainer's output", () => {
  it("is a training point under our names, or under PyTorch's usual ones", () => {
    const line = '{"step": 7, "loss": 2.5, "lr": 1e-3, "grad_norm": 0.5, "tokens": 96, "wall_ms": 12}';
    const wanted = { update: 7, loss: 2.5, learningRate: 1e-3, gradNorm: 0.5, tokens: 96, wallMs: 12 };
    expect(pointOf(line)).toEqual(wanted);
    expect(pointOf(`  ${JSON.stringify(wanted)}`)).toEqual(wanted);
  });

  it("may hold NaN and infinities as Python writes them", () => {
    expect(pointOf('{"update": 1, "loss": NaN, "gradNorm": -Infinity}')).toEqual({
      ...{ update: 1, tokens: 0, loss: Number.NaN, gradNorm: Number.NEGATIVE_INFINITY },
    });
  });

  it("is no point without an update, where it is cut off, or where it is words", () => {
    for (const line of ['{"loss": 1}', '{"update": 1, "lo', "epoch 3", '{"update": 1.5}', "[1]", ""]) {
      expect(pointOf(line), line).toBeUndefined();
    }
  });
});

describe("a command's values", () => {
  const options = { run: ["train", "--lr={lr}", '{"json": {"a": 1}}'], environment: { SEED: "{seed}" } };

  it("take the place of their names, and leave braces that are none", () => {
    expect(filled(options.run.join(" "), { lr: 0.1 })).toBe('train --lr=0.1 {"json": {"a": 1}}');
    expect([...askedFor(options)]).toEqual(["lr", "seed"]);
  });

  it("are refused where nothing asks for them, and where they would hide the runner's own", () => {
    expect(() => checkValues("spec a", { ...options, values: { lr: 1 } })).not.toThrow();
    expect(() => checkValues("spec a", { ...options, values: { rate: 1 } })).toThrow(
      "spec a: command's values must be used in run or environment, got rate. Write {rate} where it belongs, or take it out.",
    );
    expect(() => checkValues("spec a", { ...options, values: { seed: 1 } })).toThrow("must not be the runner's own");
  });
});

describe("the command line", () => {
  const asked = { run: ["torchrun", "--nnodes={nodes}", "--nproc={processes}", "{lr}"], environment: { A: "{out}" } };
  const stage = { ...asked, values: { lr: 0.1 }, nodes: 2, processes: 4 };
  const known = { out: "/out", threads: 8, attempt: 1 };

  it("runs the processes of all nodes on this machine, and shares its threads among them", () => {
    const { argv, env } = launchOf(stage, known, {});
    expect(argv).toEqual(["torchrun", "--nnodes=1", "--nproc=8", "0.1"]);
    expect(env).toMatchObject({ A: "/out", SDTT_OUT: "/out", OMP_NUM_THREADS: "1" });
    expect(launchOf({ ...stage, nodes: 1, processes: 2 }, known, {}).env.OMP_NUM_THREADS).toBe("4");
  });

  it("is refused where Slurm gave fewer nodes", () => {
    expect(() => launchOf(stage, known, { SLURM_JOB_ID: "3", SLURM_JOB_NUM_NODES: "1" })).toThrow(
      "command: the task must have 2 nodes, got 1. Submit the sweep again: it asks for as many as its largest stage needs.",
    );
  });
});
