/** @file The reading interface in words, for other programs: `protocol.ts` as Markdown, at `/api` and in docs/dashboard/api.md. */
import { z } from "zod";
import { charts, protocol } from "../protocol.js";
import type { Question } from "../read/question.js";
import { type ChartFile, fileTypes } from "../report/chartFiles.js";

interface PartSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
}

function partLine(name: string, { type, enum: choices, default: usual, description }: PartSchema, isNeeded: boolean) {
  const kind = choices ? choices.map((choice) => `\`${choice}\``).join(" or ") : (type ?? "");
  const rest = [kind, isNeeded ? "needed" : "", usual === undefined ? "" : `left out: \`${usual}\``];
  const about = [...rest, description ?? ""].filter((text) => text !== "").join("; ");
  return `  - \`${name}\`${about === "" ? "" : `: ${about}`}\n`;
}

function parts(query: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input", unrepresentable: "any" });
  return Object.entries(properties)
    .map(([name, schema]) => partLine(name, schema as PartSchema, required.includes(name)))
    .join("");
}

const questions = (): string =>
  Object.entries<Question>(protocol)
    .map(([path, { what, query }]) => `- \`${path}\` ${what}\n${parts(query)}`)
    .join("");

const files = (): string =>
  Object.entries<ChartFile>(charts)
    .map(([path, { query }]) => `- \`${path}.{${Object.keys(fileTypes).join(",")}}\`\n${parts(query)}`)
    .join("");

export const apiText = (): string => `# The reading interface

Every answer that the page shows can be had by another program with GET from the server of \`dashboard:serve\`: JSON in UTF-8, in which a
number that is none is \`{"$number": "NaN"}\` (or \`Infinity\`, \`-Infinity\`). A part of an address that is not listed here is refused with
status 400 and \`{"error": "…"}\`. Beyond this machine every request needs \`Authorization: Bearer TOKEN\`. An answer has an \`ETag\`, and is
not sent again to who has it. In TypeScript its type is \`AnswerTo<"/api/home">\` of \`@sdtt/dashboard\`. The server says this text at \`/api\`.

## Questions

${questions()}
## Charts as files

Each takes \`theme\`, \`light\` or \`dark\`, besides.

${files()}
\`/api/report.html?experiment=…&theme=…\` is an experiment's frozen report.
`;
