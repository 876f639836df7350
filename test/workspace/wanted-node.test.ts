// Which Node runs a repository's tests, as tables.

import { describe, expect, it } from 'vitest'
import {
  chooseNode,
  type NodeManifest,
  type VersionFiles,
  wishOf,
} from '../../workspace/survey/wanted-node.ts'

describe('what a repository asks for', () => {
  it.each<[string, NodeManifest, VersionFiles, string | undefined]>([
    [
      'volta before all',
      { volta: { node: '20.1.0' }, engines: { node: '>=18' } },
      { '.nvmrc': '16' },
      '20.1.0',
    ],
    [
      '.nvmrc before engines',
      { engines: { node: '>=18' } },
      { '.nvmrc': 'v20.11\n' },
      '>=20.11.0 <20.12.0-0',
    ],
    ['a name of a line', {}, { '.nvmrc': 'lts/iron' }, '20'],
    ['any with long-term support', {}, { '.nvmrc': 'lts/*' }, '*'],
    ['.node-version with a comment', {}, { '.node-version': '# ours\n22.4.1\n' }, '22.4.1'],
    ['.tool-versions', {}, { '.tool-versions': 'ruby 3.2\nnodejs 18.19.0\n' }, '18.19.0'],
    ['engines', { engines: { node: '^18 || >= 20' } }, {}, '>=18.0.0 <19.0.0-0||>=20.0.0'],
    ['nothing that can be read', { engines: { node: 'new' } }, { '.nvmrc': '???' }, undefined],
    ['nothing', {}, {}, undefined],
  ])('is %s', (_what, manifest, files, range) => {
    expect(wishOf(manifest, files)?.range).toBe(range)
  })
})

describe('the Node that is taken', () => {
  const of = (version: string, place: string) => ({ path: `/${place}/${version}`, version, place })
  const [onPath, managed, own] = [
    of('v20.1.0', 'the PATH'),
    of('v18.3.0', 'nvm'),
    of('v26.0.0', "Canopy's own"),
  ]
  const wish = (range: string) => ({ range, said: `wish ${range}` })
  it.each([
    ['the one on the PATH when nothing is asked for', [], onPath, 'the PATH'],
    ['another installed one that fits', [wish('18')], managed, 'nvm; wish 18'],
    ["Canopy's own when only that fits", [wish('>=22')], own, "Canopy's own; wish >=22"],
    ['the PATH when none fits', [wish('30')], onPath, 'the PATH; no installed Node fits wish 30'],
    [
      'what the repository asks for before what the runner needs',
      [wish('18'), wish('>=22')],
      managed,
      'nvm; wish 18; no installed Node fits wish >=22',
    ],
  ])('is %s', (_what, wishes, { path }, reason) => {
    expect(chooseNode(wishes, [onPath, managed, own])).toMatchObject({ path, reason })
  })
  it('is none when none is installed', () => {
    expect(chooseNode([wish('18')], [])).toBeUndefined()
  })
})
