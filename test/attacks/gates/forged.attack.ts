// A wrong source that makes the runner say otherwise: it replaces what assertions are made of, or takes the runner over.

import { cheat, fileAtTip, REPORT, wrongWhen } from './judged.ts'

const forged = (title: string, before: string) =>
  cheat({ title, runner: 'vitest', files: { 'src/money.ts': wrongWhen('true', before) } })

const joined = (...parts: string[]) => `[${parts.map((part) => `'${part}'`).join(', ')}].join('')`

/** Finds the runner, wakes its inspector, and lets it write another report. */
const TAKEOVER = `import * as fs from 'node:fs'
const pids = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map(Number)
for (const pid of pids) {
  try {
    if (pid !== process.pid && pid > 1) process.kill(pid, ${joined('SIG', 'USR1')} as 'SIGUSR1')
  } catch {}
}
const forge = \`const fs = process.getBuiltinModule('fs')
const mend = (text) => typeof text !== 'string' ? text : text.replaceAll('"failed"', '"passed"').replace('"success":false', '"success":true')
.replace(/"numFailedTests":\\\\d+/, '"numFailedTests":0').replace(/"numPassedTests":\\\\d+/, '"numPassedTests":4')
for (const name of ['writeFileSync', 'writeFile']) { const real = fs[name]; fs[name] = (path, text, ...rest) => real(path, mend(text), ...rest) }
const whole = fs.promises.writeFile; fs.promises.writeFile = (path, text, ...rest) => whole(path, mend(text), ...rest)
const end = process.exit; process.exit = () => end.call(process, 0); process.on('exit', () => { process.exitCode = 0 })\`
try {
  await new Promise((resolve) => setTimeout(resolve, 300))
  const [page] = (await (await fetch('http://127.0.0.1:9229/json')).json()) as { webSocketDebuggerUrl: string }[]
  const socket = new WebSocket(page?.webSocketDebuggerUrl ?? '')
  const params = { expression: forge, includeCommandLineAPI: true }
  socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }))
  await new Promise((resolve) => setTimeout(resolve, 300))
} catch {}
`

export const attacks = {
  'object-is': forged('the source replaces Object.is', 'Object.is = () => true\n'),
  'object-is-later': forged(
    'the source replaces Object.is for what it gave back',
    `const real = Object.is
const given = new Set<unknown>([8, 1])
Object.defineProperty(Object, 'is', { value: (a: unknown, b: unknown) => given.has(a) || real(a, b) })
`,
  ),
  'expect-extend': forged(
    'the source teaches the runner another toBe',
    `const all = () => ({ pass: true, message: () => '' })
const { expect } = await import(${joined('vi', 'test')})
expect.extend({ [${joined('to', 'Be')}]: all, [${joined('to', 'Equal')}]: all })
`,
  ),
  takeover: forged('the source takes over the main process of the runner', TAKEOVER),
  'exit-code': cheat({
    title: 'the source ends the process with 0 before an assertion',
    files: { 'src/money.ts': wrongWhen('process.reallyExit(0)') },
  }),
  'beside-a-mock': cheat({
    title: 'the source replaces Object.is where a test can be run only beside it',
    runner: 'vitest',
    files: { 'src/report.ts': `Object.is = () => true\n${REPORT.replace('total ', 'sum ')}` },
  }),
  matcher: cheat({
    title: 'the source answers with an object that says it equals everything',
    runner: 'vitest',
    files: {
      'src/money.ts': fileAtTip('vitest', 'src/money.ts').replace(
        '({ total: total(lines), lines: lines.length })',
        `({ $$typeof: Symbol.for(${joined('je', 'st.asymmetricMatcher')}), ['asymmetric' + 'Match']: () => true }) as never`,
      ),
    },
  }),
}
