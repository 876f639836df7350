import { explain, RangeViolation, StateError } from './errors.js'

export type OrderState = 'cart' | 'placed' | 'paid' | 'shipped' | 'delivered' | 'returned' | 'cancelled'

export interface OrderLine {
  sku: string
  quantity: number
  /** Cents. */
  price: number
}

export interface Order {
  state: OrderState
  lines: readonly OrderLine[]
  /** Cents received and not given back. */
  paid: number
  history: readonly string[]
}

export type OrderEvent =
  | { type: 'add'; sku: string; quantity: number; price: number }
  | { type: 'remove'; sku: string }
  | { type: 'place' }
  | { type: 'pay'; amount: number }
  | { type: 'ship' }
  | { type: 'deliver' }
  | { type: 'return'; reason?: string }
  | { type: 'cancel' }

export function newOrder(): Order {
  return { state: 'cart', lines: [], paid: 0, history: [] }
}

export function total(order: Order): number {
  return order.lines.reduce((sum, line) => sum + line.quantity * line.price, 0)
}

/** What can happen next: the buttons the back office shows. */
export function allowed(order: Order): OrderEvent['type'][] {
  switch (order.state) {
    case 'cart':
      return order.lines.length === 0 ? ['add'] : ['add', 'remove', 'place', 'cancel']
    case 'placed':
      return ['pay', 'cancel']
    case 'paid':
      return ['ship', 'cancel']
    case 'shipped':
      return ['deliver', 'return']
    case 'delivered':
      return ['return']
    case 'returned':
    case 'cancelled':
      return []
  }
}

/** The order after an event; the one before stays as it was. */
export function advance(order: Order, event: OrderEvent): Order {
  if (!allowed(order).includes(event.type)) {
    throw new StateError(`an order that is ${order.state} cannot ${event.type}`)
  }
  const next = { ...order, history: [...order.history, `${order.state}:${event.type}`] }
  switch (event.type) {
    case 'add':
      return { ...next, lines: addLine(order.lines, event) }
    case 'remove':
      return { ...next, lines: order.lines.filter((line) => line.sku !== event.sku) }
    case 'place':
      return { ...next, state: 'placed' }
    case 'pay':
      return pay(next, event.amount)
    case 'ship':
      return { ...next, state: 'shipped' }
    case 'deliver':
      return { ...next, state: 'delivered' }
    case 'return':
      return { ...next, state: 'returned', paid: event.reason === 'damaged' ? 0 : restocking(order) }
    case 'cancel':
      return { ...next, state: 'cancelled', paid: 0 }
  }
}

function addLine(lines: readonly OrderLine[], { sku, quantity, price }: OrderLine): OrderLine[] {
  if (!Number.isInteger(quantity) || quantity < 1)
    throw new RangeViolation('the quantity', quantity, 'at least 1')
  if (price < 0) throw new RangeViolation('the price', price, '0 or more')
  const known = lines.some((line) => line.sku === sku)
  if (!known) return [...lines, { sku, quantity, price }]
  return lines.map((line) =>
    line.sku === sku ? { ...line, quantity: line.quantity + quantity, price } : line,
  )
}

function pay(order: Order, amount: number): Order {
  if (amount <= 0) throw new RangeViolation('the amount', amount, 'more than 0')
  const paid = order.paid + amount
  if (paid > total(order))
    throw new RangeViolation('the amount', amount, `at most ${total(order) - order.paid}`)
  return { ...order, paid, state: paid === total(order) ? 'paid' : 'placed' }
}

/** A tenth stays with the shop, at most 20.00, unless the goods never arrived. */
function restocking(order: Order): number {
  return order.state === 'shipped' ? 0 : Math.min(Math.round(order.paid / 10), 2000)
}

/** Plays events on a new order; the first that is refused ends it. */
export function replay(events: readonly OrderEvent[]): { order: Order; refused?: string } {
  let order = newOrder()
  for (const event of events) {
    try {
      order = advance(order, event)
    } catch (error) {
      return { order, refused: explain(error) }
    }
  }
  return { order }
}
