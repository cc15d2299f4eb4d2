/**
 * @file Forecasts in a process of their own, of the lowest priority, one after another: a fit takes seconds, in which nobody else's
 * answer, and no training, should wait.
 *
 * What was made is kept while there is no new figure. How many may wait, and how long one may take, is limited.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError, userError } from "@sdtt/core/base";
import { learntFor, type RunForecasts } from "../../read/forecasts.js";
import type { Stores } from "../../read/stores/stores.js";
import { giveWay, ownSession } from "../idle.js";
import type { ForecastOrder, ForecastReply } from "./process.js";

const mostKept = 16;
const usual = { waiting: 4, ms: 120_000 };

/** As it is built, wherever this file is read from. */
const program = fileURLToPath(new URL("../../../dist/server/forecasts/process.js", import.meta.url));

/** One order in a process that ends with it. Rejects with UserError for what it explains, and after `ms`. */
function made(order: ForecastOrder, ms: number, command: string): Promise<RunForecasts> {
  return new Promise((resolve, reject) => {
    const child = fork(program, {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      ...ownSession,
    });
    if (child.pid) giveWay(child.pid);
    const kill = () => void child.kill("SIGKILL");
    const late = setTimeout(() => {
      reject(userError("forecasts", `they must be made within ${ms / 1000} s`, "more", `Ask the terminal: ${command}`));
      kill();
    }, ms);
    process.once("exit", kill);
    child.once("error", reject);
    child.once("message", (reply: ForecastReply) => {
      if ("found" in reply) resolve(reply.found);
      else reject(new UserError(reply.problem));
    });
    child.once("exit", (code) => {
      clearTimeout(late);
      process.off("exit", kill);
      reject(new Error(`forecasts: their process ended with ${code} and no answer`));
    });
    child.send(order);
  });
}

/** Rejects with UserError for unknown runs, for too much to learn from, and where too many wait. */
export function forecaster(
  { reader, states, version }: Stores,
  limits = usual,
): (runs: readonly string[]) => Promise<RunForecasts> {
  const kept = new Map<string, { readonly figures: string; readonly answer: Promise<RunForecasts> }>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = (work: () => Promise<RunForecasts>): Promise<RunForecasts> => {
    waiting++;
    const answer = last.then(work).finally(() => waiting--);
    last = answer.catch(() => {});
    return answer;
  };
  return async (runs) => {
    const { command } = learntFor(reader, runs);
    const [key, { figures }] = [JSON.stringify(runs), version()];
    const known = kept.get(key);
    if (known?.figures === figures) return known.answer;
    if (waiting >= limits.waiting) {
      throw userError(
        "forecasts",
        `at most ${limits.waiting} may be made at once`,
        waiting + 1,
        "Try again in a while.",
      );
    }
    const paths = states().map(({ path }) => path);
    const answer = inTurn(() => made({ paths, runs }, limits.ms, command));
    kept.delete(key);
    kept.set(key, { figures, answer });
    if (kept.size > mostKept) kept.delete(kept.keys().next().value as string);
    answer.catch(() => kept.delete(key));
    return answer;
  };
}
