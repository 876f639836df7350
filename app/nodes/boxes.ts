// Boxes
//
// Owns:   the objects of each node as home has them: a node shares its box with home and with no other node.
//
// B1. A node's submission names its object store, so that it can be fetched later.

import type { Objects } from '../../transport/index.ts'
import { UserError } from '../errors.ts'

export interface Boxes {
  of(member: string): Objects
}

export function openBoxes(open: (member: string) => Objects): Boxes {
  const opened = new Map<string, Objects>()
  return {
    of(member) {
      const box = opened.get(member) ?? open(member)
      opened.set(member, box)
      return box
    },
  }
}

/** How an object in a member's box is called by those who have all boxes. */
export function inBox(member: string, name: string): string {
  return `${member}/${name}`
}

/** Throws when no object is called so. */
export function found(boxes: Boxes, reference: string): { objects: Objects; name: string } {
  const [, member, name] = /^(node-[a-z0-9-]+)\/(.+)$/.exec(reference) ?? []
  if (member === undefined || name === undefined)
    throw new UserError('bad_name', `${JSON.stringify(reference)} is not an object of a node`, '')
  return { objects: boxes.of(member), name }
}
