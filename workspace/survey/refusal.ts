// Refusal
//
// Why Canopy cannot work on a repository, as a code for programs and a sentence for people with the way out.

export type RefusalCode =
  | 'not_a_repository'
  | 'not_the_top_folder'
  | 'foreign_repository'
  | 'no_commit'
  | 'uncommitted_changes'
  | 'no_package'
  | 'linked_packages'
  | 'unsupported'
  | 'no_runner'
  | 'no_tests'
  | 'no_place_for_tests'
  | 'too_large'
  | 'nothing_to_test'
  | 'cannot_bring'
  | 'failing_tests'
  | 'dependencies_not_installed'

/** Thrown inside the survey, returned as a value outside of it. */
export class Refusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}
