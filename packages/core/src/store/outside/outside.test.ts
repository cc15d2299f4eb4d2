/**
 * @file Numbers of other programs as runs: event files by TensorBoard's own writer, checksums by published vectors, exports as
 * W&B and Trackio write them, `log` from a shell.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../cli/index.js";
import { openStore } from "../file/open.js";
import { outsideCommands } from "./commands.js";
import { crc32c, maskedCrc32c } from "./crc32c.js";
import { exportedScalars } from "./exported.js";
import { columnOf } from "./logged.js";
import { eventScalars } from "./tensorboard.js";

/**
 * Written by `EventFileWriter` of tensorboard 2.21.0: `train/loss` 2/(step + 1) as simple_value, `eval/loss` 1.5 + step and `lr`
 * (step + 1)/1000 as tensors, by field and by content; at step 3 `accuracy` 0.25, `tokens` 4096 as int64, a text, a vector; ten
 * seconds between steps, from 1 700 000 000 s on.
 */
const events = Buffer.from(
  "SAAAAAAAAAD+kkidCbw0jNGDwtpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVyLmV2ZW50X2ZpbGVfd3JpdG" +
    "VycUi4lh4AAAAAAAAA2dwSMgkAAABA/FTZQSoTChEKCnRyYWluL2xvc3MVAAAAQObZNBIvAAAAAAAAAG1dHVAJAAAAQPxU2UEqJAoiCglldmFs" +
    "L2xvc3NCCAgBKgQAAMA/SgsKCQoHc2NhbGFycx+Wwp4bAAAAAAAAABoNnhMJAAAAQPxU2UEqEAoOCgJsckIICAEiBG8Sgzpm3UW+IAAAAAAAAA" +
    "Ap7alQCQAAgEL8VNlBEAEqEwoRCgp0cmFpbi9sb3NzFQAAgD8iTWwmMQAAAAAAAACdg4PpCQAAgEL8VNlBEAEqJAoiCglldmFsL2xvc3NCCAgB" +
    "KgQAACBASgsKCQoHc2NhbGFycycAgGkdAAAAAAAAAGAv3yMJAACAQvxU2UEQASoQCg4KAmxyQggIASIEbxIDOwqD8fQgAAAAAAAAACntqVAJAA" +
    "AARfxU2UEQAioTChEKCnRyYWluL2xvc3MVq6oqP62Ya+MxAAAAAAAAAJ2Dg+kJAAAARfxU2UEQAiokCiIKCWV2YWwvbG9zc0IICAEqBAAAYEBK" +
    "CwoJCgdzY2FsYXJzuXaq/h0AAAAAAAAAYC/fIwkAAABF/FTZQRACKhAKDgoCbHJCCAgBIgSmm0Q7+CPu/SAAAAAAAAAAKe2pUAkAAIBH/FTZQR" +
    "ADKhMKEQoKdHJhaW4vbG9zcxUAAAA/hJFK+zEAAAAAAAAAnYOD6QkAAIBH/FTZQRADKiQKIgoJZXZhbC9sb3NzQggIASoEAACQQEoLCgkKB3Nj" +
    "YWxhcnO3JoLmHQAAAAAAAABgL98jCQAAgEf8VNlBEAMqEAoOCgJsckIICAEiBG8SgzsnmLNUHgAAAAAAAADZ3BIyCQAAgEf8VNlBEAMqEQoPCg" +
    "hhY2N1cmFjeRUAAIA+ePYz2SAAAAAAAAAAKe2pUAkAAIBH/FTZQRADKhMKEQoEdGV4dEIJCAdCBWhlbGxvlPk0ICkAAAAAAAAAN/9fAAkAAIBH" +
    "/FTZQRADKhwKGgoGdmVjdG9yQhAIASoMAACAPwAAAEAAAEBAwKuS2B8AAAAAAAAAUUtEGAkAAIBH/FTZQRADKhIKEAoGdG9rZW5zQgYICVICgC" +
    "Cy/rUW",
  "base64",
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-outside-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

async function core(...args: string[]) {
  const said = { out: "", err: "" };
  const to = (name: "out" | "err") => ({ write: (text: string) => (said[name] += text) });
  const code = await runCli("core", outsideCommands, [...args, `--store=${at("s.sqlite")}`], {
    out: to("out"),
    err: to("err"),
  });
  return { code, ...said };
}

function inStore<T>(work: (store: ReturnType<typeof openStore>) => T): T {
  const store = openStore(at("s.sqlite"));
  try {
    return work(store);
  } finally {
    store.close();
  }
}

const points = (run: string) => inStore((store) => store.trainPoints(run));

describe("checksums", () => {
  it("are those of RFC 3720, B.4", () => {
    const vectors: readonly (readonly [Uint8Array, number])[] = [
      [new Uint8Array(32), 0x8a9136aa],
      [new Uint8Array(32).fill(0xff), 0x62a8ab43],
      [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
      [Buffer.from("123456789"), 0xe3069283],
    ];
    for (const [bytes, sum] of vectors) expect(crc32c(bytes)).toBe(sum);
  });
});

/** A record as the specification says it, by hand. */
function record(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc32c(data));
  return Buffer.concat([head, data, foot]);
}

describe("event files", () => {
  it("give the scalars that TensorBoard's own writer wrote, in all its forms, and nothing else", () => {
    const found = eventScalars("events", events);
    const of = (name: string) => found.filter((scalar) => scalar.name === name).map(({ value }) => value);
    expect([...new Set(found.map(({ name }) => name))]).toEqual([
      "train/loss",
      "eval/loss",
      "lr",
      "accuracy",
      "tokens",
    ]);
    expect(of("train/loss")).toEqual([0, 1, 2, 3].map((step) => Math.fround(2 / (step + 1))));
    expect(of("eval/loss")).toEqual([1.5, 2.5, 3.5, 4.5]);
    expect(of("lr")).toEqual([1, 2, 3, 4].map((n) => Math.fround(1e-3 * n)));
    expect([of("accuracy"), of("tokens")]).toEqual([[0.25], [4096]]);
    expect(found.map(({ step }) => step).slice(0, 4)).toEqual([0, 0, 0, 1]);
    expect(found[0]?.at).toBe(1_700_000_000_000);
  });

  it("are read as far as they are whole, and refused where a bit has turned", () => {
    const whole = eventScalars("events", events).length;
    for (const cut of [1, 5, 30]) expect(eventScalars("events", events.subarray(0, -cut)).length).toBe(whole - 1);
    for (const place of [0, 9, 40, events.length - 1]) {
      const turned = Buffer.from(events);
      turned[place] = (turned[place] as number) ^ 1;
      expect(() => eventScalars("events", turned)).toThrow(
        /each record must have its checksum, got another at byte \d+/,
      );
    }
    expect(() => eventScalars("a.csv", Buffer.from("step,loss\n1,2\n3,4\n"))).toThrow(/must have its checksum/);
    // Nothing behind a length that lies is reached, and no more is taken than there is.
    expect(eventScalars("short", record(Buffer.from([0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f])))).toEqual([]);
  });

  it("become runs named by their folders, again without change, and never one of ours", async () => {
    mkdirSync(at("tb", "warm"), { recursive: true });
    writeFileSync(at("tb", "warm", "events.out.tfevents.1700000000.host"), events);
    for (let again = 0; again < 2; again++) {
      const { code } = await core("log-import", `--from=${at("tb")}`, "--run=torch");
      expect(code).toBe(0);
    }
    expect(points("torch/warm")[1]).toMatchObject({ update: 1, loss: 1, validationLoss: 2.5, wallMs: 10_000 });
    expect(points("torch/warm")[3]).toMatchObject({ update: 3, tokens: 4096, learningRate: Math.fround(4e-3) });
    const [run, figures] = inStore(
      (store) => [store.run("torch/warm"), store.evaluations({ runId: "torch/warm" })] as const,
    );
    expect(run).toMatchObject({
      stage: "external",
      status: "done",
      attempt: 1,
      finishedAt: "2023-11-14T22:13:50.000Z",
      experiment: "torch",
      startedAt: "2023-11-14T22:13:20.000Z",
    });
    expect(figures).toMatchObject([{ definition: "accuracy@logged", value: 0.25, steps: null }]);
    inStore((store) => store.startRun({ ...(run as NonNullable<typeof run>), id: "torch/ours", stage: "round" }));
    const { code, err } = await core("log", "--run=torch/ours", "--step=1", "loss=1");
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/a run of this project is not written into, got torch\/ours/),
    ]);
  });
});

