// Inherited descriptors
//
// Owns:   what one start of bubblewrap gets beside its streams: opened mount sources, and bytes to read.

import { closeSync } from 'node:fs'
import { FIRST_INHERITED } from './child.ts'
import { openMountSource, type SourceKind } from './mount-sources.ts'

/** An option and its values where this bubblewrap has that option, else nothing. */
export type KnownOptions = (option: string, ...values: string[]) => string[]

export class InheritedDescriptors {
  readonly all: (number | Buffer)[] = []

  /** The number that it has in bubblewrap, as an option's value. */
  add(one: number | Buffer): string {
    this.all.push(one)
    return `${FIRST_INHERITED + this.all.length - 1}`
  }

  /** Opens a source and gives the option that mounts it; an older bubblewrap looks the checked path up once more. */
  mount(
    known: KnownOptions,
    option: '--bind' | '--ro-bind',
    path: string,
    { kind = 'file or folder', to = path }: { kind?: SourceKind | undefined; to?: string } = {},
  ): string[] {
    const descriptor = this.add(openMountSource(path, kind))
    const byDescriptor = known(`${option}-fd`, descriptor, to)
    return byDescriptor.length > 0 ? byDescriptor : [option, path, to]
  }

  close(): void {
    for (const one of this.all) if (typeof one === 'number') closeSync(one)
    this.all.length = 0
  }
}
