/**
 * @file From a definition to its cells: every assignment with every seed, resolved, with the stages that it takes.
 */
import { userError } from "@sdtt/core/base";
import { type Assignment, unfoldAxes } from "../spec/axes.js";
import type { StageName } from "../spec/define.js";
import type { Definition } from "../spec/definition.js";
import type { Planning } from "./costs.js";
import type { FrozenCell, FrozenStage } from "./frozen.js";
import { identityOf } from "./identity.js";
import type { Options } from "./kinds.js";
import { stagesOfCell } from "./stageGraph.js";

export interface Cells {
  readonly cells: readonly FrozenCell[];
  /** Those of all cells, each once. */
  readonly stages: readonly FrozenStage[];
}

type StageOptions = Partial<Record<StageName, Options>>;

/** A cell's options by stage: base, then its axes, then its seed. */
function optionsOf({ base, stages }: Definition, values: Assignment, seed: number): StageOptions {
  const first: readonly StageName[] = ["pretrain", "command"];
  const seeded = (stage: StageName) => !first.includes(stage) || !stages.includes("rounds");
  const made = stages.map((stage) => {
    const own = Object.entries(values).filter(([path]) => path.startsWith(`${stage}.`));
    const axes = Object.fromEntries(own.map(([path, value]) => [path.slice(stage.length + 1), value]));
    return [stage, { ...base[stage], ...(seeded(stage) && { seed }), ...axes }] as const;
  });
  return Object.fromEntries(made);
}

/** The shortest names that still differ: `lr`, or `rounds.lr` where pretrain.lr is an axis too. */
function labelOf(values: Assignment, seed: number): string {
  const short = (path: string) => path.split(".")[1] as string;
  const names = Object.keys(values).map(short);
  const parts = Object.entries(values).map(([path, value]) => {
    const name = names.filter((other) => other === short(path)).length > 1 ? path : short(path);
    return `${name}=${Array.isArray(value) ? value.join("+") : String(value)}`;
  });
  return [...parts, `seed=${seed}`].join(" ");
}

/**
 * All cells of a definition.
 *
 * @param planning for what is not there yet; left out, all must be there
 * Throws   UserError for options that no command takes, an asset that is not there, cells that collide, too many cells
 */
export function cellsOf(where: string, definition: Definition, planning?: Planning): Cells {
  const { axes, seeds, limits } = definition;
  const baseValue = (path: string) => {
    const [stage, option] = path.split(".") as [StageName, string];
    const base = definition.base[stage] as Options | undefined;
    return base?.[option] ?? (base?.values as Options | undefined)?.[option];
  };
  const points = unfoldAxes(axes, baseValue);
  if (points.length * seeds.length > limits.cells) {
    const remedy = "Take values out, or raise limits.cells.";
    const got = `${points.length} × ${seeds.length} seeds`;
    throw userError(where, `there must be at most ${limits.cells} cells`, got, remedy);
  }
  const stages = new Map<string, FrozenStage>();
  const cells = new Map<string, FrozenCell>();
  for (const values of points) {
    for (const seed of seeds) {
      const label = labelOf(values, seed);
      const options = optionsOf(definition, values, seed);
      const graph = stagesOfCell(`${where}, cell ${label}`, definition, options, planning);
      for (const stage of graph.stages) if (!stages.has(stage.key)) stages.set(stage.key, stage);
      const cell = cellOf(label, values, seed, graph);
      refuseCollision(where, cells.get(cell.key), cell);
      cells.set(cell.key, cell);
    }
  }
  return { cells: [...cells.values()], stages: [...stages.values()] };
}

function cellOf(label: string, values: Assignment, seed: number, graph: ReturnType<typeof stagesOfCell>): FrozenCell {
  const keys = graph.stages.map(({ key }) => key);
  const { result, byRound, control } = graph;
  const key = identityOf("cell", [...keys].sort());
  return { key, label, values, seed, stages: keys, result, byRound, ...(control.length > 0 && { control }) };
}

function refuseCollision(where: string, known: FrozenCell | undefined, cell: FrozenCell): void {
  if (!known) return;
  const got =
    known.label === cell.label ? `${cell.label} twice` : `${known.label} and ${cell.label}, which run the same`;
  throw userError(where, "cells must differ", got, "Take one of the values out.");
}