describe("exports", () => {
  it("of W&B: history as CSV, JSON and JSON lines, and the chart's own CSV of several runs", () => {
    const rows = [
      { _step: 0, _runtime: 1, _timestamp: 1_700_000_000, loss: 2.5, "val/loss": null },
      { _step: 5, _runtime: 9, _timestamp: 1_700_000_050, loss: "NaN", "val/loss": 3 },
    ];
    const json = exportedScalars("x", JSON.stringify(rows));
    expect(exportedScalars("x", rows.map((row) => JSON.stringify(row)).join("\n"))).toEqual(json);
    expect(json).toEqual([
      {
        run: "",
        scalars: [
          { name: "loss", step: 0, value: 2.5, at: 1_700_000_000_000 },
          { name: "loss", step: 5, value: Number.NaN, at: 1_700_000_050_000 },
          { name: "val/loss", step: 5, value: 3, at: 1_700_000_050_000 },
        ],
      },
    ]);
    const csv = "_step,_runtime,_timestamp,loss,val/loss\n0,1,1700000000,2.5,\n5,9,1700000050,NaN,3\n";
    expect(exportedScalars("x", csv)).toEqual(json);
    const chart =
      '"Step","warm - loss","warm - loss__MIN","warm - loss__MAX","cold - loss"\n"1","0.5","0.4","0.6","0.9"\n';
    expect(
      exportedScalars("x", chart).map(({ run, scalars }) => [run, scalars.map(({ name, value }) => [name, value])]),
    ).toEqual([
      ["warm", [["loss", 0.5]]],
      ["cold", [["loss", 0.9]]],
    ]);
  });

  it("of Trackio: runs and times in columns, metrics as an object or its text", () => {
    const metrics = { loss: 1.5, lr: 1e-3 };
    const row = { run_name: "dainty-sunset-0", step: 2, timestamp: "2026-01-02T03:04:05Z" };
    const expected = [
      {
        run: "dainty-sunset-0",
        scalars: [
          { name: "loss", step: 2, value: 1.5, at: Date.UTC(2026, 0, 2, 3, 4, 5) },
          { name: "lr", step: 2, value: 1e-3, at: Date.UTC(2026, 0, 2, 3, 4, 5) },
        ],
      },
    ];
    expect(exportedScalars("x", JSON.stringify([{ ...row, metrics }]))).toEqual(expected);
    expect(exportedScalars("x", JSON.stringify([{ ...row, metrics: JSON.stringify(metrics) }]))).toEqual(expected);
    expect(
      exportedScalars("x", "run_name,step,timestamp,loss,lr\ndainty-sunset-0,2,2026-01-02T03:04:05Z,1.5,0.001\n"),
    ).toEqual(expected);
  });

  it("are refused with what they have where there are no steps, and where they are neither", () => {
    expect(() => exportedScalars("x.csv", "epoch,loss\n1,2\n")).toThrow(
      /x\.csv: it must have a column of steps and one of numbers, got epoch, loss/,
    );
    expect(() => exportedScalars("x.json", "{broken")).toThrow(/x\.json: it must be JSON/);
    expect(() => exportedScalars("x.csv", "")).toThrow(/got no rows/);
  });
});

