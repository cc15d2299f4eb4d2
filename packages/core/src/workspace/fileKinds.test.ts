import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileKinds, isSecretName } from "./fileKinds.js";

const kindOf = (path: string, beside: readonly string[] = []) => fileKinds([path, ...beside])(path);

describe("a file is a secret by its name", () => {
  const names =
    ".env .env.local .env.production prod.env .envrc server.pem tls.key id_rsa id_rsa.pub id_ed25519 id_ecdsa_sk .netrc _netrc " +
    ".npmrc .pypirc .pgpass .git-credentials .htpasswd .boto kaggle.json credentials credentials.json aws-credentials.csv " +
    "client_secret_123.json service-account.json secrets.yaml secret.txt hub-token.txt token hf_token TOKEN.txt my-token.json " +
    "api_key.txt apikeys.json private-key.txt passwords.txt cert.p12 store.jks db.kdbx x.ppk terraform.tfstate prod.tfvars " +
    ".ssh/config .aws/config .docker/config.json .huggingface/token backup.key.bak secrets.ts credentials.py";
  it.each(names.split(" ").flatMap((name) => [name, `deep/er/${name}`]))("%s", (path) => {
    expect(kindOf(path)).toBe("secret");
  });

  it("and none of our own sources is", () => {
    const root = join(import.meta.dirname, "../../../..");
    const sources = ["packages", "experiments/src", "docs"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }),
    );
    const own = sources.filter((name) => /\.(ts|tsx|json|md)$/.test(name) && !/node_modules|dist/.test(name));
    expect(own.length).toBeGreaterThan(500);
    expect(own.filter(isSecretName)).toEqual([]);
  });
});

it.each([
  "a.ts",
  "web/view.tsx",
  "run.sh",
  "Makefile",
  "train.py",
  "kernel.cu",
  "package.json",
  "tsconfig.base.json",
  "x.yaml",
])("%s is code", (path) => expect(kindOf(path)).toBe("code"));

it.each([
  "my-texts/a.txt",
  "judge/model.safetensors",
  "tokenizer.json",
  "data.json",
  "report.html",
  "x.parquet",
  "figure.png",
  "a.ipynb",
])("%s is other", (path) => expect(kindOf(path)).toBe("other"));

describe("what the project made is its own", () => {
  it.each([
    [".sdtt-rich/runs/a/round-1/checkpoints/update-1/state.json", []],
    ["out/sdtt.sqlite", []],
    ["out/data/shards/train.bin", ["out/sdtt.sqlite"]],
    ["out/spec.experiment.ts", ["out/sdtt.sqlite"]],
    ["deep/out/runs/mine/round-2/checkpoints/update-00000010/model.safetensors", []],
    ["o/sweeps/s/manifests/ab.json", []],
    ["o/work/abc/runs/x/round-0/run.lock", []],
    ["mine.sqlite-wal", []],
    ["mine.sqlite.1700000000000-12.backup", []],
    ["static/main.js", ["static/environment.js"]],
    ["runs/mine/round-1/state.json", ["sdtt.sqlite"]],
  ])("%s", (path, beside) => expect(kindOf(path, beside)).toBe("own"));

  it("and code beside it is not", () => {
    expect(kindOf("experiments/new.ts", ["sdtt.sqlite", "out/sdtt.sqlite"])).toBe("code");
    expect(kindOf("static/mine.ts")).toBe("code");
  });
});
