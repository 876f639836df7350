// Placeholder (the real one follows)
import type { Runner } from './runner.ts'

export const nodeTest: Runner = {
  list: async () => ({ argv: [] }),
  listed: () => [],
  command: async () => ({ argv: [] }),
  read: async () => undefined,
}
