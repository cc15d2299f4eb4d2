/**
 * @file What was played: tokens with the moment at which each was revealed, and the same as an HTML file that plays itself.
 */
import { escapeHtml } from "@sdtt/core/report";

/** What `core play` says, a line each. */
export type PlayEvent =
  | { readonly event: "start"; readonly given: readonly (string | null)[] }
  | {
      readonly event: "step";
      readonly step: number;
      readonly ms: number;
      readonly tokens: readonly (readonly [number, string | null])[];
    }
  | { readonly event: "end"; readonly nfe: number; readonly ms: number }
  | { readonly event: "error"; readonly message: string };

export interface Played {
  readonly title: string;
  readonly steps: number;
  readonly given: readonly (string | null)[];
  readonly events: readonly Extract<PlayEvent, { event: "step" }>[];
  readonly nfe: number | null;
  /** Null while it is drawn. */
  readonly ms: number | null;
  readonly error: string;
}

export const unplayed = (title: string, steps: number): Played => {
  return { title, steps, given: [], events: [], nfe: null, ms: null, error: "" };
};

export function heard(played: Played, line: PlayEvent): Played {
  if (line.event === "start") return { ...played, given: line.given };
  if (line.event === "step") return { ...played, events: [...played.events, line] };
  if (line.event === "end") return { ...played, nfe: line.nfe, ms: line.ms };
  return { ...played, error: line.message };
}

export interface ShownToken {
  /** Null: masked. */
  readonly text: string | null;
  /** 0: given. */
  readonly step: number;
}

/** The row after `ms` milliseconds; left out: as far as it is drawn. */
export function rowAt(
  { given, events }: Pick<Played, "given" | "events">,
  ms = Number.POSITIVE_INFINITY,
): ShownToken[] {
  const row = given.map((text): ShownToken => ({ text, step: 0 }));
  for (const event of events) {
    if (event.ms > ms) break;
    for (const [i, text] of event.tokens) row[i] = { text, step: text === null ? 0 : event.step };
  }
  return row;
}

/** Network evaluations by then: steps that revealed something, as the sampler counts them at its end. */
export function nfeAt({ events, nfe, ms: end }: Played, ms: number): number {
  if (end !== null && ms >= end) return nfe ?? 0;
  return events.filter((event) => event.ms <= ms && event.tokens.length > 0).length;
}

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem;color:#1b1f24;background:#fff}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:1.5rem}h2{font-size:1rem;margin:0}
p.t{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f7f9;padding:.8rem;min-height:10rem}i{color:#a4aeb9;font-style:normal}
b{font-weight:inherit}button{font:inherit}small{color:#57606a}`;

/** Plays on one clock and begins again; colours go from the first step to the last. */
const script = `const all=JSON.parse(document.getElementById("data").textContent);
const end=Math.max(...all.map(p=>p.ms||0)),boxes=[...document.querySelectorAll("article")];
const hue=(s,n)=>"hsl("+Math.round(300-260*(s-1)/Math.max(1,n-1))+" 70% 32%)";
function draw(ms){all.forEach((p,k)=>{const row=p.given.map(t=>[t,0]);let nfe=0;
for(const e of p.events){if(e.ms>ms)break;if(e.tokens.length)nfe++;for(const[i,t]of e.tokens)row[i]=[t,e.step]}
if(p.ms!==null&&ms>=p.ms)nfe=p.nfe;const box=boxes[k].querySelector("p");box.textContent="";
for(const[t,s]of row){const n=document.createElement(t===null?"i":"b");n.textContent=t===null?"▁▁":t;if(s)n.style.color=hue(s,p.steps);box.append(n)}
boxes[k].querySelector("small").textContent=nfe+" evaluations · "+Math.round(Math.min(ms,p.ms||0))+" ms"})}
let from;function tick(now){from??=now;const ms=Math.min(end,(now-from)*scale);draw(ms);if(ms<end)requestAnimationFrame(tick);else setTimeout(()=>{from=undefined;requestAnimationFrame(tick)},3000)}
const scale=Math.max(1,end/8000);requestAnimationFrame(tick);`;

/** One file that needs nothing else; text of a model is text in it. */
export function playedHtml(all: readonly Played[]): string {
  const data = JSON.stringify(all).replaceAll("<", "\\u003c");
  const articles = all.map(
    ({ title, steps }) =>
      `<article><h2>${escapeHtml(title)}, ${steps} steps</h2><small></small><p class="t" dir="auto"></p></article>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Side by side</title><style>${style}</style></head>
<body><main>${articles.join("\n")}</main><script type="application/json" id="data">${data}</script><script>${script}</script></body></html>
`;
}
