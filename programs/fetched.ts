// Fetched
//
// Owns:   what became of fetching a program.
// Leaves: fetching it (fetch-release.ts, fetch-debian.ts), where it is kept (find-tool.ts).

/** A way to fetch a tool: puts the binary somewhere below `directory` and gives its path, or says why it could not. */
export type FetchResult =
  | { readonly kind: 'fetched'; readonly path: string }
  | { readonly kind: 'failed'; readonly reason: string }
