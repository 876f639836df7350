// Inherited descriptors
//
// The descriptors of one start of bubblewrap beside its streams: opened mount sources, and bytes to read.

import { closeSync } from 'node:fs'
import { FIRST_INHERITED } from './child.ts'
import { type MountKind, openMountSource } from './mount-sources.ts'

/** An option with its values if this bubblewrap has it, else nothing. */
export type KnownOptions = (option: string, ...values: string[]) => string[]

export class InheritedDescriptors {
  readonly all: (number | Buffer)[] = []

  /** Its descriptor number in bubblewrap, as an option's value. */
  add(one: number | Buffer): string {
    this.all.push(one)
    return `${FIRST_INHERITED + this.all.length - 1}`
  }

  /** Opens a source and gives the option that mounts it; an older bubblewrap resolves the checked path again. */
  mount(
    known: KnownOptions,
    option: '--bind' | '--ro-bind',
    path: string,
    { kind = 'file or folder', to = path }: { kind?: MountKind | undefined; to?: string } = {},
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
