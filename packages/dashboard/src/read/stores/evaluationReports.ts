/**
 * @file The reports that `eval:report` wrote beside the stores: `reports/NAME/report.html`, by the run's name.
 *
 * A name becomes part of a path only as it stands in the folder's own list.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface EvaluationReport {
  /** Of the run that was evaluated. */
  readonly name: string;
  /** When it was written, ISO 8601. */
  readonly at: string;
}

export interface EvaluationReports {
  /** The newest first. */
  list(): EvaluationReport[];
  /** The file of that name as it is; undefined where there is none. */
  read(name: string): string | undefined;
}

function writtenAt(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtime.toISOString();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @param folders in which stores lie, asked at each call */
export function evaluationReports(folders: () => readonly string[]): EvaluationReports {
  const all = () =>
    folders().flatMap((folder) =>
      namesIn(join(folder, "reports")).flatMap((name) => {
        const path = join(folder, "reports", name, "report.html");
        const at = writtenAt(path);
        return at === undefined ? [] : [{ name, at, path }];
      }),
    );
  return {
    list: () =>
      all()
        .map(({ name, at }) => ({ name, at }))
        .sort((a, b) => (a.at < b.at ? 1 : -1)),
    read: (name) => {
      const found = all().find((report) => report.name === name);
      return found && readFileSync(found.path, "utf8");
    },
  };
}
