/**
 * @file The complete evaluation that is in the repository: its page and its document are what its JSON makes, and its cells are
 * what its rows say.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ReportData } from "./data.js";
import { cellText, sectionMarkdown, sectionsHtml } from "./render.js";

const folder = join(import.meta.dirname, "../../../../experiments/default-report");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const data: ReportData = JSON.parse(read("report.json"));
const title = `Report of ${data.name}`;

/** What a page says, in its order: its looks are of the version that wrote it. */
function said(html: string): string {
  const body = html.slice(html.indexOf("<main>")).replace(/<[^>]*>/g, " ");
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return body
    .replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => entities[name] as string)
    .replace(/\s+/g, " ")
    .trim();
}

describe("the report in the repository", () => {
  it("is one: document and page say what the JSON says", () => {
    const markdown = [`# ${title}`, data.made, ...data.sections.map(sectionMarkdown)].join("\n\n");
    expect(read("report.md")).toBe(`${markdown}\n`);
    expect(said(read("report.html"))).toBe(said(sectionsHtml(title, data.made, data.sections)));
  });

  it("has the numbers of its rows in its curves", () => {
    const curves = data.sections.filter(({ title: name }) => /^gen-ppl-.*@\d+$/.test(name));
    expect(curves.length).toBeGreaterThan(0);
    for (const { title: definition, note = "", table = [] } of curves) {
      const counts = /n = ([\d, ]+\d)/.exec(note)?.[1]?.split(", ").map(Number) ?? [];
      const [head = [], ...lines] = table;
      for (const [label, ...cells] of lines) {
        const rows = cells.map((_, i) =>
          data.rows.find((row) => {
            const isPlain = row.temperature === 1 && !row.sampler && !row.topP;
            const isHere = row.label === label && row.definition === definition && row.steps === Number(head[i + 1]);
            return isHere && isPlain && row.n === counts[i];
          }),
        );
        expect([label, ...rows.map(cellText)]).toEqual([label, ...cells]);
      }
    }
  });

  it("gives raw gen-PPL no verdict", () => {
    const against = data.sections.find((section) => section.title === "Against the teacher");
    expect(JSON.stringify(against?.table)).not.toMatch(/better|worse|cannot tell/);
    expect(against?.note).toContain("has no verdict");
  });
});
