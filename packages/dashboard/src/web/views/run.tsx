/**
 * @file One run: how far it is, its log, where it comes from and what came of it.
 */

import { visibleControls } from "@sdtt/core/report";
import { formatNumber } from "@sdtt/core/statistics";
import { measureOf } from "../../charts/data/measure.js";
import type { LineageNode, RunDetail } from "../../read/run.js";
import { useAnswer } from "../api.js";
import { Asked, duration, Heads, localTime, Notice, Status, Text, Time, Wide } from "../parts/basics.js";
import { Progress } from "../parts/progress.js";
import { Tags } from "../parts/tags.js";
import { TrainCurves, trainingStages, trainParts } from "../parts/trainCurves.js";
import { address, place } from "../place.js";
import type { View } from "../view.js";

function System({ detail: { item, config } }: { detail: RunDetail }) {
  const { run } = item;
  const rows: readonly (readonly [string, string])[] = [
    ["experiment", run.experiment],
    ["commit", `${run.commit}${run.dirty ? " (with changes)" : ""}`],
    ["machine", `${run.machine}, engine ${run.engine}`],
    ["command", run.command],
    ["attempt", run.attempt === 1 ? "1" : `${run.attempt} (resumed ${run.attempt - 1} times)`],
    ["config hash", run.configHash],
    ...Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)] as const),
  ];
  return (
    <Wide label="system and config">
      <table>
        <tbody>
          {rows.map(([key, value]) => (
            <tr key={key}>
              <th scope="row">
                <Text text={key} max={60} />
              </th>
              <td class="words">
                <Text text={value} max={400} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

const RunLink = ({ id, name }: { id: string; name: string }) => (
  <a href={address("/run", { id })} title={name === id ? undefined : id}>
    <Text text={name} max={60} />
  </a>
);

const relations = { ancestor: "", this: "", student: "student: " };

function Node({ node }: { node: LineageNode }) {
  const { runId, name, stage, round, status, hash, relation, evaluatedBy } = node;
  const shown = relation === "this" ? evaluatedBy : evaluatedBy.slice(0, 2);
  return (
    <li aria-current={relation === "this" ? "true" : undefined}>
      <strong>
        {relations[relation]}
        {round === 0 ? "teacher" : `round ${round}`}
      </strong>{" "}
      {runId === "" ? (
        <span class="quiet">{status}</span>
      ) : (
        <>
          <RunLink id={runId} name={name} /> <span class="quiet">{stage}</span> <Status status={status} />
        </>
      )}{" "}
      <code class="quiet" title={`weights ${hash}`}>
        {hash.slice(0, 8)}
      </code>
      {evaluatedBy.length === 0 ? null : (
        <ul>
          {shown.map(({ id, name: evaluator }) => (
            <li key={id}>
              evaluated by <RunLink id={id} name={evaluator} />
            </li>
          ))}
          {shown.length < evaluatedBy.length ? <li>{evaluatedBy.length - shown.length} more evaluated it</li> : null}
        </ul>
      )}
    </li>
  );
}

function Lineage({ nodes }: { nodes: readonly LineageNode[] }) {
  if (nodes.length === 0) return <Notice>No checkpoint of this run is in the store.</Notice>;
  return (
    <ol class="lineage">
      {nodes.map((node) => (
        <Node key={node.relation + node.hash} node={node} />
      ))}
    </ol>
  );
}

function Log({ detail: { log, logLeftOut, output } }: { detail: RunDetail }) {
  return (
    <>
      <Wide label="log" isLog>
        {logLeftOut > 0 ? <p class="quiet">{logLeftOut} earlier ones are left out.</p> : null}
        <pre>{log.map(({ at, text }) => `${localTime(at)} ${visibleControls(text.slice(0, 2000))}\n`)}</pre>
      </Wide>
      {output === "" ? null : (
        <>
          <h3>The end of what it wrote</h3>
          <Wide label="the end of what it wrote" isLog>
            <pre>{visibleControls(output)}</pre>
          </Wide>
        </>
      )}
    </>
  );
}

/** Of a run from changed code: what had changed. */
function Patch({ detail: { patch, item } }: { detail: RunDetail }) {
  if (patch !== null) {
    return (
      <Wide label="difference to the commit" isLog>
        <pre>{visibleControls(patch)}</pre>
      </Wide>
    );
  }
  if (!item.run.dirty) return <p class="quiet">None: the code was that of the commit.</p>;
  return <Notice>The code had changes that nobody kept: only runs of a submitted sweep keep theirs.</Notice>;
}

/** The step count, as a way back to its point on the curve where the curve has it. */
function Steps({ e, experiment }: { e: RunDetail["evaluations"][number]; experiment: string }) {
  if (e.steps === null) return <>–</>;
  if (e.sampler !== null || e.topP !== null || e.control !== null) return <>{e.steps}</>;
  const temperatures = e.temperature === 1 ? undefined : "all";
  const query = { experiment, measure: measureOf(e).id, steps: String(e.steps), temperatures };
  return <a href={address("/curve", query)}>{e.steps}</a>;
}

function Evaluations({ detail: { evaluations, kept, item } }: { detail: RunDetail }) {
  const { experiment } = item.run;
  if (evaluations.length === 0) return <Notice>Nothing of this run has been evaluated.</Notice>;
  return (
    <Wide label="evaluations">
      <table>
        <Heads of={["measure", "steps", "τ", "seed", "n", "value", "± stderr", "entropy", "NFE", "samples"]} />
        <tbody>
          {evaluations.slice(0, 300).map((e) => (
            <tr key={e.key}>
              <th scope="row">{e.definition}</th>
              <td>
                <Steps e={e} experiment={experiment} />
              </td>
              <td>{e.temperature}</td>
              <td>{e.seed}</td>
              <td>{e.n}</td>
              <td>{formatNumber(e.value)}</td>
              <td>{formatNumber(e.stderr)}</td>
              <td>{formatNumber(e.entropy)}</td>
              <td>{formatNumber(e.nfe)}</td>
              <td>
                {kept[e.key] === undefined ? (
                  "–"
                ) : (
                  <a href={address("/curve", { experiment, open: e.key, title: `${e.definition}, ${e.steps} steps` })}>
                    {kept[e.key]}
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {evaluations.length > 300 ? <p class="quiet">{evaluations.length - 300} further ones are left out.</p> : null}
    </Wide>
  );
}

function Content({ detail }: { detail: RunDetail }) {
  const { item } = detail;
  const { run } = item;
  return (
    <>
      <p class="facts">
        <Status status={run.status} isSilent={item.isSilent} /> · {run.stage}, round {run.round}, seed {run.seed} ·
        started <Time at={run.startedAt} />, took {duration(item.seconds)} · last sign of life{" "}
        <Time at={run.heartbeatAt} /> · <Progress item={item} />
      </p>
      <Tags item={item} />
      <h2>Lineage</h2>
      <Lineage nodes={detail.lineage} />
      {trainingStages.includes(run.stage) ? (
        <>
          <h2>Training</h2>
          <TrainCurves runs={[run.id]} />
        </>
      ) : null}
      <h2>Evaluations</h2>
      <Evaluations detail={detail} />
      <h2>Log</h2>
      <Log detail={detail} />
      <h2>Difference to the commit</h2>
      <Patch detail={detail} />
      <h2>System and config</h2>
      <System detail={detail} />
    </>
  );
}

function RunPage() {
  const id = place.value.query.get("id");
  const answer = useAnswer("/api/run", id === null ? null : { id });
  return (
    <>
      <h1>
        Run <Text text={id ?? ""} max={80} />
      </h1>
      {id === null ? (
        <Notice>
          The address names no run. <a href="/runs">Choose one.</a>
        </Notice>
      ) : (
        <Asked answer={answer}>{(detail) => <Content detail={detail} />}</Asked>
      )}
    </>
  );
}

export const view: View = { title: "Run", page: RunPage, known: ["id", ...trainParts] };
