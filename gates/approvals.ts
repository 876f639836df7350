// Approvals
//
// Owns:   the interface of what people approved.
// Leaves: where approvals are kept (app/approve/), which files need one (runs-by-itself.ts).

/** What people approved. */
export interface Approvals {
  /** @param blob git's name of the content; `deleted` when the file goes. */
  has(path: string, blob: string): Promise<boolean>
}

export const NO_APPROVALS: Approvals = { has: async () => false }
