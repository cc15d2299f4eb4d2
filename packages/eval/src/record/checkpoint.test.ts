import { join } from "node:path";
import { loadCheckpoint, readCheckpointState, saveCheckpoint } from "@sdtt/core/checkpoint";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeTiny, type Tiny } from "../tiny.fixture.js";
import { openCheckpoint } from "./checkpoint.js";

let tiny: Tiny;
beforeAll(() => {
  tiny = makeTiny();
});
afterAll(() => tiny.remove());

/** The tiny teacher under another name, its model changed. */
function changed(name: string, changes: object): string {
  const folder = join(tiny.folder, name);
  const { model: weights } = loadCheckpoint(tiny.teacher);
  const { state } = readCheckpointState(tiny.teacher);
  saveCheckpoint(folder, { model: weights, state: { ...state, model: { ...(state.model as object), ...changes } } });
  return folder;
}

it("a shifted denoiser is opened as one: read unshifted it would be another model", () => {
  expect(openCheckpoint(changed("shifted", { shift: true }), "raw").model).toMatchObject({ kind: "dit", shift: true });
  expect(openCheckpoint(tiny.teacher, "raw").model).not.toHaveProperty("shift");
});

it("a model with a trait that this program does not know is refused, not evaluated without it", () => {
  expect(() => openCheckpoint(changed("later", { gated: true }), "raw")).toThrow(
    /state\.json must describe run and model, got model: .*"gated"/,
  );
});
