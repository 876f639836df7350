export interface Measured {
  readonly per_s: number
  readonly one_key_per_s: number
  readonly p50_us: number
}

export function measure(
  increment: (key: string) => Promise<unknown>,
  times: { readonly many: number; readonly few: number },
): Promise<Measured>
