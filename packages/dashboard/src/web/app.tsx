/**
 * @file The frame of every view: navigation, the state of the stores, and the view that the address names.
 */
import { useEffect } from "preact/hooks";
import { useSession } from "./api.js";
import { isLive } from "./live.js";
import { Guarded, Notice, Text, UnknownParts } from "./parts/basics.js";
import { followLink, place } from "./place.js";
import { theme, toggleTheme } from "./theme.js";
import type { View } from "./view.js";

const files = import.meta.glob<{ readonly view: View }>("./views/*.tsx", { eager: true });

/** `./views/runs.tsx` is at `/runs`. */
const addressOf = (file: string): string => `/${file.slice("./views/".length, -".tsx".length)}`.replace("/home", "/");

const views = Object.fromEntries(Object.entries(files).map(([file, { view }]) => [addressOf(file), view]));

const inMenu = Object.entries(views)
  .filter(([, view]) => view.inMenu !== undefined)
  .sort(([, a], [, b]) => (a.inMenu as number) - (b.inMenu as number));

function Menu({ path }: { path: string }) {
  return (
    <header>
      <a class="skip" href="#content">
        To the content
      </a>
      <nav aria-label="views">
        <ul>
          {inMenu.map(([target, { title }]) => (
            <li key={target}>
              <a href={target} aria-current={target === path ? "page" : undefined}>
                {title}
              </a>
            </li>
          ))}
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
  const { data } = useSession();
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
