// Approvals
//
// The port of people's approvals.
// Leaves: where approvals are stored (app/approve/), which files need one (runs-by-itself.ts).

/** People's approvals. */
export interface Approvals {
  /** @param blob git's name of the content; `deleted` when the file is deleted. */
  has(path: string, blob: string): Promise<boolean>
}

export const NO_APPROVALS: Approvals = { has: async () => false }
