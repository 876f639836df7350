// What the sandbox gives on this machine: bubblewrap and its options, namespaces, system calls, keys, limits.

import { bubblewrapTool } from '../../../programs/index.ts'
import {
  type CommandEnding,
  cgroupPlace,
  probeBubblewrap,
  sandboxFeatures,
} from '../../../workspace/index.ts'
import { type DoctorCheck, type ExaminedMachine, missing, ok, weaker } from '../check.ts'

const UPDATE = 'install a newer bubblewrap (0.8.0-2+deb12u1 of Debian 12, 0.10 and later)'

export const bubblewrap: DoctorCheck = {
  name: 'bubblewrap',
  async look(machine) {
    const found = await machine.bubblewrap()
    if (found === undefined)
      return missing(
        'bubblewrap is missing and cannot be fetched',
        'runs refuse to start without a sandbox',
        `${bubblewrapTool.commands.linux}, or, if you trust the code: --no-sandbox`,
      )
    const lacking = (await sandboxFeatures(found.path)).filter(({ isThere }) => !isThere)
    const about = `${found.version} (${found.path})`
    if (lacking.length === 0) return ok(about)
    const options = lacking.map(({ option }) => option).join(', ')
    return weaker(`${about} without ${options}`, lacking.map(({ without }) => without).join('; '), UPDATE)
  },
}

export const namespaces: DoctorCheck = {
  name: 'user namespaces',
  async look(machine) {
    const found = await machine.bubblewrap()
    if (found === undefined) return missing('there is no bubblewrap', 'see bubblewrap', 'see bubblewrap')
    const probe = await probeBubblewrap(found.path)
    return probe.works
      ? ok('a sandbox starts')
      : missing(
          probe.reason,
          'runs refuse to start without a sandbox',
          'allow user namespaces, as the message says',
        )
  },
}

/** What a command in the sandbox printed; undefined when it did not run. */
async function printed(machine: ExaminedMachine, script: string): Promise<string | undefined> {
  const sandbox = await machine.sandbox()
  const ending: CommandEnding | undefined = await sandbox?.run({
    argv: ['/bin/sh', '-c', script],
    cwd: '/',
    writable: [],
    timeoutMs: 10_000,
  })
  return ending?.kind === 'exited' ? ending.stdout.trim() : undefined
}

const NO_FILTER = 'run Canopy on x86_64 or aarch64 with a kernel that has CONFIG_SECCOMP_FILTER'

export const systemCalls: DoctorCheck = {
  name: 'seccomp',
  async look(machine) {
    const mode = await printed(machine, "sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status")
    return mode === '2'
      ? ok('system calls in the sandbox are limited to a list')
      : weaker(
          mode === undefined ? 'it could not be tested' : `no list of system calls on ${process.arch}`,
          'code in the sandbox reaches every part of the kernel that an ordinary user reaches',
          NO_FILTER,
        )
  },
}

export const keyring: DoctorCheck = {
  name: 'keyring',
  async look(machine) {
    const seen = await printed(
      machine,
      'sed -n "s/^Seccomp:[[:space:]]*//p" /proc/self/status; cat /proc/keys',
    )
    return seen === '2'
      ? ok('keys of the session cannot be read or listed in the sandbox')
      : weaker(
          'calls for keys are not refused',
          "code in the sandbox reads the session's kernel keys (Kerberos tickets, disk keys)",
          NO_FILTER,
        )
  },
}

export const cgroup: DoctorCheck = {
  name: 'cgroups',
  async look() {
    const place = cgroupPlace()
    if (typeof place !== 'string')
      return ok(`the kernel limits ${place.controllers.join(' and ')} of each command`)
    return weaker(
      place,
      'memory and processes are counted 4 times a second instead: a command may be over a limit for that long, and memory of sockets and pipes is not counted',
      'start it with: systemd-run --user --scope -p Delegate=yes canopy run ...',
    )
  },
}
