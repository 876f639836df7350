// A command line as somebody gives it in a folder of their own, and what it prints.

import { runCommandLine } from '../../cli/command-line.ts'
import type { Terminal } from '../../cli/terminal.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Called {
  readonly code: Promise<number>
  readonly stop: AbortController
  /** So far. */
  readonly said: { out: string; err: string }
}

/** `canopy ...args` under way. */
export function begin(args: readonly string[], home: string, other: Partial<Terminal> = {}): Called {
  const stop = new AbortController()
  const said = { out: '', err: '' }
  const code = runCommandLine(args, {
    screen: { write: (text) => (said.out += text) },
    writeError: (text) => (said.err += text),
    directory: home,
    env: {},
    home,
    cores: 2,
    version: '1.2.3',
    now: () => 0,
    stop: stop.signal,
    onRun: () => {},
    ...other,
  })
  return { code, stop, said }
}

/** `canopy ...args`, ended. */
export async function called(
  args: readonly string[],
  home: string,
  other: Partial<Terminal> = {},
): Promise<Said> {
  const { code, said } = begin(args, home, other)
  return { code: await code, ...said }
}
