// Declare
//
// Owns:   how a chart names an invocation that is carried out elsewhere, with the types of what goes in and out.
// Leaves: the implementation, given where the node is made (app/).

import { fromPromise, type PromiseActorLogic } from 'xstate'

/** An invocation by name and type alone. */
export function declared<Output, Input>(): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(() => {
    throw new Error('a declared invocation is not to be run here')
  })
}
