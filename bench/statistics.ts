import { quantile } from '../src/demo/show/quantile.ts'

/** The middle of some values; NaN of none. Of an even number it is the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/** How far the rounds lie apart, as a share of their median: (highest − lowest) ÷ median. 0 of one value. */
export function spread(values: readonly number[]): number {
  if (values.length < 2) return 0
  const middle = median(values)
  const range = Math.max(...values) - Math.min(...values)
  return range === 0 ? 0 : range / Math.abs(middle)
}

/**
 * Like `spread`, without the tenth at either end: of a yardstick that is read a hundred times, a single hiccup says
 * nothing about the run.
 */
export function trimmedSpread(values: readonly number[]): number {
  if (values.length < 2) return 0
  return (quantile(values, 0.9) - quantile(values, 0.1)) / median(values)
}

/**
 * What one series is of another, round by round, because rounds that were interleaved had the same machine around
 * them; the shorter one says how many there are.
 */
export function ratios(one: readonly number[], other: readonly number[]): number[] {
  return one.slice(0, other.length).map((value, round) => value / (other[round] ?? Number.NaN))
}

/** Latencies or lags in milliseconds, as they are reported. */
export interface Distribution {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function distributionOf(values: readonly number[]): Distribution {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) }
}
