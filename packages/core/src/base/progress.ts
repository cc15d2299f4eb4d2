/**
 * @file Progress of whatever lasts over two seconds: how far, how fast, how long still.
 *
 * In a terminal one line is rewritten; elsewhere (a log, a pipe, nx) a line is written at most every ten seconds. What
 * ends within two seconds prints nothing. There is no timer: a report comes with an update, so nothing keeps a process
 * alive.
 */
export interface ProgressOptions {
  readonly label: string;
  /** 0: not known beforehand; then only notes are told. */
  readonly total: number;
  /** Plural, as in "updates". */
  readonly unit: string;
  /** Units done before this process began (a resumed run); they do not count for the rate. */
  readonly from?: number;
  readonly stream?: ProgressStream;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Progress {
  /** Reports the units done so far, with an optional note such as a loss. */
  update(done: number, note?: string): void;
  /** Ends the report, whether or not the total was reached. */
  done(note?: string): void;
}

const silentMs = 2_000;
const rewriteMs = 100;
const logMs = 10_000;
const clearLine = "\r\u001b[K";

/** Starts to report on one piece of work. */
export function startProgress(options: ProgressOptions): Progress {
  const { label, total, unit, from = 0, stream = process.stderr, now = () => performance.now() } = options;
  const isTerminal = stream.isTTY === true;
  const startedMs = now();
  let count = from;
  let reportedMs = Number.NEGATIVE_INFINITY;
  const counted = (): string => (total > 0 ? `${count}/${total} ${unit}` : "");
  const rate = (): number => (1_000 * (count - from)) / Math.max(1, now() - startedMs);

  return {
    update(done, note) {
      count = done;
      const nowMs = now();
      if (nowMs - startedMs < silentMs || nowMs - reportedMs < (isTerminal ? rewriteMs : logMs)) return;
      reportedMs = nowMs;
      const left = rate() > 0 && total > 0 ? `${duration((1_000 * (total - done)) / rate())} left` : "";
      const line = join([label, counted(), rateText(rate(), unit), left, note]);
      stream.write(isTerminal ? clearLine + line.slice(0, (stream.columns ?? 120) - 1) : `${line}\n`);
    },
    done(note) {
      const tookMs = now() - startedMs;
      if (tookMs < silentMs) return;
      const line = join([label, counted(), rateText(rate(), unit), `took ${duration(tookMs)}`, note]);
      stream.write(`${isTerminal ? clearLine : ""}${line}\n`);
    },
  };
}

function join(parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join(" · ");
}

function rateText(perSecond: number, unit: string): string {
  if (perSecond === 0) return "";
  if (perSecond < 0.1) return `${(1 / perSecond).toFixed(1)} s each`;
  return `${perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3)} ${unit}/s`;
}

/** `m:ss`, or `h:mm:ss` from an hour on. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const padded = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3_600);
  const tail = `${hours > 0 ? padded(minutes) : minutes}:${padded(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}
