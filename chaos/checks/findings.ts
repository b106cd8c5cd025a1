/** A list of what is wrong, of which only the first are kept; the count is always right. */
export interface Findings {
  count: number
  readonly first: string[]
}

const keptMax = 50

export function noFindings(): Findings {
  return { count: 0, first: [] }
}

export function addFinding(findings: Findings, what: string): void {
  findings.count += 1
  if (findings.first.length < keptMax) findings.first.push(what)
}
