import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { placeSample, samplePackages } from '../../../app/settings/sample.ts'
import { scratch } from '../../cli/scratch.ts'

async function head(directory: string): Promise<string> {
  return (await execa('git', ['rev-parse', 'HEAD'], { cwd: directory })).stdout
}

describe('the copy of the sample', () => {
  it('is a clean git repository with one commit, and the same one everywhere', async () => {
    const [one, two] = [join(scratch(), 'sample', 'orchard'), join(scratch(), 'orchard')]
    await placeSample(one)
    await placeSample(two)
    const { stdout: status } = await execa('git', ['status', '--porcelain'], { cwd: one })
    const { stdout: count } = await execa('git', ['rev-list', '--count', '--all'], { cwd: one })
    expect([status, count]).toEqual(['', '1'])
    expect(await head(one)).toBe(await head(two))
  })

  it('has the dependencies that Canopy has, and no link to them', async () => {
    const place = join(scratch(), 'orchard')
    await placeSample(place)
    expect(existsSync(join(samplePackages ?? '', 'vitest'))).toBe(true)
    expect(readdirSync(place)).not.toContain('node_modules')
  })

  it('is kept when it is there, with all that was done in it', async () => {
    const place = join(scratch(), 'orchard')
    await placeSample(place)
    writeFileSync(join(place, 'mine'), '')
    await placeSample(place)
    expect(existsSync(join(place, 'mine'))).toBe(true)
  })

  it('leaves nothing half made', async () => {
    const folder = scratch()
    await placeSample(join(folder, 'orchard'))
    expect(readdirSync(folder)).toEqual(['orchard'])
  })
})
