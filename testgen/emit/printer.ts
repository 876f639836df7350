// Printer
//
// Owns:   the interface of what writes expressions as source.
// Leaves: writing them (print.ts, print-callback.ts).

import type { Expression } from '../expression.ts'
import type { LayoutPiece } from './layout.ts'

export interface Printer {
  piece(expression: Expression): LayoutPiece
  /** All on one line. */
  flat(expression: Expression): string
  text(value: string): string
  key(name: string): string
}
