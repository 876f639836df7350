// PostgreSQL: a server of its own for one benchmark, on loopback, with fsync as it comes.

import { chown, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'

export interface Postgres {
  readonly url: string
  readonly stop: () => Promise<void>
}

const NOBODY = 65_534

/** Throws with the reason when it is not installed or does not start. */
export async function startPostgres(directory: string): Promise<Postgres> {
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const [home, cluster] = [join(directory, 'postgres'), join(directory, 'postgres', 'cluster')]
  await mkdir(home)
  if (user.uid !== undefined) {
    await chown(directory, NOBODY, NOBODY)
    await chown(home, NOBODY, NOBODY)
  }
  const options = { ...user, cwd: home, stdio: 'ignore' } as const
  try {
    await execa('initdb', ['-D', cluster, '-A', 'trust', '-U', 'bench', '-E', 'UTF8'], options)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error
    throw new Error('PostgreSQL (initdb, pg_ctl) is not installed')
  }
  const port = await freePort()
  const settings = `-p ${port} -h 127.0.0.1 -k ${home}`
  const log = join(home, 'log')
  await execa('pg_ctl', ['-D', cluster, '-o', settings, '-w', '-l', log, 'start'], options)
  return {
    url: `postgresql://bench@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await execa('pg_ctl', ['-D', cluster, '-m', 'immediate', '-w', 'stop'], options)
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
