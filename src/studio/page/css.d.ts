/** Vite takes styles that a module imports into the page. */
declare module '*.css';
