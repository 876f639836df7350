// Registry request
//
// One request to a registry of the user's, over the network, with a second try when it is not reached.

import { request as askPlain, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as askSecurely } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { createGunzip } from 'node:zlib'
import type { PackageRegistry } from './package-source.ts'

export interface RegistryQuestion {
  /** Its method and a few headers are forwarded. */
  readonly request: IncomingMessage
  readonly registry: PackageRegistry
  /** Path and query below it. */
  readonly rest: string
  readonly body: Buffer | undefined
  readonly certificates: string | undefined
}

export interface RegistryAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly stream: AsyncIterable<Buffer>
}

const TRIES = 3
const PAUSE_MS = 500
const SILENCE_MS = 20_000
const MAX_REDIRECTS = 3

export async function askRegistry(question: RegistryQuestion): Promise<RegistryAnswer> {
  // Not resolved against it: a path such as `http://elsewhere/` would lead there.
  const url = new URL(`${question.registry.url}${question.rest}`)
  if (!url.href.startsWith(question.registry.url)) throw new Error(`${url.href} is not of a registry`)
  for (let tried = 1; ; tried++) {
    try {
      return await followed(question, url)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      if (tried === TRIES) throw new Error(`${url.host} could not be reached (${code} ${message})`)
      await pause(PAUSE_MS * tried)
    }
  }
}

/** A redirect inside the registry is followed, any other one is an error. */
async function followed(question: RegistryQuestion, start: URL): Promise<RegistryAnswer> {
  let url = start
  for (let at = 0; at <= MAX_REDIRECTS; at++) {
    const response = await asked(question, url)
    const { location } = response.headers
    const status = response.statusCode ?? 502
    if (status < 300 || status >= 400 || location === undefined) return answerOf(status, response)
    response.destroy()
    url = new URL(location, url)
    if (!url.href.startsWith(question.registry.url))
      throw new Error(`${start.host} answers with a redirect to ${url.host}, which is no registry of yours`)
  }
  throw new Error(`${start.host} redirects more than ${MAX_REDIRECTS} times`)
}

function answerOf(status: number, response: IncomingMessage): RegistryAnswer {
  const zipped = response.headers['content-encoding'] === 'gzip'
  const stream = zipped ? response.pipe(createGunzip()) : response
  if (zipped) response.once('error', (error) => stream.destroy(error))
  return { status, headers: response.headers, stream }
}

const HANDED_ON = ['accept', 'if-none-match', 'if-modified-since', 'content-type', 'content-encoding']

function asked(
  { request, registry, body, certificates }: RegistryQuestion,
  url: URL,
): Promise<IncomingMessage> {
  const { headers, method = 'GET' } = request
  const handed = HANDED_ON.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
  const options = {
    method,
    timeout: SILENCE_MS,
    headers: {
      ...Object.fromEntries(handed),
      ...{ 'accept-encoding': 'gzip', 'user-agent': 'canopy' },
      ...(registry.authorization === undefined ? {} : { authorization: registry.authorization }),
      ...(body === undefined ? {} : { 'content-length': body.length }),
    },
    ...(certificates === undefined ? {} : { ca: [...rootCertificates, certificates] }),
  }
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? askSecurely : askPlain
    const sent = ask(url, options, resolve)
    sent.once('error', reject)
    sent.once('timeout', () =>
      sent.destroy(Object.assign(new Error(`silent for ${SILENCE_MS / 1000} s`), { code: 'ETIMEDOUT' })),
    )
    sent.end(body)
  })
}
