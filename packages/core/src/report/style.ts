/**
 * @file The report's style sheet: its own, so that a report looks in ten years as it does now.
 */
export const reportStyle = `
:root { color-scheme: light; --text: #1b1f24; --quiet: #57606a; --line: #d8dde3; --ground: #fff; --panel: #f5f7f9; }
[data-theme="dark"] { color-scheme: dark; --text: #e6e9ed; --quiet: #9aa4af; --line: #363d46; --ground: #14181d; --panel: #1c2229; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; overflow-wrap: anywhere; }
img, svg { max-width: 100%; height: auto; }
figure > svg { background: #fff; }
figure { margin: 1rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; margin: 1rem 0; overflow-wrap: normal; }
caption { text-align: left; color: var(--quiet); }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); padding: 0.6rem; }
article { border-left: 3px solid var(--line); padding-left: 0.8rem; margin: 1rem 0; }
article h3 { font-size: 1rem; color: var(--quiet); margin: 0; }
@media print { .wide { overflow: visible; } pre, figure, tr { break-inside: avoid; } }
`.trim();
