// Measure: the job of every peer, a counter for each key. Prints what it took: so many at once over as many keys, the
// same on one key, and one at a time.

const AT_ONCE = 64

/** `increment(key)` resolves when the counter of this key is stored. */
export async function measure(increment, { many, few }) {
  await rate(AT_ONCE, (n) => increment(`warm-${n % AT_ONCE}`))
  const perSecond = await rate(many, (n) => increment(`key-${n % AT_ONCE}`))
  const oneKeyPerSecond = await rate(Math.ceil(many / 4), () => increment('key-0'))
  const times = []
  for (let n = 0; n < few; n += 1) {
    const since = performance.now()
    await increment('key-1')
    times.push((performance.now() - since) * 1000)
  }
  times.sort((a, b) => a - b)
  return { per_s: perSecond, one_key_per_s: oneKeyPerSecond, p50_us: Math.round(times[times.length >> 1]) }
}

async function rate(count, work) {
  let next = 0
  const since = performance.now()
  const one = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return Math.round(count / ((performance.now() - since) / 1000))
}
