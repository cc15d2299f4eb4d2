/**
 * @file `embedded`: trains the assets that ship with the project, and packs them with a card each.
 *
 * Run again, it trains only what is not finished and packs the same bytes. The teacher begins with the AR baseline's
 * weights (as DiffuGPT does): 150 updates from there are worth 1 500 from random ones (validation NELBO 4.4 nats).
 */
import { join } from "node:path";
import { type AssetName, assetPath, defineCommand, rootFolder } from "@sdtt/core";
import { z } from "zod";
import { runChains, type Stage } from "../default/stages.js";
import { packAsset } from "./pack.js";

/** What each asset is trained with; what is not said is `pretrain`'s default. */
const trainings: Record<AssetName, readonly string[]> = {
  teacher: ["--updates=5000", "--lr=0.0015", "--easy-updates=0", "--seed=1"],
  judge: [
    "--architecture=judge",
    "--vocab=2048",
    "--updates=2400",
    "--weight-decay=0.1",
    "--easy-updates=0",
    "--checkpoint-every=300",
    "--seed=2",
  ],
  ar: [
    "--architecture=ar",
    "--updates=2500",
    "--weight-decay=0.1",
    "--easy-updates=0",
    "--checkpoint-every=250",
    "--seed=3",
  ],
};

function trainingStage(name: AssetName, root: string): Stage {
  const shared = [`--name=${name}`, "--experiment=embedded", `--root=${root}`];
  const init = name === "teacher" ? [`--init=${join(root, "runs", "ar", "round-0")}`] : [];
  return { program: "distill", args: ["pretrain", ...trainings[name], ...init, ...shared] };
}

export const embedded = defineCommand({
  name: "embedded",
  summary: "train the embedded teacher, judge, AR baseline and tokenizers (about an hour on two cores)",
  options: z.object({
    root: z
      .string()
      .default(() => rootFolder("embedded"))
      .describe("folder of the training runs"),
  }),
  async run({ root }) {
    const stage = (name: AssetName) => trainingStage(name, root);
    await runChains([[stage("ar"), stage("teacher"), stage("judge")]], 1);
    for (const name of ["teacher", "judge", "ar"] as const) {
      const card = await packAsset(name, root, stage(name));
      process.stdout.write(
        `${join(assetPath(name), "card.json")}: ${card.validation.bitsPerCharacter.toFixed(3)} bits/character\n`,
      );
    }
  },
});
