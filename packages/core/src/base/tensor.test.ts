import { expect, it } from "vitest";
import { float32, int32, sameShape, scalar, sizeOf, tensor } from "./tensor.js";

it("wraps an array of its own type without a copy, and converts any other", () => {
  const data = Float32Array.of(1, 2);
  expect(float32([2], data).data).toBe(data);
  expect(int32([2], [1.9, -1.9]).data).toEqual(Int32Array.of(1, -1));
  expect(tensor("bool", [2], [1, 0]).data).toEqual(Uint8Array.of(1, 0));
});

it("gives zeros where no values are given", () => {
  expect(float32([2, 2]).data).toEqual(new Float32Array(4));
  expect(float32([0, 3]).data).toHaveLength(0);
});

it("refuses values that do not fill the shape", () => {
  expect(() => float32([2, 3], [1])).toThrow(
    "tensor: data must hold 6 values for shape [2,3], got 1. Check the shape.",
  );
});

it("holds one value in a scalar", () => {
  expect(scalar(2)).toEqual({ shape: [], dtype: "float32", data: Float32Array.of(2) });
  expect([sizeOf([]), sizeOf([2, 0]), sizeOf([2, 3])]).toEqual([1, 0, 6]);
});

it("keeps its own shape when the caller's list changes", () => {
  const shape = [1, 2];
  const made = float32(shape);
  shape.push(9);
  expect(made.shape).toEqual([1, 2]);
});

it("compares shapes axis by axis", () => {
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape([1, 2], [2, 1])).toBe(false);
  expect(sameShape([1], [1, 1])).toBe(false);
});
