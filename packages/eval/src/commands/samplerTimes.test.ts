/** @file `sampler-times` on tiny random networks, and its arithmetic. */
import { expect, it } from "vitest";
import { catchCommands, rows, run, tiny } from "../cli.fixture.js";
import { openCheckpoint } from "../record/checkpoint.js";
import { inUnits } from "../samples/relativeTimes.js";

catchCommands();

it("counts a time in the evaluations of the unit of its own turn", () => {
  // A sample of 16 evaluations took 8 ms in the first turn and 16 in the second, in which all else was slower too.
  expect(inUnits([4, 8], [8, 16], 16)).toEqual([8, 8]);
  expect(inUnits([6, 6], [8, 16], 16)).toEqual([12, 6]);
});

it("stores a row a sampler and step count, of the weights that were sampled and in units of the teacher's steps", async () => {
  const of = [
    `--checkpoint=${tiny.student}`,
    `--teacher=${tiny.teacher}`,
    `--partner=${tiny.ar}`,
    `--root=${tiny.root}`,
  ];
  const how = ["--samplers=ancestral,spaced,energy:2", "--steps=2,4", "--sequences=2", "--repeats=2", "--threads=1"];
  expect(await run("sampler-times", ...of, ...how)).toMatchObject({ code: 0 });
  const found = rows().evaluations.filter(({ metric }) => metric === "relative-time");
  const student = openCheckpoint(tiny.student).hash;
  const teacher = openCheckpoint(tiny.teacher, "raw").hash;
  const partner = openCheckpoint(tiny.ar).hash.slice(0, 12);
  const samplers = [null, `energy:2:1:1, with ${partner}`, "spaced"];
  expect(found.map(({ sampler, steps }) => [sampler, steps]).sort()).toEqual(
    samplers.flatMap((sampler) => [2, 4].map((steps) => [sampler, steps])).sort(),
  );
  for (const row of found) {
    expect(row).toMatchObject({ subjectHash: student, referenceHash: teacher, batch: 2, n: 2, temperature: 1 });
    expect(row.value).toBeGreaterThan(0);
  }
});

it("times a student with another's first steps as the sampler that its samples are stored under", async () => {
  const of = [`--checkpoint=${tiny.student}`, `--early=${tiny.teacher}`, "--teacher=none", `--root=${tiny.root}`];
  const how = ["--steps=2", "--sequences=2", "--repeats=2", "--threads=1"];
  expect(await run("sampler-times", ...of, ...how)).toMatchObject({ code: 0 });
  const first = openCheckpoint(tiny.teacher).hash.slice(0, 12);
  const found = rows().evaluations.filter(
    ({ metric, sampler }) => metric === "relative-time" && sampler?.includes("first"),
  );
  expect(found.map(({ sampler }) => sampler)).toEqual([`ancestral, first 0.5 by ${first}`]);
  const causal = await run(
    "sampler-times",
    `--checkpoint=${tiny.student}`,
    `--early=${tiny.ar}`,
    `--root=${tiny.root}`,
  );
  expect(causal.errors).toContain("Give another --early");
});

it("refuses a causal network, and neighbours without a datastore", async () => {
  expect((await run("sampler-times", `--checkpoint=${tiny.ar}`, "--teacher=none")).errors).toContain(
    "needs a denoiser",
  );
  const knn = await run("sampler-times", `--checkpoint=${tiny.teacher}`, "--samplers=knn", `--root=${tiny.root}`);
  expect(knn.errors).toContain("Give both");
});
