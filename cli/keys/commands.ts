// Keys commands
//
// Owns:   what `canopy keys` prints, from checked options to an exit code.
// Leaves: the keys (app/keys/).

import { resolve } from 'node:path'
import { createKeys, keyTime, listKeys, revokeKeys, rotateKeys, type WantedMembers } from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { keysText } from './text.ts'

export interface KeysOptions extends WantedMembers {
  readonly days?: string
  readonly old?: boolean
  readonly json?: boolean
}

export interface KeysCommands {
  create(folder: string, options: KeysOptions): Promise<number>
  list(folder: string, options: KeysOptions): Promise<number>
  rotate(folder: string, members: readonly string[], options: KeysOptions): Promise<number>
  revoke(folder: string, members: readonly string[], options: KeysOptions): Promise<number>
}

const RELOAD = 'reload the server: nats-server --signal reload (or kill -HUP)'

export function createKeysCommands({ directory, now, screen }: Terminal): KeysCommands {
  const seconds = (): number => Math.floor(now() / 1000)
  const term = ({ days }: KeysOptions) => ({ now: seconds(), days })
  const print = (options: KeysOptions, value: unknown, lines: readonly string[]): number => {
    screen.write(`${options.json ? JSON.stringify(value) : lines.join('\n')}\n`)
    return exitCodes.reached
  }
  return {
    async create(place, options) {
      const folder = resolve(directory, place)
      const { isNew, ...created } = await createKeys(folder, options, term(options))
      const { files, expires } = created
      return print(options, created, [
        ...files.map((file) => `wrote ${file}`),
        files.length === 0 ? 'every member has a key already' : `valid until ${keyTime(expires)}`,
        isNew ? `start the server: nats-server -c ${folder}/nats-server.conf` : RELOAD,
      ])
    },
    async list(place, options) {
      const keys = await listKeys(resolve(directory, place), seconds())
      return print(options, keys, [keysText(keys)])
    },
    async rotate(place, members, options) {
      const rotated = await rotateKeys(resolve(directory, place), members, term(options))
      return print(options, rotated, [
        ...rotated.files.map((file) => `wrote ${file}`),
        `valid until ${keyTime(rotated.expires)}; the earlier keys stay valid until they expire: canopy keys revoke ${place} --old revokes them`,
      ])
    },
    async revoke(place, members, options) {
      const which = { old: options.old ?? false, now: seconds() }
      const revoked = await revokeKeys(resolve(directory, place), members, which)
      return print(options, { revoked }, [
        ...revoked.map(({ member, user }) => `revoked ${member} ${user.slice(0, 12)}`),
        revoked.length === 0 ? 'no key to revoke' : RELOAD,
      ])
    },
  }
}
