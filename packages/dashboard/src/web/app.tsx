/**
 * @file The frame of every view: navigation, the state of the stores, and the view that the address names.
 */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { type Session, useAnswer } from "./api.js";
import { isLive } from "./live.js";
import { Guarded, Notice, Text, UnknownParts } from "./parts/basics.js";
import { followLink, place } from "./place.js";
import { theme, toggleTheme } from "./theme.js";
import { ComparePage } from "./views/compare.js";
import { CurvePage } from "./views/curve.js";
import { HomePage } from "./views/home.js";
import { MeetingPage } from "./views/meeting.js";
import { RunPage } from "./views/run.js";
import { RunsPage } from "./views/runs.js";
import { SweepsPage } from "./views/sweeps.js";

interface View {
  readonly title: string;
  readonly page: ComponentType;
  /** Parts of the address that the view knows. */
  readonly known: readonly string[];
  readonly isInMenu: boolean;
}

const curveParts = ["experiment", "measure", "temperatures", "x", "by", "rounds", "steps", "plane", "open", "title"];

const views: Record<string, View> = {
  "/": { title: "Home", page: HomePage, known: ["since"], isInMenu: true },
  "/curve": { title: "Quality", page: CurvePage, known: curveParts, isInMenu: true },
  "/compare": { title: "Compare", page: ComparePage, known: ["run", "sample", "quantity"], isInMenu: true },
  "/runs": {
    title: "Runs",
    page: RunsPage,
    known: ["filter", "sort", "columns", "offset", "archived", "run", "quantity"],
    isInMenu: true,
  },
  "/run": { title: "Run", page: RunPage, known: ["id", "quantity"], isInMenu: false },
  "/sweeps": { title: "Sweeps", page: SweepsPage, known: ["experiment", "steps", "row", "column"], isInMenu: true },
  "/meeting": { title: "Meeting", page: MeetingPage, known: ["experiment", "week"], isInMenu: true },
};

function Menu({ path }: { path: string }) {
  return (
    <header>
      <a class="skip" href="#content">
        To the content
      </a>
      <nav aria-label="views">
        <ul>
          {Object.entries(views).map(([target, { title, isInMenu }]) =>
            isInMenu ? (
              <li key={target}>
                <a href={target} aria-current={target === path ? "page" : undefined}>
                  {title}
                </a>
              </li>
            ) : null,
          )}
        </ul>
        <span class="tools">
          <span class="quiet" role="status">
            {isLive.value ? "● live" : "○ not connected"}
          </span>
          <button type="button" onClick={toggleTheme}>
            {theme.value === "dark" ? "Light" : "Dark"}
          </button>
        </span>
      </nav>
    </header>
  );
}

function Stores() {
  const { data } = useAnswer<Session>("/api/session");
  const broken = data?.stores.filter(({ problem }) => problem !== null) ?? [];
  return (
    <>
      {broken.map(({ path, problem }) => (
        <Notice key={path} kind="error">
          <Text text={problem ?? ""} max={1000} /> It is tried again as long as this page is served.
        </Notice>
      ))}
    </>
  );
}

function NotFound() {
  return (
    <Notice kind="error">
      There is no view <Text text={place.value.path} />. The menu above has all of them.
    </Notice>
  );
}

export function App() {
  const { path } = place.value;
  const view = Object.hasOwn(views, path) ? views[path] : undefined;
  useEffect(() => {
    document.title = `${view?.title ?? "No such view"} · SDTT`;
  }, [view]);
  useEffect(() => {
    addEventListener("click", followLink);
    return () => removeEventListener("click", followLink);
  }, []);
  const Page = view?.page ?? NotFound;
  return (
    <>
      <Menu path={path} />
      <main id="content" tabIndex={-1}>
        <Stores />
        {view ? <UnknownParts known={view.known} /> : null}
        <Guarded key={path}>
          <Page />
        </Guarded>
      </main>
    </>
  );
}
