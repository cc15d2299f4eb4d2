import { expect, it } from "vitest";
import { addonError } from "./addon.js";
import { UserError } from "./errors.js";

const failure = (message: string, code = "ERR_DLOPEN_FAILED") => Object.assign(new Error(message), { code });
const module = "/home/me/sdtt/node_modules/better-sqlite3/build/Release/better_sqlite3.node";
const compiled = (built: number, needed: number) =>
  failure(
    `The module '${module}'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION ${built}. ` +
      `This version of Node.js requires\nNODE_MODULE_VERSION ${needed}. Please try re-compiling or re-installing\n` +
      "the module (for instance, using `npm rebuild` or `npm install`).",
  );

it.each([
  [115, 127, "one for Node 20. Run npm ci with this Node, or run it by Node 20."],
  [137, 115, "one for Node 24. Run npm ci with this Node, or run it by Node 24."],
  [999, 115, "one for modules 999. Run npm ci with this Node."],
])("an addon built for another Node (%d under %d) is one line that names package, Node and remedy", (a, b, end) => {
  const error = addonError(compiled(a, b));
  expect(error).toBeInstanceOf(UserError);
  expect(error?.message).toBe(`better-sqlite3: its addon must be built for this Node (${process.version}), got ${end}`);
});

it("an addon for another machine is one line with the loader's reason", () => {
  const got =
    "/lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.38' not found (required by /a/node_modules/@x/y/z.node)";
  expect(addonError(failure(got))?.message).toContain(`its addon must load on this machine, got ${got}. Run npm ci`);
  const scoped = failure("/a/node_modules/@napi-rs/canvas/skia.node: invalid ELF header");
  expect(addonError(scoped)?.message).toMatch(/^@napi-rs\/canvas: its addon must load/);
});

it("an addon whose install script was not run says so", () => {
  const error = addonError(new Error("Could not locate the bindings file. Tried:\n → /a/b.node\n → /a/c.node"));
  expect(error?.message).toMatch(/^better-sqlite3: its addon must be there, got none\. .*npm rebuild better-sqlite3/);
});

it("other failures are none of an addon", () => {
  for (const other of [new Error("disk"), failure("no", "ENOENT"), undefined, "text"]) {
    expect(addonError(other)).toBeUndefined();
  }
});
