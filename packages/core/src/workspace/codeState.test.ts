/**
 * @file The state of the code: complete as far as it is code, without secrets and data, and never in the way of a run.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeState } from "./codeState.js";
import { commitOf } from "./commit.js";

let folder: string;
const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
const write = (name: string, text: string | Buffer) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const commit = () => {
  git("add", "-A", "-f");
  git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "next");
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "provenance-"));
  git("init");
  write("a.ts", "first\n");
  commit();
});
afterEach(() => rmSync(folder, { recursive: true }));

const token = `hf_${"Ab3".repeat(11)}`;
const said = () => JSON.stringify(codeState(folder));

it("a clean tree has a commit and no difference", () => {
  const nothing = { dirty: false, diff: "", others: "", leftOut: [] };
  expect(codeState(folder)).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), ...nothing });
  expect(commitOf(folder).dirty).toBe(false);
});

describe("code", () => {
  it("is kept by its changes and its new files, so that it can be had back", () => {
    write("a.ts", "second\n");
    write("b.ts", "new here\n");
    const { dirty, diff } = codeState(folder);
    expect(dirty).toBe(true);
    expect(diff).toContain("-first\n+second\n");
    expect(diff).toMatch(/new file b\.ts, 9 bytes, SHA-256 [0-9a-f]{64}\nnew here\n/);
    expect(commitOf(folder).dirty).toBe(true);
  });

  it("has the same text wherever it is asked from and whatever the user's git is set to", () => {
    write("a.ts", "second\n");
    const { diff } = codeState(folder);
    for (const [name, value] of [
      ["diff.noprefix", "true"],
      ["diff.external", "/bin/false"],
      ["core.abbrev", "40"],
      ["color.ui", "always"],
      ["diff.mnemonicPrefix", "true"],
    ] as const)
      git("config", name, value);
    expect(codeState(folder).diff).toBe(diff);
    mkdirSync(join(folder, "deep"));
    expect(codeState(join(folder, "deep")).diff).toBe(diff);
  });

  it("that is large, binary or removed is kept by name, size and hash", () => {
    write("old.bin", Buffer.alloc(100));
    write("gone.ts", "x\n".repeat(10));
    commit();
    write("large.ts", "// long\n".repeat(20_000));
    write("bytes.ts", Buffer.from([0, 1, 2]));
    write("old.bin", Buffer.alloc(100, 1));
    write("a.ts", `${"y".repeat(80)}\n`.repeat(10_000));
    rmSync(join(folder, "gone.ts"));
    const { diff } = codeState(folder);
    expect(diff).toMatch(/new file large\.ts, 160000 bytes, SHA-256 [0-9a-f]{64}\n/);
    expect(diff).toMatch(/new file bytes\.ts, 3 bytes, SHA-256 [0-9a-f]{64}\n/);
    expect(diff).toMatch(/changed file a\.ts, 810000 bytes, SHA-256 [0-9a-f]{64}\n/);
    expect(diff).toMatch(/index [0-9a-f]{40}\.\.[0-9a-f]{40} 100644\nBinary files/);
    expect(diff).toContain("--- a/gone.ts\n+++ /dev/null");
    expect(diff.length).toBeLessThan(10_000);
  });

  it("is never more than a quarter of a megabyte, of however many files", () => {
    for (let i = 0; i < 40; i++) write(`many/${i}.ts`, `${i} ${"z".repeat(60)}\n`.repeat(900));
    const { diff } = codeState(folder);
    expect(diff.length).toBeLessThan(2 ** 18 + 40 * 200);
    for (let i = 0; i < 40; i++) expect(diff).toContain(`new file many/${i}.ts, `);
  });

  it("with any name is kept under it", () => {
    for (const name of [
      "with space.ts",
      "ünï–“quoted”.ts",
      "-dash.ts",
      "line\nend.ts",
      "[brackets]*?.ts",
      ":(top)x.ts",
    ]) {
      write(name, `// ${name.length}\n`);
      expect(codeState(folder).diff).toContain(`// ${name.length}\n`);
    }
    commit();
    for (const name of ["-dash.ts", "[brackets]*?.ts", ":(top)x.ts"]) {
      write(name, "// other\n");
      expect(codeState(folder).diff).toContain("+// other");
      commit();
    }
  });
});

describe("what is no code", () => {
  it("is named with size and hash, is no change of the code, and its content is nowhere", () => {
    write("my-texts/a.txt", "a private text\n");
    write("notes.md", "my own thoughts\n");
    write("answers.json", '{"mine": 1}\n');
    const state = codeState(folder);
    expect(state).toMatchObject({ dirty: false, diff: "", leftOut: [] });
    expect(state.others.split("\n")).toEqual([
      expect.stringMatching(/^answers\.json, 12 bytes, SHA-256 [0-9a-f]{64}$/),
      expect.stringMatching(/^my-texts\/a\.txt, 15 bytes, SHA-256 [0-9a-f]{64}$/),
      expect.stringMatching(/^notes\.md, 16 bytes, SHA-256 [0-9a-f]{64}$/),
      "",
    ]);
    expect(said()).not.toMatch(/private|thoughts|mine/);
    expect(commitOf(folder).dirty).toBe(false);
  });

  it("leaves the difference as it is, whatever comes and goes: a sweep of the same code keeps its manifest", () => {
    write("b.ts", "new here\n");
    const { diff } = codeState(folder);
    write("root/sdtt.sqlite", Buffer.alloc(5000, 1));
    write("root/sweeps/s/spec.experiment.ts", "a copy\n");
    write(".sdtt-other/x.ts", "theirs\n");
    write("static/environment.js", "x");
    write("static/main.js", "x");
    write("judge/model.safetensors", Buffer.alloc(1000, 2));
    expect(codeState(folder).diff).toBe(diff);
    expect(codeState(folder).others).not.toMatch(/root|static|\.sdtt/);
    write("given/as/root.ts", "x\n");
    expect(codeState(folder, [join(folder, "given")]).diff).toBe(diff);
    expect(codeState(folder, [join(folder, "absent"), "/", folder]).diff).not.toBe(diff);
  });

  it("is named for the first two hundred files, and counted from there", () => {
    for (let i = 0; i < 250; i++) write(`texts/${i}.txt`, "x");
    expect(codeState(folder).others.split("\n")).toHaveLength(202);
    expect(codeState(folder).others).toMatch(/and 50 more\n$/);
  });
});

describe("a secret", () => {
  it.each([".env", "hub-token.txt", "keys/id_rsa", "server.pem", ".npmrc", "credentials.json", "secrets.py"])(
    "by its name (%s) is said to be left out, new or tracked, and nothing of it is kept",
    (name) => {
      write(name, `HF_TOKEN=${token}\nplain=words\n`);
      const fresh = codeState(folder);
      expect(fresh.leftOut).toEqual([`left out as secrets, by their names: ${name}`]);
      expect(said()).not.toMatch(/plain|hf_|SHA-256/);
      commit();
      appendFileSync(join(folder, name), "more=words\n");
      const tracked = codeState(folder);
      expect(tracked).toMatchObject({ dirty: true, leftOut: [`left out as secrets, by their names: ${name}`] });
      expect(said()).not.toMatch(/plain|more=|hf_|SHA-256/);
    },
  );

  it("in code is taken out, of new files and of all lines of a patch, and so are hashes that would tell it", () => {
    write("new.ts", `login("${token}");\nconst other = 1;\n`);
    write("a.ts", `first\npassword = "hunter22"\n`);
    const state = codeState(folder);
    expect(state.leftOut).toEqual(["lines that look like secrets were left out of: a.ts, new.ts"]);
    expect(state.diff).toContain("const other = 1;\n");
    expect(state.diff).not.toMatch(/hf_|hunter22|SHA-256|\nindex /);
    commit();
    write("a.ts", "second\n");
    expect(codeState(folder).diff).toContain("+second");
    expect(said()).not.toContain("hunter22");
  });

  it("of the environment is taken out too", () => {
    process.env.SOME_TOKEN = "justletters";
    write("b.ts", 'const x = "justletters";\n');
    expect(said()).not.toContain("justletters");
    delete process.env.SOME_TOKEN;
  });
});

describe("a run starts all the same", () => {
  it("beside a file of 2.2 GB, which is not read", () => {
    write("judge/model.safetensors", "");
    truncateSync(join(folder, "judge/model.safetensors"), 2_306_867_200);
    const began = performance.now();
    expect(codeState(folder).others).toBe("judge/model.safetensors, 2306867200 bytes, not hashed: too much\n");
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it("beside links, which are not followed: dangling, looping, out of the folder, into a secret", () => {
    const secret = join(folder, ".env");
    writeFileSync(secret, "A=plainwords\n");
    for (const [name, target] of [
      ["mydata", "/nowhere/data"],
      ["loop", "loop"],
      ["host.ts", "/etc/hostname"],
      ["link.ts", secret],
    ] as const)
      symlinkSync(target, join(folder, name));
    const state = codeState(folder);
    expect(state.others).toContain("mydata, a link to /nowhere/data\n");
    expect(state.diff).toContain("new file host.ts, a link to /etc/hostname\n");
    expect(said()).not.toContain("plainwords");
  });

  it("beside what cannot be read, a pipe, a repository of its own", () => {
    write("closed.ts", "x\n");
    chmodSync(join(folder, "closed.ts"), 0);
    execFileSync("mkfifo", [join(folder, "pipe.ts")]);
    mkdirSync(join(folder, "inner"));
    execFileSync("git", ["init"], { cwd: join(folder, "inner"), stdio: "ignore" });
    write("inner/x.ts", "theirs\n");
    const { others, diff } = codeState(folder);
    expect(others + diff).toMatch(/closed\.ts, (not readable \(EACCES\)|2 bytes)/);
    expect(others + diff).not.toContain("theirs");
  });

  it("without git, without a commit, outside of a repository, in a damaged one, and says why the commit is not known", () => {
    const reasons = (at: string) => codeState(at);
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    expect(reasons(folder)).toMatchObject({
      commit: "unknown",
      dirty: true,
      leftOut: [expect.stringMatching(/there is no git/)],
    });
    expect(commitOf(folder)).toEqual({ commit: "unknown", dirty: true });
    process.env.PATH = path;
    const bare = mkdtempSync(join(tmpdir(), "provenance-"));
    expect(reasons(bare).leftOut[0]).toMatch(/^the commit is not known: not a git repository/);
    execFileSync("git", ["init"], { cwd: bare, stdio: "ignore" });
    expect(reasons(bare)).toMatchObject({ commit: "unknown", diff: "" });
    rmSync(bare, { recursive: true });
    writeFileSync(join(folder, ".git/HEAD"), "nonsense\n");
    expect(reasons(folder)).toMatchObject({ commit: "unknown", dirty: true });
  });

  it("inside a hook of another repository", () => {
    process.env.GIT_DIR = "/nowhere/.git";
    process.env.GIT_INDEX_FILE = "/nowhere/index";
    expect(codeState(folder).commit).toMatch(/^[0-9a-f]{40}$/);
    delete process.env.GIT_DIR;
    delete process.env.GIT_INDEX_FILE;
  });

  it("and changes nothing in the repository: no lock, no index", () => {
    writeFileSync(join(folder, ".git/index.lock"), "");
    write("a.ts", "second\n");
    expect(codeState(folder).diff).toContain("+second");
  });
});

const asRoot = process.getuid?.() === 0;
it.skipIf(!asRoot)(
  `of another user's checkout says how git is made to answer${asRoot ? "" : ", skipped: needs root"}`,
  () => {
    execFileSync("chown", ["-R", "65534", folder]);
    chmodSync(folder, 0o755);
    const { commit, leftOut } = codeState(folder);
    expect(commit).toBe("unknown");
    expect(leftOut).toEqual([expect.stringMatching(/another user \(git config --global --add safe\.directory/)]);
  },
);
