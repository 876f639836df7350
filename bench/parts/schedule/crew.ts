// Crew: processes that bring workers to a run, and end with it at the latest.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RemoteWorkersOptions } from './remote-workers.ts'

export class Crew {
  readonly #order: Omit<RemoteWorkersOptions, 'name' | 'directory'>
  readonly #directory: string
  readonly #children = new Map<string, ChildProcess>()

  constructor(order: Omit<RemoteWorkersOptions, 'name' | 'directory'>, directory: string) {
    this.#order = order
    this.#directory = directory
  }

  /** `admit`: tells the pool who has a lease; only then may the workers say that they are there. */
  async start(name: string, admit: () => Promise<unknown>): Promise<void> {
    const order: RemoteWorkersOptions = {
      ...this.#order,
      name,
      directory: join(this.#directory, `store-${name}`),
    }
    const program = join(import.meta.dirname, 'remote-workers.ts')
    const child = spawn(process.execPath, [program, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#children.set(name, child)
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() =>
        Promise.reject(new Error(`the remote workers ${name} ended before it was there`)),
      ),
    ])
    await admit()
    child.stdin.write('go on\n')
  }

  /** As when its machine loses power. */
  async kill(name: string): Promise<void> {
    const child = this.#children.get(name)
    this.#children.delete(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.kill(name)))
  }
}
