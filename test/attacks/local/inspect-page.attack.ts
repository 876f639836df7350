// Another user of the machine connects to the page of `canopy inspect` to see what actors know.

import { type InspectorPage, openInspectorPage } from '../../../dashboard/index.ts'
import { type Attack, type AttackResult, couldNotRun, refused, succeeded } from '../attack.ts'
import { asOtherUser } from './other-user.ts'

const SECRET = 'SECRET-OF-AN-ACTOR'

/** Prints all that the server answers to each request, as JSON. */
const ASK = `
  import { connect } from 'node:net'
  const [port, requests] = process.argv.slice(1)
  const ask = (request) => new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request))
    setTimeout(() => socket.destroy(), 1000)
    socket.on('error', () => {})
    socket.on('data', (chunk) => { answer += chunk.toString('latin1') })
    socket.on('close', () => resolve(answer))
  })
  console.log(JSON.stringify(await Promise.all(JSON.parse(requests).map(ask))))
`

const upgrade = (path: string, headers: string, host = '127.0.0.1'): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...(headers === '' ? [] : [headers]),
    '',
    '',
  ].join('\r\n')

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`

type Requests = (token: string) => readonly string[]

async function opened(
  use: (page: InspectorPage, port: string) => Promise<AttackResult>,
): Promise<AttackResult> {
  const page = await openInspectorPage({ port: 0, page: new URL('http://127.0.0.1:9/inspect') })
  page.send({
    type: '@xstate.actor',
    sessionId: 'system',
    snapshot: { status: 'active', context: { SECRET } },
  } as never)
  try {
    return await use(page, new URL(page.url).port)
  } finally {
    await page.close()
  }
}

function asking(title: string, requests: Requests): Attack {
  return {
    title,
    needs: ['root', 'linux'],
    play: () =>
      opened(async (page, port) => {
        const token = new URL(page.url).hash.slice(1)
        const asked = requests(token)
        const answers: string[] = JSON.parse(await asOtherUser(ASK, [port, JSON.stringify(asked)]))
        const told = answers.findIndex((answer) => answer.includes(SECRET))
        if (told >= 0) return succeeded(`it was told the actors after: ${asked[told]}`)
        if (token !== '' && answers.some((answer) => answer.includes(token)))
          return succeeded('an answer holds the token')
        if (answers.includes('')) return couldNotRun('the server did not answer')
        return refused([...new Set(answers.map((answer) => answer.split('\r\n')[0]))].join(', '))
      }),
  }
}

export const attacks: Readonly<Record<string, Attack>> = {
  'without-token': asking('Another user opens the page and its WebSocket.', () => [
    get('/'),
    upgrade('/page', ''),
    upgrade('/', ''),
    upgrade('/', '', 'localhost'),
  ]),
  'wrong-token': asking('Another user guesses: no token, parts of one, one of the right length.', (token) =>
    ['', ' ', token.slice(1), token.slice(0, -1), `${token}x`, 'A'.repeat(43), 'undefined', 'null'].flatMap(
      (each) => [
        upgrade('/page', `Authorization: Bearer ${each}`),
        upgrade('/page', `Sec-WebSocket-Protocol: canopy.inspect, ${each}`),
      ],
    ),
  ),
  'other-places': asking('Another user looks for the token and the actors under other paths.', () =>
    ['/page', '/token', '/actors', '/..', '//', '/?token=', '/%00'].map(get),
  ),
}
