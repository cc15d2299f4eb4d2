/**
 * @file The report's samplers: each at the evaluations that it chooses, on the frontier of ancestral steps at all temperatures.
 */
import { parseSampler } from "@sdtt/core/sampler";
import { type Effect, effectInterval, familyNote, familyVerdicts } from "@sdtt/core/statistics";
import type { EvaluationRecord, Store } from "@sdtt/core/store";
import { gainAtNfe, nfeFrontier, nfeNeededText } from "../../findings/equalNfe.js";
import { frontiersFor } from "../../findings/teacherSteps.js";
import { partnerPassesFigure } from "../../metrics/partnerPasses.js";
import { figureNamed } from "../../metrics/registry.js";
import { definitionsOf, figureIdentity, identityOf, type Subject } from "../../samples/cellIdentity.js";
import type { Found, ReportPlan } from "../parts.js";
import { samplerStepsOf, samplesBeside } from "../plan.js";
import { cellText, entropyText, type Section } from "../render.js";
import type { Chart, Series } from "../svg.js";

const selfBleu = { declared: figureNamed("self-bleu") };

interface Line {
  readonly name: string;
  readonly steps: number;
  readonly row: EvaluationRecord | undefined;
  readonly bleu: EvaluationRecord | undefined;
  /** Of a second network, a sample. */
  readonly passes: EvaluationRecord | undefined;
  /** ln of the gain; undefined for the ancestral steps themselves, and outside of what was measured. */
  readonly effect: Effect | undefined;
  /** The same with the second network's passes counted as evaluations; undefined where there are none. */
  readonly allCounted: Effect | undefined;
  /** Of a student: ln of the gain over its teacher's ancestral steps, with all passes counted. */
  readonly overTeacher: Effect | undefined;
  readonly needed: string;
  readonly isOrigin: boolean;
}

/** Of a student: the first model of the report, where it is its teacher. */
function teacherHashOf({ subjects }: ReportPlan, { checkpoint }: Subject): string | undefined {
  const first = subjects[0]?.subject.checkpoint;
  return first && checkpoint.lineage.includes(first.hash) ? first.hash : undefined;
}

function linesOf(plan: ReportPlan, subject: Subject, store: Pick<Store, "evaluations">, found: Found): Line[] {
  const { o, samplerSettings } = plan;
  const [definition] = definitionsOf(subject);
  const teacher = teacherHashOf(plan, subject);
  return [...new Set(["ancestral", ...o.samplers])].flatMap((sampler) => {
    const name = parseSampler(sampler).written;
    return samplerStepsOf(plan, sampler).flatMap((steps): Line[] => {
      const settings = { ...samplerSettings, sampler };
      const row = definition && found(identityOf(subject, definition, steps, settings));
      const bleu = found(figureIdentity(subject, selfBleu, steps, settings));
      const passes = found(figureIdentity(subject, { declared: partnerPassesFigure }, steps, settings));
      const isOrigin = name === "ancestral";
      // The frontier that a row of ancestral steps has, whose name is not kept.
      const frontier = row && !isOrigin && nfeFrontier(frontiersFor(store, { ...row, sampler: null }, row.subjectHash));
      const effect = frontier ? gainAtNfe(row, frontier) : undefined;
      const counted = row?.nfe && passes ? { ...row, nfe: row.nfe + passes.value } : undefined;
      const allCounted = frontier && counted ? gainAtNfe(counted, frontier) : undefined;
      const above = row && teacher && nfeFrontier(frontiersFor(store, { ...row, sampler: null }, teacher));
      const overTeacher = row && above ? gainAtNfe(counted ?? row, above) : undefined;
      return [
        {
          name,
          steps,
          row,
          bleu,
          passes,
          effect,
          allCounted,
          overTeacher,
          needed: frontier ? nfeNeededText(row, frontier) : "–",
          isOrigin,
        },
      ];
    });
  });
}

