/**
 * @file Batches: each row once an epoch, in an order that depends on the seed alone.
 */
import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import type { Shard } from "../shards/shards.js";
import { type BatchCursor, firstBatch, nextBatch } from "./batches.js";
import { rowOrder } from "./rowOrder.js";

describe("nextBatch", () => {
  const shard = {
    ids: Uint16Array.from({ length: 103 }, (_, i) => i),
    count: 103,
    vocabSize: 200,
    tokenizerHash: "",
    corpusHash: "",
  } satisfies Shard;
  const options = { batch: 3, length: 10, seed: 5 };

  function take(batches: number, from: BatchCursor = firstBatch, seed = 5): { starts: number[]; cursor: BatchCursor } {
    const starts: number[] = [];
    let cursor = from;
    for (let i = 0; i < batches; i++) {
      const next = nextBatch(shard, cursor, { ...options, seed });
      cursor = next.cursor;
      for (let row = 0; row < 3; row++) {
        const ids = [...next.x0.subarray(row * 10, row * 10 + 10)];
        const start = ids[0] as number;
        expect(ids).toEqual(Array.from({ length: 10 }, (_, i) => start + i));
        starts.push(start);
      }
    }
    return { starts, cursor };
  }

  it("gives each row of an epoch once, then goes on in the next, in another order", () => {
    const epochs = new Map<number, number[]>();
    let cursor = firstBatch;
    for (let row = 0; row < 60; row++) {
      const next = nextBatch(shard, cursor, { ...options, batch: 1 });
      const { epoch } = next.cursor;
      epochs.set(epoch, [...(epochs.get(epoch) ?? []), next.x0[0] as number]);
      cursor = next.cursor;
    }
    const whole = [...epochs.values()].slice(0, -1);
    expect(whole.length).toBeGreaterThanOrEqual(5);
    for (const starts of whole) {
      const offset = Math.min(...starts);
      const rows = Math.floor((103 - offset) / 10);
      const expected = Array.from({ length: rows }, (_, i) => offset + 10 * i);
      expect(offset).toBeLessThan(10);
      expect(starts.toSorted((a, b) => a - b)).toEqual(expected);
      expect(starts).not.toEqual(expected);
    }
    expect(new Set(whole.map((starts) => Math.min(...starts))).size).toBeGreaterThan(1);
  });

  it("cuts ids that are rows at their ends in every epoch", () => {
    const rows = { ...shard, ids: shard.ids.subarray(0, 100), count: 100, rowLength: 10 };
    let cursor = firstBatch;
    const starts: number[] = [];
    for (let row = 0; row < 30; row++) {
      const next = nextBatch(rows, cursor, { ...options, batch: 1 });
      cursor = next.cursor;
      starts.push(next.x0[0] as number);
    }
    expect(starts.every((start) => start % 10 === 0)).toBe(true);
    for (const epoch of [0, 10, 20]) expect(new Set(starts.slice(epoch, epoch + 10)).size).toBe(10);
  });

  it("goes on from a cursor as if it had not stopped", () => {
    const whole = take(10);
    const half = take(5);
    const rest = take(5, JSON.parse(JSON.stringify(half.cursor)));
    expect([...half.starts, ...rest.starts]).toEqual(whole.starts);
    expect(rest.cursor).toEqual(whole.cursor);
  });

  it("gives another order for another seed", () => {
    expect(take(3, firstBatch, 6).starts).not.toEqual(take(3).starts);
  });

  it("takes the only row of a shard that holds no more, and refuses a shard that holds less", () => {
    const exact = nextBatch(shard, firstBatch, { batch: 2, length: 103, seed: 1 });
    expect([...exact.x0]).toEqual([...shard.ids, ...shard.ids]);
    expect(() => nextBatch(shard, firstBatch, { batch: 1, length: 104, seed: 1 })).toThrow(
      "the shard must hold at least 104 ids (one row), got 103",
    );
  });
});

describe("rowOrder", () => {
  it("is a permutation of any count, drawn or computed, and another one for another stream", () => {
    const orderOf = (seed: number, count: number, drawn: number) => {
      const { length, at } = rowOrder(randomStream(seed, "rows"), count, drawn);
      return Array.from({ length }, (_, i) => at(i));
    };
    for (const count of [1, 2, 5, 16, 17, 1000]) {
      for (const drawn of [0, 1000]) {
        const order = orderOf(1, count, drawn);
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(orderOf(1, count, drawn)).toEqual(order);
        if (count > 100) expect(orderOf(2, count, drawn)).not.toEqual(order);
      }
    }
  });

  it("spreads neighbours over the whole range when it is computed", () => {
    const { at } = rowOrder(randomStream(3, "rows"), 10_000, 0);
    const gaps = Array.from({ length: 1000 }, (_, i) => Math.abs(at(i + 1) - at(i)));
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length / 10_000).toBeCloseTo(1 / 3, 1);
  });
});
