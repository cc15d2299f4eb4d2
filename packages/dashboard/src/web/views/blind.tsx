/**
 * @file Blind test: pairs of samples in random order and sides, by key; whose they are is said when all pairs are voted on.
 */

import { visibleControls } from "@sdtt/core/report";
import { useLayoutEffect, useState } from "preact/hooks";
import { preferredText } from "../../charts/data/preferred.js";
import type { AnswerTo } from "../../protocol.js";
import { author, rememberAuthor, useAnswer } from "../api.js";
import { Asked, Notice, Text } from "../parts/basics.js";
import { useWrite } from "../parts/write.js";
import { change, place } from "../place.js";
import type { View } from "../view.js";

type Blind = AnswerTo<"/api/blind">;
type Choice = "left" | "right" | "tie";

const keys: Readonly<Record<string, Choice>> = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "tie" };

function Pair({ pair, onVote }: { pair: Blind["pairs"][number]; onVote: (choice: Choice) => void }) {
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const choice = keys[event.key];
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (choice === undefined || isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      onVote(choice);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [onVote]);
  return (
    <>
      <div class="columns">
        {(["left", "right"] as const).map((side) => (
          <section key={side} class="sample" aria-label={`${side} text`}>
            <pre dir="auto">{visibleControls(pair[side])}</pre>
          </section>
        ))}
      </div>
      <p class="bar">
        <button type="button" onClick={() => onVote("left")}>
          ← The left one
        </button>
        <button type="button" onClick={() => onVote("tie")}>
          ↓ Neither
        </button>
        <button type="button" onClick={() => onVote("right")}>
          The right one →
        </button>
      </p>
    </>
  );
}

function Content({ data: { a, b, pairs, result }, by }: { data: Blind; by: string }) {
  const { error, write } = useWrite();
  const open = pairs.filter(({ said }) => said === null);
  const [next] = open;
  if (pairs.length === 0) {
    return (
      <Notice>
        These two kept no samples to compare: <code>npx sdtt curve --keep=8</code> keeps some.
      </Notice>
    );
  }
  const vote = (choice: Choice) => void (next && write("/api/votes", { a, b, index: next.index, choice }, by));
  return (
    <>
      {error === "" ? null : <Notice kind="error">{error}</Notice>}
      <p role="status">
        {pairs.length - open.length} of {pairs.length} pairs.
        {next ? " Which would you rather read? Keys: ← → and ↓ for neither." : ""}
      </p>
      {next ? <Pair key={next.index} pair={next} onVote={vote} /> : null}
      {result ? (
        <Notice>
          <Text text={preferredText(result)} max={600} />
        </Notice>
      ) : null}
    </>
  );
}

function Name({ onSet }: { onSet: (name: string) => void }) {
  const [name, setName] = useState(author());
  const submit = (event: Event) => {
    event.preventDefault();
    rememberAuthor(name.trim());
    onSet(name.trim());
  };
  return (
    <form class="bar" onSubmit={submit}>
      <label>
        Your name{" "}
        <input value={name} required maxLength={100} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button type="submit">Begin</button>
    </form>
  );
}

function BlindPage() {
  const { query } = place.value;
  const part = (name: string) => query.get(name) ?? undefined;
  const by = part("by") ?? "";
  const asked = { experiment: part("experiment"), a: part("a"), b: part("b"), author: by };
  const answer = useAnswer("/api/blind", by === "" ? null : asked);
  return (
    <>
      <h1>Blind test</h1>
      <p class="quiet">
        Two samples, sides and order drawn by chance for you. Whose they are is said when all pairs are voted on.
      </p>
      {by === "" ? (
        <Name onSet={(name) => change({ by: name })} />
      ) : (
        <Asked answer={answer}>{(data) => <Content data={data} by={by} />}</Asked>
      )}
    </>
  );
}

export const view: View = { title: "Blind test", page: BlindPage, known: ["experiment", "a", "b", "by"] };
