/** @file `story` from end to end on tiny random networks: alone, and beside what ships. */
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { knownOf, openStore, writeKnown } from "@sdtt/core/store";
import { beforeAll, describe, expect, it } from "vitest";
import { catchCommands, forgetPrinted, printed, rows, run, tiny } from "../cli.fixture.js";
import { hashesIn } from "../record/checkpoint.js";

catchCommands();

const at = (name: string) => join(tiny.folder, name);
const common = (root: string) => [`--judge=${tiny.judge}`, `--root=${at(root)}`, "--samples=8", "--threads=1"];
const storyOf = (root: string, shipped: string, ...more: string[]) =>
  run("story", `--checkpoint=${tiny.student}`, `--shipped=${at(shipped)}`, ...common(root), ...more);
const textOf = (path: string) => readFileSync(path, "utf8");

describe("a student's story", () => {
  it("is told where nothing ships: its teacher is sampled beside it once, and what is not known is said", async () => {
    const teacher = `--teacher=${tiny.teacher}`;
    expect(await storyOf("alone", "nothing", teacher, "--steps=2,4")).toMatchObject({ code: 0 });
    expect(printed).toMatch(/^\nWith 2 steps, 8 tokens at once, this student /);
    expect(printed).toContain(
      "How much of a difference is sharpening is not known yet: npx sdtt frontier --checkpoint=",
    );
    expect(printed).toMatch(/\ngen-PPL \/ entropy at steps +2 +4\n/);
    expect(printed).toMatch(
      /\nteacher +[\d.e+]+ \/ \d\.\d\d +[\d.e+]+ \/ \d\.\d\d\nthis student, round 1 +[\d.e+]+ \/ /,
    );
    expect(printed).toContain("AR baseline and real text: eval:reference measures them");
    expect(printed).toMatch(
      /\n! .*docs\/evaluation\.md#warnings.*\nStored in .*npx nx run dashboard:serve --store=.*\n$/,
    );
    const before = rows(at("alone")).evaluations;
    await storyOf("alone", "nothing", teacher, "--steps=2,4", "--seed=1");
    expect(rows(at("alone")).evaluations).toEqual(before);
  });

  it("takes the steps of 64, 32, 16 and 8 tokens at once by default", async () => {
    await storyOf("alone", "nothing", `--teacher=${tiny.teacher}`);
    expect(printed).toMatch(/\ngen-PPL \/ entropy at steps +1 +2( |\n)/);
  });

  it("is refused without a teacher in one line", async () => {
    const { code, errors } = await storyOf("alone", "nothing", "--teacher=none");
    expect([code, errors]).toEqual([
      1,
      expect.stringContaining("a student needs a teacher of its tokenizer, got none"),
    ]);
  });
});

describe("beside what ships", () => {
  beforeAll(async () => {
    const [flags, shipped] = [common("measured"), at("shipped")];
    mkdirSync(shipped);
    cpSync(tiny.ar, join(shipped, "ar"), { recursive: true });
    // Another model of the same teacher: the student's raw weights.
    cpSync(tiny.student, join(shipped, "round-1"), { recursive: true });
    const round = join(shipped, "round-1");
    const alone = ["--teacher=none", "--weights=raw", "--steps=2,4,8"];
    for (const temperature of [1.3, 1, 0.7]) {
      await run("curve", `--checkpoint=${tiny.teacher}`, ...alone, `--temperature=${temperature}`, ...flags);
    }
    await run("curve", `--checkpoint=${round}`, ...alone, ...flags);
    await run("reference", `--checkpoint=${join(shipped, "ar")}`, "--weights=raw", ...flags);
    const store = openStore(join(at("measured"), "sdtt.sqlite"), { readonly: true });
    const hashes = store.evaluations({ metric: "gen-ppl" }).map(({ subjectHash }) => subjectHash);
    writeKnown(join(shipped, "known.json"), knownOf(store, [...new Set(hashes)]));
    store.close();
    forgetPrinted();
  }, 300_000);

  it("a story samples the student alone, and has everyone in one table", async () => {
    expect(await storyOf("beside", "shipped", "--steps=2,4", `--teacher=${tiny.teacher}`)).toMatchObject({ code: 0 });
    const cell = String.raw` +[\d.e+]+ \/ \d\.\d\d`;
    for (const name of ["teacher", "round 1, ships"]) expect(printed).toMatch(new RegExp(`\n${name}(${cell}){3} +–\n`));
    expect(printed).toMatch(new RegExp(`\nthis student, round 1(${cell}){2} +– +–\n`));
    for (const name of ["AR baseline", "real text"]) expect(printed).toMatch(new RegExp(`\n${name}( +–){3}${cell}\n`));
    expect(printed).not.toContain("not known yet");
    const known = JSON.parse(textOf(join(at("shipped"), "known.json"))).evaluations;
    const own = rows(at("beside")).evaluations.filter(({ metric, createdAt }) => {
      return metric === "gen-ppl" && !known.some((one: { createdAt: string }) => one.createdAt === createdAt);
    });
    expect(new Set(own.map(({ subjectHash }) => subjectHash))).toEqual(new Set([hashesIn(tiny.student)[1]]));
  });

  it("figures that lack cells, or assets without figures, leave gaps and stop nothing", async () => {
    const path = join(at("shipped"), "known.json");
    const known = JSON.parse(textOf(path));
    const few = known.evaluations.filter(
      ({ steps, metric }: { steps: number | null; metric: string }) => steps === 2 && metric === "gen-ppl",
    );
    writeKnown(path, { ...known, evaluations: few });
    expect(await storyOf("gaps", "shipped", "--steps=2,4", `--teacher=${tiny.teacher}`)).toMatchObject({ code: 0 });
    expect(printed).toMatch(/\nround 1, ships +[\d.e+]+ \/ \d\.\d\d +–\n/);
    rmSync(path);
    expect(await storyOf("none", "shipped", "--steps=2", `--teacher=${tiny.teacher}`)).toMatchObject({ code: 0 });
    expect(printed).toMatch(/\nthis student, round 1 +/);
  });
});
