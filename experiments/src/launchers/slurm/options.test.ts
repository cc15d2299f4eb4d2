import { execFileSync } from "node:child_process";
import { runCli } from "@sdtt/core/cli";
import { expect, it } from "vitest";
import { z } from "zod";
import { checkDefinition } from "../../spec/definition.js";
import { mergedRequest, requestArguments, secondsOf } from "../../spec/slurm.js";
import { type SlurmOptions, slurmFlags } from "./options.js";
import { scriptOf } from "./script.js";

/** What the flags resolve to, or what is said of them. */
async function resolved(...args: string[]): Promise<string> {
  let said = "";
  const sink = { write: (text: string) => (said += text) };
  const command = { name: "sweep", summary: "", options: z.object(slurmFlags), run: async () => {} };
  await runCli("experiments", [command], ["sweep", ...args, "--print-config"], { out: sink, err: sink });
  return said;
}

it("flags are taken as Slurm's users have them, lines that repeat with their commas", async () => {
  const flags = ["--account=phys-1", "--qos=long", "--gres=gpu:a100:2,shard:4", "--gpus=2", "--constraint=[a|b]&c"];
  const mail = ["--mail-user=me@example.org", "--mail-type=END,FAIL", "--exclude-nodes=n[1-3,7]"];
  const sizes = ["--time=1-12:00:00", "--mem=16G", "--partition=gpu,long"];
  const extra = ["--slurm-extra=--nodelist=n7,n8", "--slurm-extra=--reservation=mine", "--slurm-extra=--exclusive"];
  expect(JSON.parse(await resolved(...flags, ...mail, ...sizes, ...extra))).toMatchObject({
    ...{ account: "phys-1", qos: "long", gres: "gpu:a100:2,shard:4", gpus: "2", constraint: "[a|b]&c" },
    ...{ mailUser: "me@example.org", mailType: "END,FAIL", excludeNodes: "n[1-3,7]" },
    ...{ time: "1-12:00:00", mem: "16G", partition: "gpu,long" },
    slurmExtra: ["--nodelist=n7,n8", "--reservation=mine", "--exclusive"],
  });
});

it.each([
  ["--account=", "account must be a word that does not begin with a dash"],
  ["--account=a b", "account must be a word"],
  ["--account=a\nb", "account must be a word"],
  ["--qos=--wrap=evil", "qos must be a word that does not begin with a dash"],
  ["--gpus=many", "gpus must be a count, or TYPE:COUNT"],
  ["--gpus=0", "gpus must be a count"],
  ["--time=soon", "time must be minutes, or as in 4:00:00 or 1-12:00:00"],
  ["--mem=16 GB", "mem must be a size, as in 16G"],
  ["--slurm-extra=-N2", "must be an option of sbatch, as in --nodelist=n7"],
  ["--slurm-extra=--comment=a\nb", "must be an option of sbatch"],
  ["--slurm-extra=--array=0-9", "must not be what the launcher itself says to sbatch"],
  ["--slurm-extra=--output=x", "must not be what the launcher itself says to sbatch"],
  ["--slurm-extra=--account=x", "must not be what has an option of its own"],
  ["--slurm-extra=--exclude=n1", "must not be what has an option of its own"],
])("%j is refused: %s", async (flag, message) => {
  expect(await resolved(flag)).toContain(message);
});

it("a definition may say the same, and is refused in the same words", () => {
  const experiment = (slurm: unknown) => ({
    ...{ name: "a", question: "Does it ask?", stages: ["curve"], result: { metric: "gen-ppl" } },
    limits: { slurm },
  });
  const asked = { account: "mine", gpus: 1, time: 90, extra: ["--nodelist=n7"] };
  const expected = { account: "mine", gpus: "1", time: "90", extra: ["--nodelist=n7"] };
  expect(checkDefinition("spec", experiment(asked)).limits.slurm).toEqual(expected);
  expect(() => checkDefinition("spec", experiment({ accounts: "mine" }))).toThrow(
    "spec: limits.slurm must have known keys only, got accounts. Did you mean account?",
  );
  expect(() => checkDefinition("spec", experiment({ extra: ["--array=1"] }))).toThrow(
    "spec: limits.slurm.extra[0] must not be what the launcher itself says to sbatch",
  );
});

it("flags have the last word over the definition, and it over the site's file; further lines add up", () => {
  const merged = mergedRequest([
    { account: "site", qos: "normal", extra: ["--a"] },
    { qos: "long", time: "90" },
    { qos: undefined, account: "mine", extra: ["--b=c,d"] },
  ]);
  expect(merged).toEqual({ account: "mine", qos: "long", time: "90", extra: ["--a", "--b=c,d"] });
  expect(requestArguments({ ...merged, excludeNodes: "n1", mailUser: "me@x" }).sort()).toEqual(
    ["--a", "--account=mine", "--b=c,d", "--exclude=n1", "--mail-user=me@x", "--qos=long"].sort(),
  );
});

it.each([
  ["90", 5400],
  ["90:30", 5430],
  ["4:00:00", 14_400],
  ["1-12", 129_600],
  ["1-12:30", 131_400],
  ["2-00:00:01", 172_801],
])("the time limit %s is %i seconds", (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});

it.each([
  "/data/two words",
  "/data/50%A of ünï 🙂",
  "/data/one\ntwo",
  '/data/it\'s "so" `date` $HOME $(id) \\ !',
  "/data/-rf * ? [a] {b,c} ~ # & ; | < >",
])("a script says the root %j as it is, by bash's own reading", (root) => {
  const manifest = { definition: { name: "a" } } as SlurmOptions["manifest"];
  const script = scriptOf({ root, hash: "h", manifest, threads: 1 } as SlurmOptions, "/");
  const printing = script.replace(/^exec >>.*\n(.*\n)?/m, "").replace(/^exec \S+ \S+ /m, "printf '%s\\0' ");
  const given = execFileSync("bash", ["--norc", "-c", printing], {
    env: { SLURM_ARRAY_TASK_ID: "3" },
    encoding: "utf8",
  });
  expect(given.split("\0").slice(0, -1)).toEqual([
    ...["work", `--root=${root}`, "--sweep=a", "--manifest=h", "--threads=1", "--index=3"],
  ]);
});
