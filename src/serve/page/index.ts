/** The page on which a model can be tried, as files by their paths. */
export const pageFiles: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/': { type: 'text/html', text: '<!doctype html><title>nddr</title>' },
};