describe("log", () => {
  it("keeps values of a step as a run, the next call adds to them, and --done ends it", async () => {
    expect(
      await core(
        "log",
        "--run=mine",
        "--experiment=torch",
        "--step=1",
        "loss=0.5",
        "--value=lr=1e-3",
        "--setting=width=64",
      ),
    ).toEqual({ code: 0, out: "", err: expect.any(String) });
    await core("log", "--run=mine", "--step=1", "val_loss=0.75", "grad_norm=2", "tokens=4096", "top1=0.5");
    await core("log", "--run=mine", "--step=2", "loss=nan");
    expect(points("mine")).toMatchObject([
      { update: 1, loss: 0.5, learningRate: 1e-3, validationLoss: 0.75, gradNorm: 2, tokens: 4096 },
      { update: 2, loss: Number.NaN },
    ]);
    expect(inStore((store) => store.run("mine"))).toMatchObject({
      status: "running",
      experiment: "torch",
      config: { width: "64" },
      attempt: 1,
    });
    await core("log", "--run=mine", "--done");
    expect(
      inStore((store) => [
        store.run("mine")?.status,
        store.evaluations({ runId: "mine" }).map((e) => [e.metric, e.value]),
      ]),
    ).toEqual(["done", [["top1", 0.5]]]);
  });

  it("refuses what is no number, values without a step, and words that are no pairs", async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [["--run=a", "--step=1", "loss=low"], /a value must be NAME=NUMBER, got loss=low/],
      [["--run=a", "--step=1", "=1"], /a value must be NAME=NUMBER, got =1/],
      [["--run=a", "loss=1"], /values need the step that they are of/],
      [["--run=a", "--step=1", "loss"], /everything after the command must be a flag, got "loss"/],
      [["--run=a", "--step=-1", "loss=1"], /--step/],
      [["log-import"], /./],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await core(...(args[0] === "log-import" ? args : ["log", ...args]));
      expect([code, message.test(err)]).toEqual([1, true]);
    }
    expect((await core("log-import", `--from=${at("none")}`)).err).toMatch(/the file or folder must be there/);
    expect((await core("log-import", `--from=${folder}`)).err).toMatch(/the folder must hold event files, CSV or JSON/);
  });

  it("knows losses, rates, norms and tokens by the names that trainers give them", () => {
    const names = [
      "loss",
      "train/loss",
      "train_loss",
      "val_loss",
      "eval/loss",
      "lr",
      "learning_rate",
      "lr-AdamW",
      "train/grad_norm",
      "num_input_tokens_seen",
      "accuracy",
      "glossary",
      "loss_scale",
    ];
    expect(names.map(columnOf)).toEqual([
      "loss",
      "loss",
      "loss",
      "validationLoss",
      "validationLoss",
      "learningRate",
      "learningRate",
      undefined,
      "gradNorm",
      "tokens",
      undefined,
      undefined,
      undefined,
    ]);
  });
});
