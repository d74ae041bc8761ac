/** The frame of the page; the script fills it in. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nddr</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<header>
  <h1 id="name">nddr</h1>
  <p id="about" class="soft">The model is being opened ...</p>
</header>
<main>
  <form id="form">
    <input id="file" class="hidden" type="file" accept="image/jpeg,image/png,image/webp,image/tiff,image/gif,image/avif">
    <label id="drop" for="file">
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 16V4m0 0L7 9m5-5 5 5M4 15v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3"/></svg>
      <strong>Choose an image</strong>
      <span class="soft">or drop it here, or paste it</span>
      <span id="limits" class="soft"></span>
    </label>
    <fieldset id="tasks" hidden><legend>Answer</legend></fieldset>
  </form>
  <p id="status" class="soft" role="status"></p>
  <p id="error" role="alert" hidden></p>
  <section id="answers" hidden aria-label="Answers">
    <div id="pictures"></div>
    <p id="times" class="soft"></p>
    <p class="soft"><a id="json" download="answers.json">All answers as JSON</a></p>
  </section>
  <section id="program" hidden>
    <h2>From a program</h2>
    <pre id="command" tabindex="0"></pre>
    <p class="soft"><a href="/openapi.json">OpenAPI description</a>, <a href="/model">the model</a>,
      <a href="/metrics">metrics</a>, <a href="/health">health</a></p>
  </section>
</main>
</body>
</html>
`;
