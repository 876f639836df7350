// User's mask
//
// The permissions with which git and the repository's own commands create files: those of the user's shell.
//
// Read when this room is loaded: `cli/main.ts` narrows the mask of the process only after that, for its own files.

const usersMask = process.umask()

/** Starts a program under the user's mask; `start` must start it before it returns. */
export function underUsersMask<T>(start: () => T): T {
  const own = process.umask(usersMask)
  try {
    return start()
  } finally {
    process.umask(own)
  }
}
