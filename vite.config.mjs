// The page of the studio: from src/studio/page to dist/studio. scripts/build.mjs runs this.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('src/studio/page', import.meta.url)),
  base: './',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('dist/studio', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // A policy forbids scripts and pictures within the markup.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
