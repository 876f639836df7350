// Limits by cgroup: what is written for a command, and that nothing of it is left.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CommandCgroup } from '../../workspace/sandbox/cgroup.ts'
import { eventually } from '../eventually.ts'

/** Where cgroups of version 2 are and this test may make some. */
const REAL = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => {
  try {
    accessSync(path, constants.W_OK)
    return existsSync(join(path, 'cgroup.controllers'))
  } catch {
    return false
  }
})

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'canopy-cgroup-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

it('tells which limit the kernel held', () => {
  const cgroup = new CommandCgroup(
    { path: place, controllers: ['memory', 'pids'] },
    { memoryMb: 1, processes: 2 },
  )
  expect(cgroup.exceeded()).toBeUndefined()
  writeFileSync(join(cgroup.path, 'pids.events'), 'max 3\n')
  expect(cgroup.exceeded()).toBe('processes')
  writeFileSync(join(cgroup.path, 'memory.events'), 'low 0\nmax 12\noom 1\noom_kill 1\n')
  expect(cgroup.exceeded()).toBe('memory')
})

it.skipIf(REAL === undefined)('holds what enters it, and is gone with it', async () => {
  const cgroup = new CommandCgroup({ path: REAL ?? '', controllers: [] }, { memoryMb: 64, processes: 8 })
  const script = 'echo $$ > "$0"; (sleep 90 &) ; sleep 90'
  const child = spawn('/bin/sh', ['-c', script, cgroup.entrance], { stdio: 'ignore' })
  const inside = () => readFileSync(cgroup.entrance, 'utf8').split('\n').filter(Boolean)
  await eventually(() => inside().length >= 3, { what: 'three processes inside' })
  await Promise.all([cgroup.remove(), once(child, 'exit')])
  expect(existsSync(cgroup.path)).toBe(false)
})
