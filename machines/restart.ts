// Restart (types first; the decision follows)
import type { ChildSpec } from './child-spec.ts'

/** What a parent knows of its children; part of its committed record. */
export interface Supervision {
  /** In start order. */
  readonly children: readonly Child[]
  /** Times of the restarts inside the period, in milliseconds since the Unix epoch, newest first. */
  readonly restarts: readonly number[]
}

export interface Child {
  readonly id: string
  readonly src: string
  readonly spec: ChildSpec
  readonly birth: string
  readonly input: unknown
  readonly state: 'running' | 'restarting' | 'stopped'
}