const timeText = ({ row }: Line): string => (row?.wallMs ? (row.wallMs / row.n).toFixed(0) : "–");

function gainText({ row, isOrigin }: Line, effect: Effect | undefined, verdict?: string): string {
  if (isOrigin) return "1";
  if (!row) return "–";
  if (!effect) return "outside";
  const { mean, low, high } = effectInterval(effect);
  const [middle, from, to] = [mean, low, high].map((value) => Math.exp(value).toFixed(2));
  return Number.isNaN(low) ? `${middle}` : [`${middle} [${from}, ${to}]`, verdict].filter(Boolean).join(" ");
}

/** The gain of each sampler against its evaluations: above 1 is beyond the frontier of ancestral steps. */
function frontierChart(lines: readonly Line[]): Chart {
  const series = new Map<string, Series["marks"][number][]>();
  for (const { name, row, effect } of lines) {
    if (!effect || !row?.nfe) continue;
    const { mean, low, high } = effectInterval(effect);
    const ends = Number.isNaN(low) ? {} : { low: Math.exp(low), high: Math.exp(high) };
    series.set(name, [...(series.get(name) ?? []), { x: row.nfe, y: Math.exp(mean), ...ends }]);
  }
  return {
    x: { label: "NFE", scale: "log" },
    y: { label: "gain over ancestral steps of equal NFE and entropy", scale: "log" },
    series: [...series].map(([label, marks]) => ({ label, marks })),
    levels: [{ label: "ancestral, any temperature", y: 1 }],
  };
}

/** Samplers side by side, a table for each model. */
export function samplerSections(plan: ReportPlan, store: Pick<Store, "evaluations">, found: Found): Section[] {
  const { o, subjects, samplerSettings } = plan;
  return subjects
    .filter((one) => samplesBeside(plan, one.subject))
    .map(({ label, subject }): Section => {
      const lines = linesOf(plan, subject, store, found);
      const verdicts = familyVerdicts(lines.map(({ effect }) => effect));
      const isStudent = lines.some(({ overTeacher }) => overTeacher !== undefined);
      const hasPartners = lines.some(({ passes }) => passes !== undefined);
      const body = lines.map((line, i) => [
        `${line.name}, ${line.steps} steps`,
        line.row?.nfe ? line.row.nfe.toFixed(1) : "–",
        ...(hasPartners ? [line.passes ? line.passes.value.toFixed(1) : "–", timeText(line)] : []),
        cellText(line.row),
        entropyText(line.row),
        cellText(line.bleu),
        gainText(line, line.effect, verdicts[i]),
        ...(hasPartners ? [line.passes ? gainText(line, line.allCounted) : "–"] : []),
        line.needed,
        ...(isStudent ? [line.overTeacher ? gainText({ ...line, isOrigin: false }, line.overTeacher) : "–"] : []),
      ]);
      const head = [
        "",
        "NFE",
        ...(hasPartners ? ["partner's passes", "ms a sample"] : []),
        "gen-PPL",
        "entropy",
        "self-BLEU",
        "gain at equal NFE and entropy",
        ...(hasPartners ? ["the same, passes counted"] : []),
        "ancestral NFE for the same text",
        ...(isStudent ? ["gain over the teacher, passes counted"] : []),
      ];
      const count = verdicts.filter((verdict) => verdict !== undefined).length;
      const note = `gain: gen-PPL of ancestral steps of the same model with as many evaluations and the temperature (${o.temperatures.join(", ")}) that gives the sampler's entropy ÷ the sampler's, 95 % intervals over samples, ${familyNote(count, "cells")}; a threshold has all ${subject.checkpoint.model.length} steps and chooses its evaluations; "outside": no ancestral steps reach its entropy and evaluations; n = ${samplerSettings.samples}, seed ${o.seed}`;
      return { title: `Samplers, ${label}`, note, table: [head, ...body], charts: [frontierChart(lines)] };
    });
}
