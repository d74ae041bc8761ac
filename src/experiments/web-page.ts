/** The example page of a folder that `nddr export --web` writes. */

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --accent: #3b7dd8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1rem clamp(0.75rem, 3vw, 2rem) 3rem; font: 1rem/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
#origin, figcaption, .legend, .more { color: var(--quiet); font-size: 0.875rem; }
form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.25rem; margin: 1rem 0 0.5rem;
  border: 2px dashed var(--line); border-radius: 0.5rem; padding: 0.9rem 1rem; }
input[type='file'] { max-width: 100%; font: inherit; }
select { font: inherit; }
#status { margin: 0.25rem 0 1rem; min-height: 1.45em; overflow-wrap: anywhere; }
#status.fault { color: #c33; font-weight: 600; }
#answers { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: 0.3rem; overflow-wrap: anywhere; }
canvas { display: block; width: 100%; height: auto; border-radius: 0.3rem; background: #8882; }
ul, ol { list-style: none; margin: 0.4rem 0 0; padding: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 0.8rem; }
.legend i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.35em; border-radius: 0.15em;
  border: 1px solid var(--line); vertical-align: -0.05em; }
.words { border: 1px solid var(--line); border-radius: 0.3rem; padding: 0.5rem 0.75rem; margin-top: 0; }
.words li { display: flex; justify-content: space-between; gap: 1rem; padding: 0.3rem 0;
  background: linear-gradient(var(--accent), var(--accent)) 0 100% / calc(100% * var(--share, 0)) 3px no-repeat; }
`;

/** The page; its script is `nddr/web/page.js`. */
export const WEB_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nddr</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1 id="title">nddr</h1><span id="origin"></span></header>
<form>
<label>Image <input id="file" type="file" accept="image/*" disabled></label>
<label id="size">Longer side at most <select id="longest"><option>320</option><option selected>640</option><option>1280</option></select> pixels</label>
</form>
<p id="status" role="status">Loading the model ...</p>
<noscript>This page needs JavaScript.</noscript>
<main id="answers"></main>
<script type="module" src="nddr/web/page.js"></script>
</body>
</html>
`;
