// Async disposable stack
//
// Owns:   `AsyncDisposableStack` where Node has none (before 24): compiled files run on Node 22.
//
// A1. All are closed, in the reverse order, also when one of them fails; then the first failure is thrown.

class DisposableStackPolyfill implements AsyncDisposableStack {
  readonly [Symbol.toStringTag] = 'AsyncDisposableStack'
  #closings: (() => unknown)[] = []
  #disposed = false

  get disposed(): boolean {
    return this.#disposed
  }

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    if (value)
      this.defer(() =>
        Symbol.asyncDispose in value ? value[Symbol.asyncDispose]() : value[Symbol.dispose](),
      )
    return value
  }

  adopt<T>(value: T, close: (value: T) => PromiseLike<void> | void): T {
    this.defer(() => close(value))
    return value
  }

  defer(close: () => PromiseLike<void> | void): void {
    if (this.#disposed) throw new ReferenceError('the stack is disposed')
    this.#closings.push(close)
  }

  move(): AsyncDisposableStack {
    const moved = new DisposableStackPolyfill()
    moved.#closings = this.#closings
    this.#closings = []
    this.#disposed = true
    return moved
  }

  async disposeAsync(): Promise<void> {
    this.#disposed = true
    const failures: unknown[] = []
    for (let close = this.#closings.pop(); close; close = this.#closings.pop()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }
}

globalThis.AsyncDisposableStack ??= DisposableStackPolyfill
