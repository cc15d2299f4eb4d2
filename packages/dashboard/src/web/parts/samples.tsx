/**
 * @file The samples of a chosen point, under where they come from.
 */

import { formatNumber } from "@sdtt/core/statistics";
import { useEffect, useRef } from "preact/hooks";
import type { AnswerTo } from "../../protocol.js";
import { useAnswer } from "../api.js";
import { address, change, place } from "../place.js";
import { Asked, Notice, Text } from "./basics.js";
import { SampleView } from "./sample.js";

export function Provenance({ found: { evaluation, run } }: { found: AnswerTo<"/api/samples"> }) {
  const { subjectHash, weights, n, nfe, value, entropy, dtype, metric, referenceHash, createdAt } = evaluation;
  return (
    <p class="quiet">
      {metric} {formatNumber(value)} · entropy {formatNumber(entropy)} · n = {n} · NFE {formatNumber(nfe)} · {dtype} ·
      of {subjectHash.slice(0, 12)} ({weights}) · against {referenceHash?.slice(0, 12) ?? "nothing"} ·{" "}
      {run === undefined ? null : (
        <>
          <a href={address("/run", { id: run.id })}>
            <Text text={run.id} max={60} />
          </a>
          {`, commit ${run.commit.slice(0, 10)}${run.dirty ? " (dirty)" : ""}`} ·{" "}
        </>
      )}
      {createdAt.slice(0, 10)}
    </p>
  );
}

function OfEvaluation({ id }: { id: string }) {
  const answer = useAnswer("/api/samples", { key: id, limit: "8" });
  return (
    <Asked answer={answer}>
      {(found) => (
        <section>
          <h3>
            Seed {found.evaluation.seed}: {found.samples.length} of {found.kept} kept samples
          </h3>
          <Provenance found={found} />
          {found.kept === 0 ? <Notice>This evaluation kept no samples.</Notice> : null}
          {found.samples.map((sample) => (
            <SampleView key={sample.index} sample={sample} steps={found.evaluation.steps} />
          ))}
        </section>
      )}
    </Asked>
  );
}

const maxOpen = 4;

/** Takes the focus when it opens, so that a keyboard is where the eye is. */
function Samples({ title, keys, onClose }: { title: string; keys: readonly string[]; onClose: () => void }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    head.current?.focus();
    head.current?.scrollIntoView({ block: "start" });
  }, [title]);
  return (
    <section class="samples" aria-label="samples">
      <h2 ref={head} tabIndex={-1}>
        Samples: <Text text={title} />
      </h2>
      <button type="button" onClick={onClose}>
        Close
      </button>
      {keys.slice(0, maxOpen).map((key) => (
        <OfEvaluation key={key} id={key} />
      ))}
      {keys.length > maxOpen ? <Notice>{`${keys.length - maxOpen} further evaluations are not shown.`}</Notice> : null}
    </section>
  );
}

/** Opened samples are in the address too. */
export function openSamples(title: string, keys: readonly string[]): void {
  change({ open: keys.slice(0, 8).join(","), title });
}

/** The samples that the address names. */
export function Opened() {
  const { query } = place.value;
  const keys = (query.get("open") ?? "").split(",").filter((key) => key !== "");
  if (keys.length === 0) return null;
  const close = () => change({ open: undefined, title: undefined });
  return <Samples title={query.get("title") ?? keys.join(", ").slice(0, 60)} keys={keys} onClose={close} />;
}
