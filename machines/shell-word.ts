// Shell word
//
// Owns:   how a text is written as one word of a command that somebody copies into a shell.
//
// S1. Paths in such commands come from repositories and models: whatever is in them, the shell runs nothing of it.

/** As a POSIX shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
