/**
 * @file Secrets in text, by what they look like: taken out of whatever is kept or printed.
 *
 * Rather too much than too little: a line of a patch that is lost can be had from the file, a token that was shown cannot be
 * taken back. Rejected: secretlint, a linter with a hundred packages behind it that does not look into diffs.
 */

/** What stands where a secret stood. */
export const leftOut = "[left out: looks like a secret]";

/** Tokens that their makers gave a form. */
const tokens: readonly RegExp[] = [
  /\bhf_(?=[A-Za-z0-9]*[0-9A-Z])[A-Za-z0-9]{8,}|\bhf_[A-Za-z0-9]{16,}/g,
  /\bapi_org_[A-Za-z0-9]{8,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{8,}|\bgithub_pat_\w{16,}|\bgl(pat|rt|dt)-[\w-]{8,}/g,
  /\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}/g,
  /\bsk-(?=[\w-]*\d)[\w-]{12,}|\bsk-(ant|proj|or)-[\w-]{8,}|\b[rs]k_(live|test)_\w{8,}/g,
  /\bxox[abeoprs]-[\w-]{8,}|\bxapp-[\w-]{8,}/g,
  /\bAIza[\w-]{24,}|\bya29\.[\w-]{16,}|\bGOCSPX-[\w-]{8,}/g,
  /\bnpm_[A-Za-z0-9]{24,}|\bpypi-[\w-]{16,}|\bdckr_pat_[\w-]{8,}|\bdop_v1_[a-f0-9]{16,}/g,
  /\bSG\.[\w-]{12,}\.[\w-]{12,}|\br8_[A-Za-z0-9]{16,}|\bhv[sb]\.[\w-]{16,}|\bnvapi-[\w-]{16,}|\bpplx-\w{16,}|\bgsk_\w{16,}/g,
  /\bhttps:\/\/(?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/[\w/-]{8,}/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g,
];

/** What names a secret, at the end of a variable's, a key's or a flag's name. */
const secretName =
  "(?:tokens?|secret(?:s|[_-]?key)?|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key)";

/** Values by what is written before them; the first group stays, the second goes. */
const named: readonly RegExp[] = [
  /(\b(?:Bearer|Basic|token)\s+)(?=[\w.~+/-]*\d)([\w.~+/-]{16,}=*)/gi,
  /(:\/\/)([^\s/:@"'`]+:[^\s/@"'`]+)(?=@)/g,
  /(\b[A-Z][A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS|_KEY|_PAT|_AUTH)=["']?)([^\s"'$]{4,})/g,
  new RegExp(`(--(?:[a-z]+-)*${secretName}[= ]["']?)([^\\s"'$-][^\\s"']{5,})`, "gi"),
  new RegExp(
    `((?<![\\w.-])["'\`]?[\\w.-]{0,64}${secretName}["'\`]?\\s*[:=]\\s*["'\`])([^\\s"'\`<>]*\\d[^\\s"'\`<>]{3,}|[\\w+/=-]{20,})(?=["'\`])`,
    "gi",
  ),
  /(["'`]?\bpassw(?:or)?d["'`]?\s*[:=]\s*["'`])([^\s"'`<>]{4,})(?=["'`])/gi,
  /(["'`]key["'`]\s*:\s*["'`])(?=[A-Za-z0-9+/=_-]*\d)([A-Za-z0-9+/=_-]{20,})/gi,
  /((?:_authToken|_auth|_password)\s*[=:]\s*["']?)([^\s"'$]{4,})/g,
  /(\blogin\s+\S+\s+password\s+)(\S+)/g,
  /(^[+\- ]?\s*password\s+)(\S+)(?=\s*$)/gm,
  /(\bAccountKey=)([A-Za-z0-9+/=]{16,})/g,
];

/** A private key from its first line to its last, or to where the text or the part of a patch ends. */
const privateKey =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|(?=\n@@ )|(?=\ndiff --git )|$)/g;
/** Lines as keys are written: the middle of one, whose first line is not in the patch. Hashes are of 0 to 9 and a to f. */
const keyLines =
  /(^|\n)([+\- ]?\s*["'`]?)(?=[a-f0-9]*[A-Zg-z+/])[A-Za-z0-9+/]{60,76}={0,2}(\\n)?(["'`][,+;]?)?(?=\r?(\n|$))/g;

/** Values of the environment that are secrets by their name. */
function environmentSecrets(environment: NodeJS.ProcessEnv): string[] {
  const isSecret = /(TOKEN|SECRET|PASSW(OR)?D|API_?KEY|ACCESS_?KEY|CREDENTIALS?|WEBHOOK)$/i;
  const values = Object.entries(environment).flatMap(([name, value]) => (isSecret.test(name) && value ? [value] : []));
  return values.filter((value) => value.length >= 8).sort((a, b) => b.length - a.length);
}

/** The text without what looks like a secret; a hash of letters and digits alone is none. */
export function redacted(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  let clean = text.replace(privateKey, leftOut).replace(keyLines, `$1$2${leftOut}`);
  for (const value of environmentSecrets(environment)) clean = clean.replaceAll(value, leftOut);
  for (const pattern of tokens) clean = clean.replace(pattern, leftOut);
  for (const pattern of named) {
    clean = clean.replace(pattern, (all, before, value) =>
      String(value).startsWith("[left") ? all : before + leftOut,
    );
  }
  return clean;
}
