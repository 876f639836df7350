// Open mounts
//
// Owns:   the descriptors of one command's mounts, and the options that name them.

import { closeSync } from 'node:fs'
import { FIRST_INHERITED } from './child.ts'
import { openMountSource, type SourceKind } from './mount-sources.ts'

/** The first one inherits the options (bubblewrap.ts). */
const FIRST_MOUNT = FIRST_INHERITED + 1

/** An option and its values where this bubblewrap has that option, else nothing. */
export type KnownOptions = (option: string, ...values: string[]) => string[]

export class OpenMounts {
  readonly descriptors: number[] = []
  readonly #known: KnownOptions

  constructor(known: KnownOptions) {
    this.#known = known
  }

  /** Where bubblewrap takes no descriptors it looks the checked path up once more. */
  mount(option: '--bind' | '--ro-bind', path: string, kind: SourceKind = 'file or folder'): string[] {
    const { descriptor } = openMountSource(path, kind)
    this.descriptors.push(descriptor)
    const inside = `${FIRST_MOUNT + this.descriptors.length - 1}`
    const byDescriptor = this.#known(`${option}-fd`, inside, path)
    return byDescriptor.length > 0 ? byDescriptor : [option, path, path]
  }

  close(): void {
    for (const descriptor of this.descriptors) closeSync(descriptor)
    this.descriptors.length = 0
  }
}
