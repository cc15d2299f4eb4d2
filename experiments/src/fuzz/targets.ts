/** @file All fuzz targets, in the order in which their cases take turns. */
import { damagedSources, parquetHeaders, safetensors, tokenizerFiles } from "./damagedFiles.js";
import { folderTrees } from "./folders.js";
import { safetensorsHeaders } from "./headers.js";
import { damagedStores, secretsInText } from "./kept.js";
import { modelFolders } from "./models.js";
import { readers } from "./readers.js";
import type { Target } from "./target.js";
import { tokenizers } from "./tokenizers.js";

export const targets: readonly Target[] = [
  readers,
  tokenizers,
  damagedSources,
  parquetHeaders,
  tokenizerFiles,
  folderTrees,
  safetensors,
  safetensorsHeaders,
  modelFolders,
  secretsInText,
  damagedStores,
];
