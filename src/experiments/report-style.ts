/** The style sheet of the report: light, dark, narrow and printed. */
export const STYLE = `
:root {
  color-scheme: light;
  --page: #f7f7f5; --card: #ffffff; --ink: #1c1d21; --soft: #5a5d66; --rule: #dfe0e3; --faint: #ecedef;
  --good: #0f6b3f; --good-back: #e3f4ea;
  --line-0: #1f68c1; --line-1: #c2410c; --line-2: #0f766e; --line-3: #7c3aed; --line-4: #946200; --line-5: #be185d;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --page: #131417; --card: #1c1e22; --ink: #ececee; --soft: #a6aab4; --rule: #363940; --faint: #292c32;
    --good: #86e0ac; --good-back: #173727;
    --line-0: #6cb0ff; --line-1: #fb9a5b; --line-2: #3fd0bf; --line-3: #b79cff; --line-4: #e8c04a; --line-5: #f585bb;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 76rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1 { margin: 0 0 .4rem; font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 3rem 0 1rem; font-size: 1.3rem; letter-spacing: -.01em; }
h3 { margin: 0 0 .6rem; font-size: 1rem; }
p { margin: 0 0 1rem; }
.summary { max-width: 46rem; font-size: 1.08rem; color: var(--soft); }
.note { margin: .6rem 0 0; font-size: .85rem; color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: .9rem 1.5rem; margin: 1.5rem 0 0; }
.facts dt { font-size: .8rem; color: var(--soft); }
.facts dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1.1rem 1.2rem; min-width: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .7rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--card); padding-left: 0; text-align: left; }
thead th { font-size: .82rem; font-weight: 550; color: var(--soft); vertical-align: bottom; }
thead tr:last-child th { border-bottom: 1px solid var(--rule); }
thead .group { color: var(--ink); font-weight: 650; padding-bottom: 0; }
tbody th { font-weight: 550; }
tbody tr + tr > * { border-top: 1px solid var(--faint); }
td strong { display: inline-block; margin: -.1rem -.4rem; padding: .1rem .4rem; border-radius: 5px; color: var(--good); background: var(--good-back); }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); grid-auto-flow: dense; gap: 1rem; margin-top: 1rem; }
.wide { grid-column: 1 / -1; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
.keys { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0 0 1rem; padding: 0; list-style: none; font-size: .9rem; }
.keys li { display: flex; align-items: center; gap: .45rem; }
figure { margin: 0; }
.chart { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: .9rem 1rem .7rem; }
.chart figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .3rem; }
.chart figcaption span { font-weight: 400; color: var(--soft); font-size: .85rem; margin-left: .3rem; }
.chart svg { display: block; width: 100%; height: auto; }
.none { color: var(--soft); margin: 2rem 0; text-align: center; }
.grid path { stroke: var(--faint); }
.axis { stroke: var(--soft); stroke-opacity: .6; fill: none; }
.ticks text { fill: var(--soft); font-size: 13px; }
.curve { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.band { fill: currentColor; opacity: .16; }
circle { fill: currentColor; }
.line-0 { color: var(--line-0); } .line-1 { color: var(--line-1); } .line-2 { color: var(--line-2); }
.line-3 { color: var(--line-3); } .line-4 { color: var(--line-4); } .line-5 { color: var(--line-5); }
.legends { display: grid; gap: .7rem; margin-bottom: 1rem; }
.legend { display: grid; grid-template-columns: 7rem 1fr; gap: .2rem 1rem; font-size: .85rem; }
.legend b { font-weight: 600; }
.legend ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.swatch { width: .95rem; height: .95rem; border-radius: 3px; border: 1px solid rgb(128 128 128 / .55); flex: none; print-color-adjust: exact; }
.samples { display: grid; gap: 1rem; }
.sample { display: grid; grid-template-columns: minmax(0, 15rem) minmax(0, 1fr); gap: 1rem 2rem; align-items: start; }
.sample h3 { margin: .5rem 0 0; font-size: .85rem; font-weight: 500; color: var(--soft); overflow-wrap: anywhere; }
.photo { position: sticky; top: 1rem; }
img { display: block; width: 100%; height: auto; border-radius: 6px; background: var(--faint); }
.answers td img { image-rendering: pixelated; }
.answers { width: auto; }
.answers th, .answers td, .answers tr > :first-child { padding: .25rem .35rem; border: 0 !important; }
.answers thead th { text-align: center; }
.answers tbody th { width: 1%; padding-right: .9rem; font-size: .85rem; vertical-align: middle; text-align: left; }
.answers td { width: 12rem; min-width: 6rem; position: static !important; }
.answers td.none { font-size: .85rem; text-align: center; vertical-align: middle; }
details summary { cursor: pointer; font-weight: 600; }
pre { overflow-x: auto; margin: 1rem 0 0; font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
:focus-visible { outline: 2px solid var(--line-0); outline-offset: 3px; }
@media (max-width: 46rem) {
  .card { padding: .9rem; }
  th, td { padding: .45rem .5rem; }
  .sample { grid-template-columns: minmax(0, 1fr); }
  .photo { position: static; max-width: 22rem; }
  .legend { grid-template-columns: 1fr; }
  .answers { width: 100%; table-layout: fixed; }
  .answers tbody tr { display: grid; grid-template-columns: repeat(var(--pictures), minmax(4.5rem, 1fr)); }
  .answers tbody th { grid-column: 1 / -1; padding-top: .6rem; }
  .answers thead tr { display: grid; grid-template-columns: repeat(var(--pictures), minmax(4.5rem, 1fr)); }
  .answers thead td { display: none; }
  .answers td { width: auto; min-width: 0; }
}
@media print {
  :root { --page: #ffffff; }
  body { padding: 0; max-width: none; font-size: 11pt; }
  .card, .chart, .sample, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .photo { position: static; }
  .charts { grid-template-columns: repeat(2, 1fr); }
  .scroll { overflow: visible; }
  pre { white-space: pre-wrap; }
}
`;
