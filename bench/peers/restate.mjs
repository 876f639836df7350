// Restate: a virtual object that counts, on a server of its own, asked over HTTP as its users do.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import * as restate from '@restatedev/restate-sdk'
import { measure } from './measure.mjs'

const [many, few, directory] = process.argv.slice(2)

const counter = restate.object({
  name: 'counter',
  handlers: {
    increment: async (context) => {
      const count = ((await context.get('count')) ?? 0) + 1
      context.set('count', count)
      return count
    },
  },
})

const [ingress, admin, node, service] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
const silent = { logger: () => {} }
await restate.serve({ services: [counter], port: service, ...silent })
const server = spawn(binary(), ['--base-dir', join(directory, 'restate')], {
  stdio: 'ignore',
  env: {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_DISABLE_TELEMETRY: 'true',
  },
})
try {
  await answers(`http://127.0.0.1:${admin}/deployments`, { uri: `http://127.0.0.1:${service}` })
  const increment = (key) => post(`http://127.0.0.1:${ingress}/counter/${key}/increment`)
  await answers(`http://127.0.0.1:${ingress}/counter/first/increment`)
  const figures = await measure(increment, { many: Number(many), few: Number(few) })
  process.stdout.write(JSON.stringify(figures))
} finally {
  server.kill('SIGTERM')
}
process.exit(0)

async function post(url, body) {
  const headers = body ? { 'content-type': 'application/json' } : {}
  const response = await fetch(url, { method: 'POST', headers, body: body && JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response.text()
}

async function answers(url, body) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await post(url, body)
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

function binary() {
  const { resolve } = createRequire(import.meta.url)
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`
  return join(dirname(resolve(`${platform}/package.json`)), 'bin', 'restate-server')
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
