/**
 * @file Secrets of every form that we know, in every place where one is written, are taken out; what is none stays.
 */
import { describe, expect, it } from "vitest";
import { leftOut, redacted } from "./redact.js";

/** Random letters and digits, the same on every run: made here, so that no scanner takes this file for a leak. */
let seed = 1;
function letters(count: number, alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"): string {
  return Array.from({ length: count }, () => {
    seed = (seed * 48271) % 2147483647;
    return alphabet[seed % alphabet.length];
  }).join("");
}
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const forms: Readonly<Record<string, () => string>> = {
  "Hugging Face": () => `hf_${letters(34)}`,
  "Hugging Face, an organisation's": () => `api_org_${letters(34)}`,
  "GitHub, personal": () => `ghp_${letters(36)}`,
  "GitHub, an action's": () => `ghs_${letters(36)}`,
  "GitHub, fine-grained": () => `github_pat_${letters(22)}_${letters(59)}`,
  GitLab: () => `glpat-${letters(20)}`,
  "AWS, long-lived": () => `AKIA${letters(16, upper)}`,
  "AWS, for a session": () => `ASIA${letters(16, upper)}`,
  OpenAI: () => `sk-${letters(48)}`,
  "OpenAI, of a project": () => `sk-proj-${letters(40)}`,
  Anthropic: () => `sk-ant-api03-${letters(40)}`,
  Stripe: () => `sk_live_${letters(24)}`,
  Slack: () => `xoxb-${letters(12, "0123456789")}-${letters(24)}`,
  Google: () => `AIza${letters(35)}`,
  npm: () => `npm_${letters(36)}`,
  PyPI: () => `pypi-${letters(60)}`,
  "a JSON web token": () => `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`,
  Replicate: () => `r8_${letters(37)}`,
};

const places: Readonly<Record<string, (secret: string) => string>> = {
  "a line of its own": (secret) => secret,
  "an .env": (secret) => `HF_TOKEN=${secret}\nDEBUG=1\n`,
  "a shell script": (secret) => `export TOKEN="${secret}"\ncurl -H "Authorization: Bearer ${secret}" https://x.org`,
  TypeScript: (secret) => `const auth = { header: "${secret}" };`,
  "a Python list": (secret) => `keys = ['${secret}', 'other']`,
  YAML: (secret) => `login:\n  value: ${secret}\n`,
  "an added line of a patch": (secret) => `@@ -1 +1,2 @@\n context\n+  use("${secret}");\n`,
  "a removed line of a patch": (secret) => `@@ -1 +1,2 @@\n-  use("${secret}");\n`,
  "an address": (secret) => `https://user:${secret}@huggingface.co/a/b`,
  "an error": (secret) => `Error: 401 for ${secret}, try again`,
};

describe.each(Object.entries(forms))("a token of %s", (_, make) => {
  it.each(Object.entries(places))("is taken out of %s", (_, write) => {
    for (let n = 0; n < 20; n++) {
      const secret = make();
      const clean = redacted(write(secret), {});
      expect(clean).not.toContain(secret);
      expect(clean).not.toContain(secret.slice(0, 10));
      expect(clean).toContain(leftOut);
    }
  });
});

const word = letters(12);
it.each([
  ["a password", `password = "${word}"`],
  ["a password in YAML's quotes", `db_password: '${word}'`],
  ["a passphrase of letters", `const dbPassword = "correct-horse-battery";`],
  ["a variable of the environment", `WANDB_API_KEY=${letters(40, "0123456789abcdef")}`],
  ["AWS's secret key", `AWS_SECRET_ACCESS_KEY=${letters(40)}`],
  ["AWS's secret key in its file", `aws_secret_access_key = "${letters(40)}"`],
  ["a key in JSON", `{"username":"me","key":"${letters(32, "0123456789abcdef")}"}`],
  ["a flag", `serve --token=${word}`],
  ["a flag's next word", `login --api-key ${word}4`],
  ["npm's login", `//registry.npmjs.org/:_authToken=${word}`],
  ["a .netrc on one line", `machine x.org login me password ${word}`],
  ["a .netrc on three lines", `machine x.org\n  login me\n  password ${word}\n`],
  ["an address", `postgres://admin:${word}@db.local/runs`],
  ["a connection string", `AccountName=a;AccountKey=${letters(40)};`],
])("%s is taken out by its name, and the rest stays", (_, text) => {
  const clean = redacted(text, {});
  expect(clean).toContain(leftOut);
  expect(clean).not.toContain(word);
  expect(clean.length).toBeGreaterThan(leftOut.length + 3);
});

describe("a private key", () => {
  const lines = Array.from({ length: 12 }, () => letters(64)).join("\n");
  const key = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\n${lines}\n-----END ${kind}PRIVATE KEY-----`;

  it.each(["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA "])("of kind '%s' goes whole", (kind) => {
    const clean = redacted(`before\n${key(kind)}\nafter`, {});
    expect(clean).toBe(`before\n${leftOut}\nafter`);
  });

  it("goes from a patch, added, in part, or from its middle", () => {
    const added = key("RSA ").replaceAll(/^/gm, "+");
    const clean = redacted(`diff --git a/x b/x\n@@ -0,0 +1,14 @@\n${added}\n@@ -30 +44 @@\n-a\n+b\n`, {});
    const cut = redacted(`@@ -0,0 +1,5 @@\n+-----BEGIN RSA PRIVATE KEY-----\n+${letters(64)}\n@@ -30 +44 @@\n+b\n`, {});
    const middle = redacted(`@@ -5,3 +5,3 @@\n ${letters(64)}\n-${letters(64)}\n+${letters(64)}\n`, {});
    for (const text of [clean, cut, middle]) expect(text).not.toMatch(/[A-Za-z0-9]{60}/);
    for (const text of [clean, cut]) expect(text).toMatch(/\+b\n$/);
  });
});

it("values of the environment that are secrets by their names are taken out wherever they are", () => {
  const environment = { HF_TOKEN: "plainwords", MY_PASSWORD: "hunter2hunter2", HOME: "/home/me/there", CI_KEY: "" };
  expect(redacted("plainwords, hunter2hunter2, /home/me/there", environment)).toBe(
    `${leftOut}, ${leftOut}, /home/me/there`,
  );
});

it.each([
  `const endOfTextToken = "<|endoftext|>";`,
  `const tokens = tokenizer.encode(text); // token distributions of hf_dit`,
  `expect(hash).toBe("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");`,
  `index 015abd7f5cc57a2dd94b7590f04ad8084273905e..d76866fa165cb807cb669cc8d5add11ecbd60385 100644`,
  `maskId: token === "[MASK]" ? tokens.length : id,`,
  `backbone: z.enum(["dit", "hf_dit"]).default("dit"),`,
  `--token-file=FILE reads a token from a file`,
  `import { token } from "./token.js";`,
  "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
  `+"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",`,
  `from hf_transfer import download; hf_hub_download(repo)`,
  `HF_TOKEN=$HF_TOKEN node cli.js`,
  `task-2026-11-27-longer, disk-1234567890123, risk-free`,
  `https://huggingface.co/a/b@main?x=1`,
  "a password must be asked for; the secret of the method",
])("no secret: %s", (text) => {
  expect(redacted(text, {})).toBe(text);
});

it("takes time in proportion to the text, whatever it is", () => {
  for (const piece of ["a", "A_", "token", "password", "-----BEGIN PRIVATE KEY-----\n", "eyJ", "--token-", "://", '"'])
    expect(redacted(piece.repeat(100_000), {}).length).toBeGreaterThan(0);
}, 20_000);
