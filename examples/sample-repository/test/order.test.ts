import { describe, expect, it } from 'vitest'
import { advance, allowed, newOrder, replay, total } from '../src/order.js'

const pears = { type: 'add', sku: 'pear', quantity: 2, price: 250 } as const

describe('order', () => {
  it('starts with nothing to do but to add', () => {
    expect(allowed(newOrder())).toEqual(['add'])
  })

  it('adds up', () => {
    expect(total(advance(advance(newOrder(), pears), pears))).toBe(1000)
  })

  it('goes its way to the customer', () => {
    const { order } = replay([
      pears,
      { type: 'place' },
      { type: 'pay', amount: 500 },
      { type: 'ship' },
      { type: 'deliver' },
    ])
    expect(order.state).toBe('delivered')
  })

  it('is not shipped before it is paid', () => {
    expect(replay([pears, { type: 'place' }, { type: 'ship' }]).refused).toContain('cannot ship')
  })
})
