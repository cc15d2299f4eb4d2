/** @file Which second networks are taken, and which are refused and how. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTiny, type Tiny } from "../tiny.fixture.js";
import { openCheckpoint } from "./checkpoint.js";
import { partnersFor } from "./partners.js";

let tiny: Tiny;
beforeAll(() => {
  tiny = makeTiny();
});
afterAll(() => tiny.remove());

const request = (more: { partner?: string; judge?: string } = {}) => {
  const [checkpoint, teacher] = [tiny.student, tiny.teacher].map((folder) => openCheckpoint(folder));
  if (!checkpoint) throw new Error("the fixture must have a student");
  return { checkpoint, teacher, root: tiny.root, judge: tiny.judge, ...more };
};

describe("a sampler's second network", () => {
  it("is the one named, the teacher of a student that is verified, and nobody where nobody is asked", () => {
    expect(partnersFor(["energy:2"], request({ partner: tiny.ar }))?.causal?.path).toContain("ar");
    const { teacher, ...rest } = request();
    expect(partnersFor(["verified", "ancestral"], { teacher, ...rest })?.denoiser).toBe(teacher);
    expect(partnersFor(["ancestral", "spaced"], request())).toBeUndefined();
  });

  it("is never the judge, a network of the other kind, or one of other tokens", () => {
    const refused = (sampler: string, partner?: string) => () =>
      partnersFor([sampler], request(partner === undefined ? {} : { partner }));
    expect(refused("knn:0.5")).toThrow(
      "this command's samplers look into no datastore, got knn. Evaluate it by eval:curve",
    );
    expect(refused("energy", tiny.judge)).toThrow("the judge must not write what it judges");
    expect(refused("energy", tiny.teacher)).toThrow("energy needs one that is causal, got a denoiser");
    expect(refused("verified", tiny.ar)).toThrow("verified needs one that is a denoiser, got causal");
    expect(refused("speculative")).toThrow("it must have the tokenizer of the model that is sampled");
  });
});
