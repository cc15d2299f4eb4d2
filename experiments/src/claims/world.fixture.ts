/**
 * @file Stores that real commands make, in this process: two tiny teachers, their students, controls and evaluations.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCheckpoint } from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { openStore, type Store } from "@sdtt/core/store";
import { pretrain, round } from "@sdtt/distill/commands";
import { curve, forecast, report } from "@sdtt/eval/commands";
import { afterAll, afterEach, beforeEach, vi } from "vitest";
import { makeTiny } from "../chaos/tiny.js";

/** To be called once in a test file, at its top. */
export function world() {
  const folder = mkdtempSync(join(tmpdir(), "world-"));
  const at = (...path: string[]) => join(folder, ...path);
  makeTiny(folder);
  const root = at("root");
  const place = { folder, at, root, printed: "" };
  const silence = () => {
    place.printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((said) => {
      place.printed += said;
      return true;
    });
  };
  const run = async (program: "distill" | "eval", ...args: string[]): Promise<void> => {
    let err = "";
    const sink = { write: (said: string) => (err += said) };
    const own = [...args, `--root=${root}`, "--engine=onnx", "--threads=1"];
    const commands = program === "distill" ? [pretrain, round] : [curve, report];
    const code = await runCli(program, commands, own, { out: process.stdout, err: sink });
    if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${err}`);
  };
  const drawn = [`--judge=${at("judge")}`, "--samples=10", "--corpus=none"];
  beforeEach(silence);
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => rmSync(folder, { recursive: true }));
  const roundAt = (name: string, number = 1) => at("root/runs", name, `round-${number}`);
  return Object.assign(place, {
    run,
    silence,
    roundAt,
    /** A teacher of its own training, of the same text. */
    pretrain: (name: string, ...args: string[]) =>
      run(
        "distill",
        ...["pretrain", `--name=${name}`, `--source=${at("texts")}`, "--vocab=280", "--updates=4", "--sequences=2"],
        ...["--width=16", "--blocks=1", "--heads=2", "--length=16", "--warmup=0", "--validation-batches=1", ...args],
      ),
    /** One round of two updates. */
    round: (name: string, teacher: string, ...args: string[]) =>
      run(
        "distill",
        ...["round", `--name=${name}`, `--teacher=${teacher}`, `--source=${at("texts")}`, "--updates=2"],
        ...["--sequences=2", "--warmup=0", "--initial-steps=8", "--no-evaluate", ...args],
      ),
    control: (beside: string, control: "null" | "equal-updates") =>
      run("distill", "round", `--control=${control}`, `--beside=${beside}`, "--rounds=1", "--no-evaluate"),
    curve: (checkpoint: string, ...args: string[]) =>
      run("eval", "curve", `--checkpoint=${checkpoint}`, "--steps=2,4", ...drawn, ...args),
    /** As JSON. */
    forecasts: async (...args: string[]) => {
      silence();
      const code = await runCli("eval", [forecast], ["forecast", "--json", `--root=${root}`, ...args]);
      return code === 0 ? JSON.parse(place.printed.slice(place.printed.indexOf("{"))) : place.printed;
    },
    report: (name: string, ...args: string[]) => run("eval", "report", `--run=${name}`, ...drawn, ...args),
    studentOf: (name: string) => findCheckpoint(roundAt(name), "student").hash,
    reading<T>(read: (store: Store) => T): T {
      const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
      try {
        return read(store);
      } finally {
        store.close();
      }
    },
  });
}
