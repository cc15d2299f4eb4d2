/** @file `@sdtt/core/workspace`: where things lie, and what a run records of code and machine. */

export { type AssetName, assetPath, assetsFolder, knownFigures, type RoundAsset, roundAssets } from "./assets.js";
export { type CodeState, codeState } from "./codeState.js";
export { type Commit, commitOf } from "./commit.js";
export { roundFolder, runFolder, runsFolder, storePath } from "./layout.js";
export { canonicalJson, configHash, machineOf } from "./provenance.js";
