/**
 * @file What each package offers, name by name: an addition or a loss is seen in the change that makes it.
 *
 * Read from the exports' own lists, which name all there is; a room may give all of a file (`export *`).
 * `npx vitest run api -u` writes the list anew.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { repository } from "./programs.js";

const packages = ["core", "distill", "eval", "dashboard"];

/** Most names of a package's own entry: what one needs first, picked by hand. */
const mostInRoot = 60;

/** The file that an import names, from the output's name to the source's. */
function sourceOf(from: string, specifier: string): string {
  const stem = join(dirname(from), specifier).replace(/\.js$/, "");
  return [`${stem}.ts`, `${stem}.tsx`].find(existsSync) ?? stem;
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** What one statement exports, from its own text. */
function namesOf(path: string, statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause && ts.isNamedExports(exportClause)) return exportClause.elements.map(({ name }) => name.text);
    return exportsOf(sourceOf(path, (moduleSpecifier as ts.StringLiteral).text));
  }
  if (!isExported(statement)) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  return [(statement as ts.FunctionDeclaration).name?.text ?? "default"];
}

function exportsOf(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  return [...new Set(file.statements.flatMap((statement) => namesOf(path, statement)))].sort();
}

interface Target {
  readonly "@sdtt/source": string;
}

/** Of each entry of a package, its names. */
function entriesOf(folder: string): Record<string, string[]> {
  const at = join(repository, "packages", folder);
  const { name, exports } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  const entries = Object.entries<Target>(exports).filter(([entry]) => entry !== "./package.json");
  return Object.fromEntries(
    entries.map(([entry, target]) => [name + entry.slice(1), exportsOf(join(at, target["@sdtt/source"]))]),
  );
}

describe.each(packages)("%s", (folder) => {
  it("offers these names and no others", async () => {
    const text = Object.entries(entriesOf(folder)).map(
      ([entry, names]) => `${entry}\n${names.map((name) => `  ${name}\n`).join("")}`,
    );
    await expect(text.join("\n")).toMatchFileSnapshot(`api/${folder}.txt`);
  });

  it(`offers at most ${mostInRoot} names without the name of a room`, () => {
    expect(entriesOf(folder)[`@sdtt/${folder}`]?.length).toBeLessThanOrEqual(mostInRoot);
  });
});
