import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bench } from "./command.js";
import { currentCommit } from "./measure.js";
import { type Options, options } from "./options.js";
import { checkPeer, compareWithPeer, printedBy, theirs } from "./peer.js";
import type { Printed } from "./printed.js";
import { ratiosOf, ratioTable, tableSizes } from "./ratios.js";
import { tableWithPeer } from "./table.js";

const folder = mkdtempSync(join(tmpdir(), "sdtt-peer-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A peer that any machine with Node can run: it prints its arguments as JSON, and a time for each step count. */
const script = join(folder, "peer.mjs");
writeFileSync(
  script,
  `const given = Object.fromEntries(process.argv.slice(2).map((arg) => arg.slice(2).split("=")));
   const timings = given.steps.split(",").map((k) => ["sample_" + k, { ms: 10 * k }]);
   console.log(JSON.stringify({ ...given, torch: "none", ...Object.fromEntries(timings) }));`,
);
const optionsFor = (given: Partial<Options>) =>
  options.parse({ peer: script, python: process.execPath, steps: [4, 8], threads: 1, ...given });

const row = (ours: number, peer: number, sizes: Printed = {}) => ({
  ours: { ...sizes, mdlm_update: { ms: ours }, ar_kv: { ms: 1 }, machine: "m" },
  peer: { mdlm_update: { ms: peer }, torch: "1" },
});

describe("a comparison with a peer", () => {
  it("alternates, keeps what both printed, and gives the median ratio", async () => {
    const order: string[] = [];
    const own = [2, 5, 4];
    const sides = {
      ours: async () => {
        order.push("ours");
        return { sample_4: { ms: own[order.length / 2 - 0.5] as number }, sample_8: { ms: 8 } };
      },
      theirs: async (o: Options) => {
        order.push("peer");
        return theirs(o);
      },
    };
    const out = join(folder, "rounds");
    const { ratios } = await compareWithPeer(optionsFor({ out, rounds: 3 }), sides);
    expect(order).toEqual(["ours", "peer", "ours", "peer", "ours", "peer"]);
    expect(ratios.map(({ key, ratio, lowest, highest }) => [key, ratio, lowest, highest])).toEqual([
      ["sample_4", 10, 8, 20],
      ["sample_8", 10, 10, 10],
    ]);
    const sides3 = [1, 2, 3].flatMap((i) => [`round-${i}-ours.json`, `round-${i}-peer.json`]);
    expect(readdirSync(out).sort()).toEqual(["ratios.json", "ratios.md", ...sides3]);
    const peer = JSON.parse(readFileSync(join(out, "round-2-peer.json"), "utf8"));
    expect(peer).toMatchObject({ width: "256", vocab: "4096", batch: "16", steps: "4,8", threads: "1", repeats: "5" });
  });

  it("says which side failed, with the end of what it said", async () => {
    const failing = join(folder, "failing.mjs");
    writeFileSync(failing, 'console.error("no torch here"); process.exit(3);');
    await expect(printedBy(process.execPath, [failing])).rejects.toThrow(/exit code 3 of .*: no torch here/);
    const chatty = join(folder, "chatty.mjs");
    writeFileSync(chatty, 'console.log("it took 5 ms");');
    await expect(printedBy(process.execPath, [chatty])).rejects.toThrow(/print JSON, got it took 5 ms… of/);
    await expect(printedBy(join(folder, "no-python"), [])).rejects.toThrow(/either side must run/);
  });

  it.each([
    [{ peer: "/not/there.py", out: "x" }, "--peer must be a script that is there, got /not/there.py"],
    [{}, "got no --out"],
    [{ peer: undefined, table: true }, "--table is of ratios to a peer, got no --peer"],
    [{ out: folder }, "--out must be empty"],
    [{ out: "x", json: true }, "a comparison prints a table, got --json"],
    [{ out: join(folder, "new"), profile: true }, "it does one thing at a time, got --peer and --profile"],
  ])("is refused before anything runs with %o", (given, message) => {
    expect(() => bench.rules?.(optionsFor(given))).toThrow(message);
  });

  it("begins no round after its minutes, but runs one, and goes on only with a longer limit or more rounds", async () => {
    const out = join(folder, "minutes");
    const roundsWithin = async (minutes: number, rounds = 3) =>
      (await compareWithPeer(optionsFor({ out, rounds }), quickSides([]), minutes)).rounds.length;
    expect([await roundsWithin(1e-9), await roundsWithin(1e-9), await roundsWithin(1e-10)]).toEqual([1, 1, 1]);
    expect([await roundsWithin(1e-9), await roundsWithin(60), await roundsWithin(60)]).toEqual([1, 3, 3]);
    expect(await roundsWithin(60, 4)).toBe(4);
  });

  it("is not refused where all is there", () => {
    expect(() => checkPeer(optionsFor({ out: join(folder, "new") }))).not.toThrow();
  });
});

/** Two sides that are done at once and say which they are. */
const quickSides = (order: string[]) => {
  const side = (name: string) => async (o: Options) => {
    order.push(`${name} ${o.width} ${o.steps} ${o.repeats}`);
    return {
      commit: currentCommit(),
      width: o.width,
      ...Object.fromEntries(o.steps.map((k) => [`sample_${k}`, { ms: k }])),
    };
  };
  return { ours: side("ours"), theirs: side("peer") };
};

describe("the table with a peer", () => {
  const sizes = tableSizes.slice(0, 1);
  const tableOptions = (out: string) => optionsFor({ out: join(folder, out), rounds: 2, table: true });

  it("has every cell in turn, the long samples once a round", async () => {
    const order: string[] = [];
    const table = await tableWithPeer(tableOptions("table"), quickSides(order), sizes);
    const cells = ["256 8 5", "256 128 1", "256 1024 1"];
    expect(order).toEqual(cells.flatMap((cell) => [1, 2].flatMap(() => [`ours ${cell}`, `peer ${cell}`])));
    expect(table.match(/^\| sample_\d+ .* \| 2 \|/gm)).toHaveLength(3);
    expect(readFileSync(join(folder, "table", "table.md"), "utf8")).toBe(`${table}\n`);
  });

  it("goes on where it was stopped, and runs nothing twice", async () => {
    const o = tableOptions("stopped");
    const before: string[] = [];
    const { ours, theirs: peer } = quickSides(before);
    const theirs = async (given: Options) => {
      if (before.length === 7) throw new Error("stopped");
      return peer(given);
    };
    await expect(tableWithPeer(o, { ours, theirs }, sizes)).rejects.toThrow("stopped");
    const after: string[] = [];
    const table = await tableWithPeer(o, quickSides(after), sizes);
    expect(before.slice(-1)).toEqual(["ours 256 128 1"]);
    expect(after).toEqual([
      "ours 256 128 1",
      "peer 256 128 1",
      ...[1, 2].flatMap(() => ["ours 256 1024 1", "peer 256 1024 1"]),
    ]);
    expect(table.match(/ \| 2 \|/g)).toHaveLength(3);
    expect(await tableWithPeer(o, quickSides(after), sizes)).toBe(table);
    expect(after).toHaveLength(6);
  });

  it("does not go on with rounds of another commit", async () => {
    const out = join(folder, "another");
    const sides = quickSides([]);
    const ours = async (o: Options) => ({ ...(await sides.ours(o)), commit: "of yesterday" });
    await compareWithPeer(optionsFor({ out, rounds: 1 }), { ...sides, ours });
    const again = compareWithPeer(optionsFor({ out, rounds: 2 }), sides);
    await expect(again).rejects.toThrow(/the rounds of one comparison must be of one commit, got .* of of yesterday/);
  });
});

describe("a ratio", () => {
  it("is of each round's own two times, for keys that both have", () => {
    expect(ratiosOf([row(1, 3), row(10, 20), row(1, 1)])).toEqual([
      { key: "mdlm_update", ours: 1, peer: 3, ratio: 2, lowest: 1, highest: 3 },
    ]);
    expect(ratiosOf([])).toEqual([]);
  });

  it("is held against a target where this project set itself one for the size", () => {
    const size = { width: 256, blocks: 4, length: 128, vocab: 4096, batch: 16 };
    const rounds = [row(1, 2.5, size)];
    expect(ratioTable({ ratios: ratiosOf(rounds), rounds })).toContain(
      "| mdlm_update | 1.0 | 2.5 | 2.50× | 2.50 – 2.50 |  | 1 | ≥ 3× (missed) |",
    );
    const against = (torch: string) => {
      const [round] = rounds as [(typeof rounds)[0]];
      return ratiosOf([{ ...round, peer: { ...round.peer, torch } }])[0]?.target;
    };
    expect(["2.15.0+cu130 (eager)", "2.15.0+cu130 (torch.compile)", "1.13.0"].map(against)).toEqual([2, 1.2, 3]);
    const other = [row(1, 2.5, { ...size, width: 257 })];
    expect(ratioTable({ ratios: ratiosOf(other), rounds: other })).toContain("| 2.50 – 2.50 |  | 1 |  |");
  });

  it("is given of processor time too, where both sides took it in every round", () => {
    const round = (ours: number, peer?: number) => ({
      ours: { mdlm_update: { ms: 1, cpu_ms: ours } },
      peer: { mdlm_update: { ms: 2, ...(peer && { cpu_ms: peer }) }, torch: "2" },
    });
    const rounds = [round(1, 3), round(2, 10), round(1, 4)];
    expect(ratiosOf(rounds)).toMatchObject([{ ratio: 2, cpu: 4 }]);
    expect(ratioTable({ ratios: ratiosOf(rounds), rounds })).toContain("| 2.00 – 2.00 | 4.00× | 3 |");
    expect(ratiosOf([...rounds, round(1)])[0]?.cpu).toBeUndefined();
  });
});
