/** A stretch of time by the true clock, in ms since 1970. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** Spans in order of time, those that touch or overlap made one. */
export function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last === undefined || span.from > last.until) result.push(span)
    else result[result.length - 1] = { from: last.from, until: Math.max(last.until, span.until) }
  }
  return result
}

/** When both of two things were so. Each list is merged already. */
export function both(a: readonly Span[], b: readonly Span[]): Span[] {
  return a.flatMap((one) =>
    overlapping(b, one).map((other) => ({
      from: Math.max(one.from, other.from),
      until: Math.min(one.until, other.until),
    })),
  )
}

/** The spans of a list that share a moment with a span. */
export function overlapping(spans: readonly Span[], { from, until }: Span): Span[] {
  return spans.filter((span) => span.from <= until && span.until >= from)
}

/** The longest piece of a span that none of the others covers. The others are merged already. */
export function longestOutside(span: Span, others: readonly Span[]): Span {
  let longest: Span = { from: span.from, until: span.from }
  let from = span.from
  const note = (until: number): void => {
    if (until - from > longest.until - longest.from) longest = { from, until }
  }
  for (const other of overlapping(others, span)) {
    note(Math.min(other.from, span.until))
    from = Math.max(from, other.until)
  }
  note(span.until)
  return longest
}
