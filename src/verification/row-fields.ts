import { canonicalJson } from '../audit/canonical-json.ts'
import type { Fault, FaultKind, FaultLog } from './audit-fault.ts'

/** A row as plain values, by column: arrays as one text, bytes in hexadecimal, objects and arrays of them in canonical form. */
export type Fields = Readonly<Record<string, string | number | boolean | null>>

/** The columns of a stored row, but for those that no event tells. */
export function fieldsOf(row: object, untold: readonly string[] = []): Fields {
  const fields: Record<string, string | number | boolean | null> = {}
  for (const [column, value] of Object.entries(row)) {
    if (!untold.includes(column)) fields[column] = fieldOf(value)
  }
  return fields
}

/** One value of a row as a plain one. */
export function fieldOf(value: unknown): string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    default:
      if (value === null || value === undefined) return null
      if (Buffer.isBuffer(value)) return value.toString('hex')
      return isList(value) ? value.join('/') : canonicalJson(value)
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object')
}

/** A row as events make it, and the event that said the last word about it. */
export interface ExpectedRow {
  readonly seq: number
  readonly fields: Fields
}

export interface RowComparison {
  readonly kind: FaultKind
  readonly stream: string
  /** What tells the rows of one incident apart, for the fault's wording. */
  readonly key: string
  readonly lastSeq: number
  readonly faults: FaultLog
}

/** Compares the rows that events make with those that are stored, both by key; each row has one fault at most. */
export function compareRows(
  expected: ReadonlyMap<string, ExpectedRow>,
  found: ReadonlyMap<string, Fields>,
  { kind, stream, key, lastSeq, faults }: RowComparison,
): void {
  const fault = (seq: number, rest: Pick<Fault, 'field' | 'expected' | 'found'>) =>
    faults.add({ kind, stream, seq, ...rest })
  for (const [name, { seq, fields }] of expected) {
    const row = found.get(name)
    if (row === undefined) {
      fault(seq, { field: `${key} ${name}`, expected: 'a row', found: 'no row' })
      continue
    }
    const columns = [...new Set([...Object.keys(fields), ...Object.keys(row)])]
    const column = columns.find((each) => fields[each] !== row[each])
    if (column === undefined) continue
    fault(seq, {
      field: `${key} ${name}: ${column}`,
      expected: String(fields[column]),
      found: String(row[column]),
    })
  }
  for (const name of found.keys()) {
    if (!expected.has(name))
      fault(lastSeq, { field: `${key} ${name}`, expected: 'no row', found: 'a row that no event made' })
  }
}
