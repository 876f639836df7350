// The programs that a run starts beside the sandbox: Node, git, npm, nats-server.

import { execa } from 'execa'
import { findTool, natsServerTool } from '../../../programs/index.ts'
import { type DoctorCheck, missing, ok, weaker } from '../check.ts'

/** What a program says of its version; undefined when it does not run, or says nothing. */
async function versionOf(program: string): Promise<string | undefined> {
  const { stdout, failed } = await execa(program, ['--version'], {
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
  })
  return failed ? undefined : stdout.trim().split('\n')[0] || undefined
}

export const node: DoctorCheck = {
  name: 'node',
  look: async () => ok(`${process.version} (${process.platform} ${process.arch})`),
}

export const git: DoctorCheck = {
  name: 'git',
  async look() {
    const version = await versionOf('git')
    return version === undefined
      ? missing('git does not run', 'every run works on a git repository', 'sudo apt-get install -y git')
      : ok(version)
  },
}

export const npm: DoctorCheck = {
  name: 'npm',
  async look() {
    const version = await versionOf('npm')
    return version === undefined
      ? weaker(
          'npm does not run',
          'dependencies of a repository are not installed; only those in its node_modules are used',
          'install npm with Node (https://nodejs.org)',
        )
      : ok(version)
  },
}

const OLD_NATS = /v[01]\.|v2\.[0-9]\./
const NEWER_NATS = 'put a newer nats-server on the PATH (https://github.com/nats-io/nats-server/releases)'

export const natsServer: DoctorCheck = {
  name: 'nats-server',
  async look() {
    const found = await findTool(natsServerTool)
    if (found.kind === 'missing')
      return missing(found.reason, 'actors cannot send messages', `${found.command}, or use --nats`)
    const about = `${found.version} (${found.path})`
    if (!OLD_NATS.test(found.version)) return ok(about)
    return weaker(about, 'before 2.10 it cannot be safe against loss of power (--sync)', NEWER_NATS)
  },
}
