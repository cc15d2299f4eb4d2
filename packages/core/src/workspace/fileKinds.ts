/**
 * @file What a file of a checkout is by its name: code, a secret, something that the project itself made, or other.
 *
 * Only code is kept by its content. What is neither code nor secret (texts, models, figures) is somebody's data.
 */
import { basename } from "node:path";

const codeNames =
  /\.([cm]?[jt]sx?|py|pyi|sh|bash|zsh|ps1|sql|css|scss|c|cc|cpp|cxx|cu|cuh|h|hh|hpp|rs|go|java|kt|rb|lua|jl|r|m|mm|swift|wgsl|glsl|proto|ya?ml|toml|cmake|sbatch|slurm)$/i;
const codeFiles =
  /^(Makefile|GNUmakefile|Dockerfile|Justfile|CMakeLists\.txt|(package|nx|biome|project|tsconfig.*)\.json|\.gitignore)$/;

/** Names of keys and logins, whatever else they end in. */
const secretNames: readonly RegExp[] = [
  /^\.env($|[._-])|\.env(\.[\w-]+)?$|^\.envrc$/i,
  /\.(pem|key|p8|p12|pfx|jks|keystore|kdbx|ppk|gpg|pgp|asc|ovpn|tfstate|tfvars)(\.\w+)?$/i,
  /^id_(rsa|dsa|ecdsa|ed25519)(_|-|\.|$)/i,
  /^[._]?(netrc|npmrc|pypirc|pgpass|htpasswd|htaccess|git-credentials|dockercfg|boto|s3cfg|my\.cnf|authinfo|wandb)(\.\w+)?$/i,
  /^(kaggle|service[_-]?account.*|client[_-]?secret.*|kubeconfig)(\.json|\.ya?ml)?$/i,
  /(^|[^a-z])(secrets?|credentials?|passwords?|passwd|api[_-]?keys?|private[_-]?keys?)([^a-z]|$)/i,
];
/** Said of a token, and not of a tokenizer; a file of code may have that name. */
const tokenNames = /(^|[^a-z])(access|auth|hub|hf|api|bearer|my|gh|github)?[_-]?tokens?([^a-z]|$)/i;
const secretFolders = /(^|\/)\.(ssh|aws|gnupg|kube|docker|azure|gcloud|kaggle|huggingface)\//i;

/** The root of one of the project's own folders that a path shows, by what only the project makes in it. */
const ownMarks =
  /^(.*?)(?:^|\/)(?:sdtt\.sqlite|runs\/[^/]+\/round-\d+\/|sweeps\/[^/]+\/(?:submissions\.json|manifests\/|diffs\/)|stages\/[0-9a-f]{16,}\/|hub\/models--)/;
const ownFolders = /^(runs|data|hub|samples|stages|sweeps|work)\//;
const ownFiles = /\.(sqlite|sqlite-(wal|shm|journal)|backup|tsbuildinfo)$|(^|\/)\.sdtt[^/]*\/|(^|\/)\.nx\//;

export type FileKind = "code" | "secret" | "own" | "other";

/** Says of each of these paths (relative to the checkout, with slashes) what it is. */
export function fileKinds(paths: readonly string[]): (path: string) => FileKind {
  const roots = new Set(paths.flatMap((path) => ownMarks.exec(path)?.[1] ?? []));
  const hasGraph = paths.includes("static/environment.js");
  const isOwn = (path: string) => {
    if (ownFiles.test(path) || (hasGraph && /^static\//.test(path))) return true;
    return [...roots].some((root) => (root === "" ? ownFolders.test(path) : path.startsWith(`${root}/`)));
  };
  return (path) => (isOwn(path) ? "own" : isSecretName(path) ? "secret" : isCodeName(path) ? "code" : "other");
}

export function isCodeName(path: string): boolean {
  const name = basename(path);
  return codeNames.test(name) || codeFiles.test(name);
}

export function isSecretName(path: string): boolean {
  const name = basename(path);
  if (secretFolders.test(path) || secretNames.some((pattern) => pattern.test(name))) return true;
  return !codeNames.test(name) && tokenNames.test(name);
}
