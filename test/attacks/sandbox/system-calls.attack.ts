// Code in the sandbox asks the kernel for what no build or test needs: keys, other processes' memory, namespaces, mounts,
// programs in the kernel, sockets of rare families, memory that no limit counts.

import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { inPlace, printed } from './in-sandbox.ts'

interface Call {
  /** Its numbers on x86_64 and aarch64. */
  readonly at: readonly [number, number]
  readonly arguments: readonly (number | bigint)[]
  /** A call whose number is refused only with some arguments is asked with these too, and must then work. */
  readonly harmless?: readonly number[]
}

const call = (at: Call['at'], ...args: (number | bigint)[]): Call => ({ at, arguments: args })

const NEW_USER = 0x10000000
const SESSION_KEYRING = -3

const CALLS: Readonly<Record<string, Call>> = {
  'session-keyring': call([250, 219], 0, SESSION_KEYRING, 0),
  'user-keyring': call([250, 219], 0, -4, 0),
  'join-keyring': call([250, 219], 1, 0),
  'add-key': call([248, 217], 0, 0, 0, 0, -2),
  'request-key': call([249, 218], 0, 0, 0, -2),
  bpf: call([321, 280], 0, 0, 0),
  perf: call([298, 241], 0, 0, -1, -1, 0),
  'io-uring': call([425, 425], 1, 0),
  userfaultfd: call([323, 282], 1),
  'ptrace-me': call([101, 117], 0, 0, 0, 0),
  'process-memory': call([310, 270], 1, 0, 0, 0, 0, 0),
  memfd: call([319, 279], 0, 0),
  'memfd-secret': call([447, 447], 0),
  unshare: call([272, 97], NEW_USER),
  'clone-with-namespace': call([56, 220], NEW_USER | 17, 0, 0, 0, 0),
  clone3: call([435, 435], 0, 64),
  setns: call([308, 268], 0, 0),
  mount: call([165, 40], 0, 0, 0, 0, 0),
  umount: call([166, 39], 0, 0),
  'pivot-root': call([155, 41], 0, 0),
  'move-mount': call([429, 429], 0, 0, 0, 0, 0),
  'open-tree': call([428, 428], -100, 0, 0),
  fsopen: call([430, 430], 0, 0),
  chroot: call([161, 51], 0),
  kexec: call([246, 104], 0, 0, 0, 0),
  'init-module': call([175, 105], 0, 0, 0),
  'finit-module': call([313, 273], 0, 0, 0),
  'open-by-handle': call([304, 265], -100, 0, 0),
  'no-address-randomization': { ...call([135, 92], 0x0040000), harmless: [0xffffffff] },
  'old-personality': call([135, 92], 0x0020000),
  'descriptor-of-another': call([438, 438], 0, 0, 0),
  kcmp: call([312, 272], 1, 1, 0, 0, 0),
  'shared-segment': call([29, 194], 0, 4096, 0o1600),
  'message-queue': call([68, 186], 0, 0o1600),
  semaphores: call([64, 190], 0, 1, 0o1600),
  'posix-queue': call([240, 180], 0, 0o102, 0o600, 0),
  'kernel-aio': call([206, 0], 1, 0),
  syslog: call([103, 116], 10, 0, 0),
  fanotify: call([300, 262], 0, 0),
  swap: call([167, 224], 0, 0),
  clock: call([164, 170], 0, 0),
  'host-name': call([170, 161], 0, 0),
  'packet-socket': { ...call([41, 198], 17, 3, 0), harmless: [2, 1, 0] },
  'vm-socket': call([41, 198], 40, 1, 0),
  'crypto-socket': call([41, 198], 38, 5, 0),
  'bluetooth-socket': call([41, 198], 31, 3, 0),
  'tipc-socket': call([41, 198], 30, 1, 0),
  'netfilter-socket': call([41, 198], 16, 3, 12),
  'device-event-socket': call([41, 198], 16, 3, 15),
  'family-with-high-bits': call([41, 198], 0x100000000n + 16n, 3, 12),
  'tipc-pair': call([53, 199], 30, 1, 0, 0),
  'terminal-input': call([16, 29], 0, 0x5412, 0),
  'terminal-input-with-high-bits': call([16, 29], 0, 0x100005412n, 0),
  'console-input': call([16, 29], 0, 0x541c, 0),
}

const column = process.arch === 'arm64' ? 1 : 0
const PYTHON = `import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def ask(number, arguments):
    ctypes.set_errno(0)
    got = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    return 0 if got >= 0 else ctypes.get_errno()
for name, number, arguments in json.load(sys.stdin):
    print(name, ask(number, arguments), flush=True)
`
const REFUSED = new Map([
  [1, 'EPERM'],
  [38, 'ENOSYS'],
  [97, 'EAFNOSUPPORT'],
])

let answers: Promise<Map<string, number>> | undefined

/** All calls in one command: what each came to, 0 for one that worked. */
function ask(): Promise<Map<string, number>> {
  const asked = Object.entries(CALLS).flatMap(([name, one]) => [
    [name, one.at[column], one.arguments.map(Number)],
    ...(one.harmless ? [[`${name} harmless`, one.at[column], one.harmless]] : []),
  ])
  answers ??= new Promise((resolve, reject) => {
    inPlace(async ({ run }) => {
      const ending = await run(['/usr/bin/env', 'python3', '-c', PYTHON], { stdin: JSON.stringify(asked) })
      const rows = printed(ending).matchAll(/^(.+) (\d+)$/gm)
      resolve(new Map([...rows].map(([, name = '', error]) => [name, Number(error)])))
      return refused('')
    }).catch(reject)
  })
  return answers
}

async function tried(name: string, { harmless }: Call): Promise<AttackResult> {
  const told = await ask()
  const error = told.get(name)
  if (error === undefined) return couldNotRun('it needs python3 in /usr')
  if (harmless && told.get(`${name} harmless`) !== 0)
    return couldNotRun('the same call fails when it is harmless')
  const why = REFUSED.get(error)
  return why === undefined ? succeeded(`the kernel took the call (errno ${error})`) : refused(why)
}

const byNumber = Object.entries(CALLS).map(([name, one]): [string, Attack] => [
  name,
  { title: `Code makes the system call for ${name}`, needs: ['linux'], play: () => tried(name, one) },
])

/** Machine code, so that the call does not go by the numbers of 64-bit programs. */
function otherNumbers(title: string, code: string): Attack {
  const script = `import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex('${code}'))
got = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print('GOT' if got > 0 else 'answered', got)
`
  return {
    title,
    needs: ['linux'],
    play: () =>
      inPlace(async ({ run }) => {
        if (process.arch !== 'x64') return couldNotRun('it is for x86_64')
        const ending = await run(['/usr/bin/env', 'python3', '-c', script])
        if (ending.kind === 'signalled') return refused(ending.signal)
        return printed(ending).includes('GOT') ? succeeded(printed(ending)) : refused(printed(ending).trim())
      }),
  }
}

export const attacks: Record<string, Attack> = {
  ...Object.fromEntries(byNumber),
  // mov eax, 20 (getpid); int 0x80; ret
  '32-bit-call': otherNumbers('Code calls the kernel as a 32-bit program', 'b814000000cd80c3'),
  // mov eax, 0x40000000 + 39 (getpid); syscall; ret
  'x32-call': otherNumbers('Code calls the kernel by the numbers of x32', 'b8270000400f05c3'),
}
