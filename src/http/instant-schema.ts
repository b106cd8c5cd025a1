import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { documentedAs } from './documented-as.ts'

/** Years that a clock can mean. Postgres refuses year 0 and JavaScript's dates end before Postgres' do. */
const earliest = Date.UTC(1970, 0, 1)
const latest = Date.UTC(2200, 0, 1)

const outOfRange = bilingual('时间超出范围', 'The time is out of range')
const notADate = bilingual('须为带时区的 RFC 3339 时间', 'Must be an RFC 3339 date-time with an offset')

/** A time in a request: RFC 3339 with an offset, parsed to an Instant (ms since 1970). */
export const instantIn = z.iso
  .datetime({ offset: true, error: notADate })
  .max(40)
  .transform((text) => Date.parse(text))
  .pipe(z.int().min(earliest, outOfRange).max(latest, outOfRange))
  .meta({
    override: documentedAs({ type: 'string', format: 'date-time' }),
    description: 'RFC 3339 with an offset',
    example: '2026-01-31T08:00:00+08:00',
  })

/** A time in an answer that was made as text: RFC 3339 in UTC with milliseconds. */
export const instantText = z
  .string()
  .meta({ override: documentedAs({ type: 'string', format: 'date-time' }), description: 'RFC 3339, UTC' })

/** A time in an answer: an Instant (ms since 1970), written as RFC 3339 in UTC with milliseconds. */
export const instantOut = z
  .int()
  .transform((instant) => new Date(instant).toISOString())
  .pipe(z.string())
  .meta({ override: documentedAs({ type: 'string', format: 'date-time' }), description: 'RFC 3339, UTC' })
