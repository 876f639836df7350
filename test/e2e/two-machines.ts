// Two machines as far as the network and their names go: each a network namespace, with one cable between them.

import { execa } from 'execa'

export interface Machine {
  readonly address: string
  /** What a command is put behind to run there. */
  readonly through: readonly string[]
}

export interface TwoMachines {
  readonly home: Machine
  readonly away: Machine
  /** Pulls the cable: nothing comes through any more, and nobody is told. */
  cut(): Promise<void>
  close(): Promise<void>
}

const spaces = { home: `canopy-${process.pid}-h`, away: `canopy-${process.pid}-a` }
const addresses = { home: '10.213.7.1', away: '10.213.7.2' }

/** A sentence that says why there cannot be any here; undefined when there can. */
export async function whyNoMachines(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'it takes root to make network namespaces'
  const probe = `canopy-${process.pid}-p`
  const made = await execa('ip', ['netns', 'add', probe], { reject: false })
  if (made.failed) return `network namespaces cannot be made here: ${made.stderr || made.shortMessage}`
  await execa('ip', ['netns', 'del', probe])
  const renamed = await execa('unshare', ['--uts', 'true'], { reject: false })
  return renamed.failed ? 'a machine cannot be given a name of its own here' : undefined
}

export async function twoMachines(): Promise<TwoMachines> {
  const { home, away } = spaces
  for (const space of [home, away]) await ip('netns', 'add', space)
  await ip('link', 'add', 'cable', 'netns', home, 'type', 'veth', 'peer', 'name', 'cable', 'netns', away)
  for (const side of ['home', 'away'] as const) {
    await ip('-n', spaces[side], 'addr', 'add', `${addresses[side]}/24`, 'dev', 'cable')
    for (const link of ['lo', 'cable']) await ip('-n', spaces[side], 'link', 'set', link, 'up')
  }
  return {
    home: machine('home'),
    away: machine('away'),
    cut: () => ip('-n', home, 'link', 'set', 'cable', 'down'),
    close: async () => {
      for (const space of [home, away]) await ip('netns', 'del', space)
    },
  }
}

function machine(side: 'home' | 'away'): Machine {
  const named = ['unshare', '--uts', 'sh', '-c', `hostname ${side} && exec "$0" "$@"`]
  return { address: addresses[side], through: ['ip', 'netns', 'exec', spaces[side], ...named] }
}

async function ip(...args: string[]): Promise<void> {
  await execa('ip', args)
}
