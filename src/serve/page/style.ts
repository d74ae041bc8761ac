/** The style sheet of the page: light, dark and narrow. */
export const STYLE = `
:root {
  color-scheme: light;
  --page: #f7f7f5; --card: #ffffff; --ink: #1c1d21; --soft: #5a5d66; --rule: #dfe0e3; --faint: #ecedef;
  --accent: #1f68c1; --bad: #a3201d; --bad-back: #fdeceb;
}
@media (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --page: #131417; --card: #1c1e22; --ink: #ececee; --soft: #a6aab4; --rule: #363940; --faint: #292c32;
    --accent: #6cb0ff; --bad: #ff9d97; --bad-back: #3a1b1b;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 76rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1 { margin: 0; font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.15; letter-spacing: -.02em; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .8rem; font-size: 1.15rem; letter-spacing: -.01em; }
p { margin: .4rem 0 0; }
a { color: var(--accent); }
.soft { color: var(--soft); font-size: .92rem; }
.hidden { position: absolute; width: 1px; height: 1px; opacity: 0; }
#drop {
  display: grid; justify-items: center; gap: .1rem; margin-top: 1.5rem; padding: 2rem 1rem; text-align: center; cursor: pointer;
  background: var(--card); border: 2px dashed var(--rule); border-radius: 14px; transition: border-color .15s;
}
#drop:hover, #drop.over { border-color: var(--accent); }
#drop svg { width: 2.2rem; fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
#file:focus-visible + #drop, :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
fieldset { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 1rem 0 0; padding: 0; border: 0; font-size: .95rem; }
fieldset legend { float: left; margin-right: 1.2rem; padding: 0; color: var(--soft); }
fieldset label { display: flex; align-items: center; gap: .4rem; cursor: pointer; }
input[type=checkbox] { width: 1.05rem; height: 1.05rem; margin: 0; accent-color: var(--accent); }
#status { min-height: 1.6em; margin: 1rem 0 .5rem; }
#status.busy::before {
  content: ''; display: inline-block; width: .85em; height: .85em; margin-right: .5em; vertical-align: -.1em;
  border: 2px solid var(--rule); border-top-color: var(--accent); border-radius: 50%; animation: turn .8s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { #status.busy::before { animation: none; } }
#error { padding: .7rem 1rem; color: var(--bad); background: var(--bad-back); border-radius: 10px; overflow-wrap: anywhere; }
#pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
figure { display: flex; flex-direction: column; min-width: 0; margin: 0; padding: .9rem; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
figcaption { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; margin-bottom: .5rem; font-weight: 600; }
figcaption a, figcaption span { font-weight: 400; font-size: .85rem; white-space: nowrap; }
figure img { display: block; width: 100%; height: auto; border-radius: 6px; background: var(--faint); }
.small { image-rendering: pixelated; }
.words { margin: .3rem 0 .6rem; font-size: 1.25rem; line-height: 1.3; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: .15rem .9rem; max-height: 9.5rem; margin: .7rem 0 0; padding: 0; overflow-y: auto; list-style: none; font-size: .85rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend i { flex: none; width: .95rem; height: .95rem; border: 1px solid rgb(128 128 128 / .55); border-radius: 3px; }
.legend b { font-weight: 400; color: var(--soft); font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
td { padding: .25rem 0; border-top: 1px solid var(--faint); overflow-wrap: anywhere; }
td + td { padding-left: 1rem; text-align: right; }
#times { margin-top: 1rem; }
pre {
  margin: 0; padding: .9rem 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (max-width: 30rem) {
  body { padding-top: 1.5rem; }
  #drop { padding: 1.4rem .8rem; }
}
`;
