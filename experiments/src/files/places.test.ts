/** @file Nothing of where files lay is left in what others read. */
import { expect, it } from "vitest";
import { commandWithoutPlaces, withoutPlaces } from "./places.js";

it("leaves out options that name places, and the folders of a file within another value", () => {
  const sampler = "threshold:calibrated=/home/me/run/calibrated.json";
  expect(withoutPlaces({ root: "/home/me", seed: 1, sampler })).toEqual({
    ...{ seed: 1, sampler: "threshold:calibrated=calibrated.json" },
  });
  expect(commandWithoutPlaces(`eval curve --root=./here --sampler=${sampler} --seed=1`)).toBe(
    "eval curve --sampler=threshold:calibrated=calibrated.json --seed=1",
  );
});

it("leaves all else as it is", () => {
  const config = { sampler: "energy:2:1:1", checkpoint: "packages/core/assets/teacher", steps: [4, 8] };
  expect(withoutPlaces(config)).toEqual(config);
  expect(commandWithoutPlaces("eval curve --sampler=energy:2 --steps=4,8")).toBe(
    "eval curve --sampler=energy:2 --steps=4,8",
  );
});
