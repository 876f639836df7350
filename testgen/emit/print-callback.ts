// Print callback
//
// Owns:   writing a made-up callback as an arrow function.
// Leaves: other expressions (print.ts), building the same (inside/build.ts): both must mean the same.

import type { Behaviour, Expression } from '../expression.ts'
import { memberOf } from './print-text.ts'
import type { Printer } from './printer.ts'

type Parts = Pick<Printer, 'flat' | 'text' | 'key'>

/** `annotated`: parameters say their types. */
export function callbackText(does: Behaviour, printer: Parts, annotated: boolean): string {
  return new CallbackWriter(printer, annotated).write(does)
}

class CallbackWriter {
  readonly #printer: Parts
  readonly #annotated: boolean

  constructor(printer: Parts, annotated: boolean) {
    this.#printer = printer
    this.#annotated = annotated
  }

  write(does: Behaviour): string {
    const start = 'async' in does && does.async ? 'async ' : ''
    const { text, key } = this.#printer
    const typed = (type: string, ...names: string[]) => this.#typed(type, names)
    switch (does.kind) {
      case 'returns':
        return `${start}() => ${this.#body(does.value)}`
      case 'argument':
        return does.index === 0
          ? `(${typed('unknown', 'value')}) => value`
          : `(${typed('unknown', '_first', 'second')}) => second`
      case 'throws':
        return `${start}() => { throw ${does.bare ? text(does.message) : `new Error(${text(does.message)})`} }`
      case 'compares':
        return `(${typed('number', 'a', 'b')}) => a - b`
      case 'adds':
        return `(${typed('number', 'a', 'b')}) => a + b`
      case 'negates':
        return `(${typed('unknown', 'value')}) => !value`
      case 'exceeds':
        return `(${typed('number', 'value')}) => value > ${does.limit}`
      case 'equals':
        return `(${typed('unknown', 'value')}) => value === ${this.#operand(does.value)}`
      case 'invokes':
        return `${start}(${this.#invokedNames(does.index)}) => callback(${does.of.map((one) => this.#given(one)).join(', ')})`
      case 'texts':
        return `(${typed('unknown', 'value')}) => String(value)`
      case 'field':
        return `(${typed(`{ ${key(does.name)}: unknown }`, 'value')}) => ${memberOf('value', does.name, text)}`
    }
  }

  #invokedNames(index: number): string {
    const before = index === 0 ? [] : [this.#typed('unknown', ['_first'])]
    return [...before, this.#typed('(...values: never[]) => unknown', ['callback'])].join(', ')
  }

  #given(value: Expression): string {
    return this.#annotated ? `${this.#operand(value)} as never` : this.#printer.flat(value)
  }

  #body(value: Expression): string {
    const inline = this.#printer.flat(value)
    return inline.startsWith('{') ? `(${inline})` : inline
  }

  /** An arrow function ends where its expression does. */
  #operand(value: Expression): string {
    return value.kind === 'function' ? `(${this.#printer.flat(value)})` : this.#printer.flat(value)
  }

  #typed(type: string, names: readonly string[]): string {
    return names.map((name) => (this.#annotated ? `${name}: ${type}` : name)).join(', ')
  }
}
