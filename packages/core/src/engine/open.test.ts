import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { engineNames } from "./contract.js";
import { engineReports, openEngine } from "./open.js";

const root = mkdtempSync(join(tmpdir(), "addons-"));
afterAll(() => rmSync(root, { recursive: true }));

const gpuPackage = "@tensorflow/tfjs-node-gpu";

/** A project whose node_modules holds stand-ins for optional addons: what each does when it is loaded. */
function projectWith(name: string, addons: Readonly<Record<string, string>>): { addonsFrom: string } {
  for (const [addon, source] of Object.entries(addons)) {
    const folder = join(root, name, "node_modules", addon);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: addon, version: "4.22.0", main: "index.js" }));
    if (source) writeFileSync(join(folder, "index.js"), source);
  }
  return { addonsFrom: join(root, name, "main.js") };
}

const projects = [
  {
    state: "absent",
    ...projectWith("absent", {}),
    reason: `${gpuPackage} is not installed; @tensorflow/tfjs-node is not installed`,
  },
  {
    state: "present but broken",
    ...projectWith("broken", { [gpuPackage]: 'throw new Error("libcudart.so.11: cannot open\\nand 40 lines more");' }),
    reason: `${gpuPackage} is installed but does not load (libcudart.so.11: cannot open); @tensorflow/tfjs-node is not installed`,
  },
  {
    state: "present without its files",
    ...projectWith("cut", { [gpuPackage]: "" }),
    reason: `${gpuPackage} is installed but does not load (Cannot find module '${join(root, "cut")}`,
  },
  {
    state: "present without a backend",
    ...projectWith("idle", { [gpuPackage]: 'throw "no reason";', "@tensorflow/tfjs-node": "module.exports = {};" }),
    reason: "@tensorflow/tfjs-node is installed but does not load (it registers no backend)",
  },
];

describe.each(projects)("with an addon that is $state", ({ addonsFrom, reason }) => {
  it("reports one sentence, on one line", async () => {
    const report = (await engineReports({ addonsFrom })).find(({ name }) => name === "tensorflow");
    expect(report?.usable).toBe(false);
    expect(report?.detail).toContain(reason);
    expect(report?.detail).not.toContain("\n");
  });

  it("falls back to onnx under auto", async () => {
    expect((await openEngine("auto", { addonsFrom })).name).toBe("onnx");
  });

  it("is an error of the user's when asked for by name", async () => {
    const opened = openEngine("tensorflow", { addonsFrom });
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(/^engine: the engine asked for must load, got tensorflow: @tensorflow\//);
    await expect(opened).rejects.toThrow(reason);
    await expect(opened).rejects.toThrow(/, or use --engine=onnx\.$/);
  });
});

it("opens every engine that it reports as usable, under its own name", async () => {
  const reports = await engineReports({ threads: 1 });
  expect(reports.map(({ name }) => name)).toEqual([...engineNames]);
  for (const { name, usable, detail } of reports) {
    if (usable) expect(await openEngine(name, { threads: 1 })).toMatchObject({ name, description: detail });
  }
  expect(reports.filter(({ usable }) => usable).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["onnx", "reference"]),
  );
});

it.each(["cuda", "webgpu"] as const)(
  "opens onnx on %s where the machine has it, and says so in one line where not, before any work",
  async (device) => {
    for (const choice of ["onnx", "auto"] as const) {
      const opened = await openEngine(choice, { device, threads: 1 }).catch((thrown) => thrown);
      if (!(opened instanceof Error)) {
        expect(opened.description).toContain(device);
        continue;
      }
      expect(opened).toBeInstanceOf(UserError);
      expect(opened.message).toMatch(
        /^onnx: the device must be one that this machine has, got \w+: .* Use --device=cpu\.$/,
      );
      expect(opened.message).toContain(`got ${device}: `);
      expect(opened.message).not.toContain("\n");
    }
  },
);

it("refuses a device that an engine would ignore", async () => {
  const opened = openEngine("reference", { device: "webgpu" });
  await expect(opened).rejects.toThrow(
    "engine: reference must be one of the engines with devices, got --device=webgpu. Use --engine=onnx, or leave --device out.",
  );
});

it("runs onnx with the threads asked for", async () => {
  const engine = await openEngine("onnx", { threads: 1 });
  expect(engine).toMatchObject({ threads: 1, description: expect.stringContaining("(cpu, 1 threads)") });
});
