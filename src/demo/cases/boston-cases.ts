import { readFile } from 'node:fs/promises'
import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import type { Rung } from '../../domain/deadline.ts'
import type { ExpectedVerdict } from '../judge/verdict.ts'
import { sortCase } from './boston-categories.ts'
import { placesInHuangshi } from './boston-places.ts'
import type { CityMap } from './city-map.ts'
import { localTimeReader } from './local-time.ts'
import { atOnce, type CaseScript, type CaseSet, inTime, late, type Moment, type Step } from './script.ts'
import { unitCodeFor } from './unit-code.ts'

const bytesMax = 4 * 1024 * 1024
const casesMax = 1_000
/** Later than this many limits after the last rung has run out, one arrives no later still: the show has to end. */
const shareMax = 1.5
const textMax = 4_000

const readLocalTime = localTimeReader('America/New_York')
const text = z.string().transform((value) => value.replaceAll(/\s+/g, ' ').trim())
const localTime = text.transform((value) => (value === '' ? null : readLocalTime(value)))

/** The columns that are used; a city's file has many more. */
const bostonRow = z
  .object({
    case_enquiry_id: text,
    open_dt: localTime,
    target_dt: localTime,
    closed_dt: localTime,
    closure_reason: text,
    case_title: text,
    subject: text,
    reason: text,
    type: text,
    neighborhood: text,
    source: text,
  })
  .transform(({ open_dt: openedAt, target_dt: targetAt, closed_dt: closedAt, ...row }) => ({
    ...row,
    openedAt: z.int().parse(openedAt),
    targetAt,
    closedAt,
  }))
type BostonRow = z.output<typeof bostonRow>

/** The city's own verdict. Nothing that is played depends on it. */
const bostonVerdict = z.object({ case_enquiry_id: text, ontime: z.enum(['ONTIME', 'OVERDUE']) })

/**
 * Reads cases in the format of Boston's 311: texts, categories and sources are real, places are put into Huangshi. The
 * city's own verdicts stay unread until they are asked for.
 *
 * @throws Error naming the row that cannot be read
 */
export async function readBostonCases(path: string, map: CityMap): Promise<CaseSet> {
  const rows = await readRows(path, bostonRow)
  const placeOf = placesInHuangshi(map)
  return {
    cases: rows.map((row) => scriptOf(row, placeOf(row.neighborhood), map)),
    async readLateBySource() {
      const verdicts = await readRows(path, bostonVerdict)
      return new Map(verdicts.map((row) => [idOf(row), row.ontime === 'OVERDUE']))
    },
  }
}

async function readRows<Row>(path: string, schema: z.ZodType<Row>): Promise<Row[]> {
  const file = await readFile(path)
  if (file.byteLength > bytesMax) throw new Error(`The file is larger than ${bytesMax} bytes.`)
  const records: unknown[] = readRecords(file)
  if (records.length === 0 || records.length > casesMax)
    throw new Error(`The file has ${records.length} cases; 1 to ${casesMax} can be played.`)
  return records.map((record, index) => {
    try {
      return schema.parse(record)
    } catch (cause) {
      throw new Error(`Case ${index + 1} of the file is not in the format of Boston's 311.`, { cause })
    }
  })
}

function readRecords(file: Buffer): unknown[] {
  try {
    return parse(file, { columns: true, bom: true, skip_empty_lines: true })
  } catch (error) {
    if (error instanceof CsvError) throw new Error(`The file is no CSV: ${error.message}`, { cause: error })
    throw error
  }
}

function idOf({ case_enquiry_id }: Pick<BostonRow, 'case_enquiry_id'>): string {
  return `boston-${case_enquiry_id}`
}

function scriptOf(row: BostonRow, community: { code: string; name: string }, map: CityMap): CaseScript {
  const { category, service } = sortCase(row.reason, row.type)
  const street = map.parentOf(community.code)
  const { arrival, breached } = arrivalOf(row)
  const unitCode = unitCodeFor(community.code, service)
  return {
    id: idOf(row),
    reporter: /worker/i.test(row.source) ? 'grid_worker' : 'resident',
    report: {
      categoryCode: category,
      areaCode: community.code,
      description: [row.case_title, `${row.subject} › ${row.reason} › ${row.type}`, row.source].join('\n'),
      address: `${map.parentOf(street.code).name}${street.name}${community.name}`,
      occurredAt: new Date(row.openedAt).toISOString(),
    },
    unitCode,
    steps: [
      { who: 'community', act: 'whistle', when: atOnce, text: null },
      {
        who: 'community',
        act: 'feedback',
        when: atOnce,
        text: '已受理，已吹哨派单。Received; a unit is called.',
      },
      ...stepsOnSite(row, arrival),
    ],
    expected: expectedOf(arrival, breached),
  }
}

function stepsOnSite({ closedAt, closure_reason }: BostonRow, arrival: Moment | null): Step[] {
  if (arrival === null) return []
  const arrive: Step = { who: 'responder', act: 'arrive', when: arrival, text: null }
  if (closedAt === null) return [arrive]
  const result = closure_reason.slice(0, textMax) || '已办结。Done.'
  return [arrive, { who: 'responder', act: 'resolve', when: atOnce, text: result }]
}

const climb = ['community', 'street', 'district'] as const satisfies Rung[]

/**
 * When the responder stands at the place: (closed − open) ÷ (target − open) limits after the report; at once where there
 * was no target, never where there was one and the case was not closed. Whoever takes more than one limit is late for the
 * community, more than two for the street, more than three for the district.
 */
export function arrivalOf({
  openedAt,
  targetAt,
  closedAt,
}: Pick<BostonRow, 'openedAt' | 'targetAt' | 'closedAt'>): {
  arrival: Moment | null
  breached: readonly Rung[]
} {
  if (targetAt === null) return { arrival: atOnce, breached: [] }
  if (targetAt <= openedAt) throw new Error('A target lies before its case.')
  if (closedAt === null) return { arrival: null, breached: climb }
  const limits = (closedAt - openedAt) / (targetAt - openedAt)
  if (limits <= 0) return { arrival: atOnce, breached: [] }
  const rungsLate = Math.min(climb.length, Math.ceil(limits) - 1)
  const share = Math.min(limits - rungsLate, shareMax)
  const arrival = rungsLate === 0 ? inTime('on_site', share) : late('on_site', rungsLate, share)
  return { arrival, breached: climb.slice(0, rungsLate) }
}

/** The community whistles and answers at once, so only the arrival can be late: the areas' and the unit's. */
function expectedOf(arrival: Moment | null, breached: readonly Rung[]): ExpectedVerdict[] {
  const end = arrival === null ? 'unkept' : 'kept'
  const no = 1
  return [
    { subject: 'report', no, breached: [], end: 'kept' },
    { subject: 'feedback', no, breached: [], end: 'kept' },
    { subject: 'on_site', no, breached, end },
    { subject: 'unit', no, breached: breached.length === 0 ? [] : ['unit'], end },
  ]
}
