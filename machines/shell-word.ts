// Shell word
//
// Quotes a text as one word of a command that a person copies into a shell.
//
// Paths in such commands come from repositories and models: the shell must not run any part of them.

/** For a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
