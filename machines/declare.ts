// Declare
//
// Declares an invocation by name, with the types of its input and output.
// Leaves: the implementation, given where the node is made (app/).

import { fromPromise, type PromiseActorLogic } from 'xstate'

/** An invocation without an implementation. */
export function declared<Output, Input>(): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(() => {
    throw new Error('a declared invocation is not to be run here')
  })
}
