import type { Kysely } from 'kysely'
import { type FaultPeriod, isTouched } from '../clock/fault-periods.ts'
import type { Database } from '../database/schema.ts'
import type { Rung } from '../domain/deadline.ts'
import { outcomeWords, promiseWords, rungWords } from '../wording/domain-words.ts'
import type { Language, Wording } from '../wording/wording.ts'
import { rungs } from './breach-filter.ts'
import { createBreachNames, type Mentions } from './breach-names.ts'
import { type Cell, toField } from './csv-records.ts'
import type { ExportRow } from './export-page.ts'
import { inTime, toldBy } from './list-breaches.ts'
import { remembered } from './remembered.ts'
import { createShanghaiTimes } from './remembered-hours.ts'

/** Pieces of lines that are kept of each kind, of some hundred characters each. */
const piecesMax = 10_000

const partyWords = { area: { zh: '辖区', en: 'area' }, unit: { zh: '单位', en: 'unit' } } as const
const statusWords = {
  open: { zh: '仍未兑现', en: 'open' },
  fulfilled: { zh: '逾期兑现', en: 'fulfilled' },
  ended: { zh: '事件已了结', en: 'ended' },
} as const
const yesWords = { true: { zh: '是', en: 'true' }, false: { zh: '否', en: 'false' } } as const
const faultWords = { true: { zh: '有', en: 'true' }, false: { zh: '无', en: 'false' } } as const

/** Writes the lines of a file. What many breaches have in common is looked up and written once. */
export interface BreachLines {
  /** Reads the names of what is mentioned and has not been written yet. */
  learn(db: Kysely<Database>, rows: readonly ExportRow[]): Promise<void>
  /** Lines with the cells of breachTitles, each with its line end. */
  write(rows: readonly ExportRow[], faults: readonly FaultPeriod[]): string
}

/** @param language English files carry the words of the API; Chinese ones those of the street */
export function createBreachLines(language: Language): BreachLines {
  const names = createBreachNames()
  const time = createShanghaiTimes()
  const word = (known: string, words: Readonly<Record<string, Wording>>): string =>
    language === 'en' ? known : (words[known]?.zh ?? known)

  const places = remembered(piecesMax, (place: string) => {
    const { version, path } = readPlace(place)
    return fields([path.join('/'), path.map((code) => names.area(code, version)).join('/')])
  })
  const matters = remembered(piecesMax, (matter: string) => {
    const [code = '', promise = ''] = matter.split(' ')
    const { nameZh, nameEn } = names.category(code)
    return fields([code, language === 'zh' ? nameZh : nameEn, word(promise, promiseWords)])
  })
  const parties = remembered(piecesMax, (party: string) => {
    const { rung, version, code } = readParty(party)
    const kind = rung === 'unit' ? 'unit' : 'area'
    const name = kind === 'unit' ? names.unit(code) : names.area(code, version)
    return fields([word(rung, rungWords), word(kind, partyWords), code, name])
  })
  const endings = remembered(piecesMax, (ending: string) => {
    const [status = '', outcome = '', id = ''] = ending.split(' ')
    const { code, version } = names.policy(id)
    return fields([word(status, statusWords), word(outcome, outcomeWords), code, version, id])
  })
  const reliefs = remembered(piecesMax, (relief: string) => {
    const [pausedMs = '', extendedMs = '', urges = '', handedOver = ''] = relief.split(',')
    return `,${pausedMs},${extendedMs},${urges},${word(handedOver, yesWords)}`
  })
  const isNew = (row: ExportRow): boolean =>
    !(places.has(row.place) && matters.has(row.matter) && parties.has(row.party) && endings.has(row.ending))

  return {
    learn: (db, rows) => names.learn(db, rows.filter(isNew).map(mentionsOf)),
    write(rows, faults) {
      const pieces: (string | number)[] = []
      for (const row of rows) {
        const { due_at: dueAt, detected_at: detectedAt, fulfilled_at: fulfilledAt } = row
        pieces.push(
          toField(row.number),
          places.get(row.place),
          matters.get(row.matter),
          parties.get(row.party),
        )
        pieces.push(
          ',',
          time(row.started_at),
          ',',
          time(dueAt),
          ',',
          time(detectedAt),
          ',',
          detectedAt - dueAt,
        )
        if (fulfilledAt === null) pieces.push(',,')
        else pieces.push(',', time(fulfilledAt), ',', fulfilledAt - dueAt)
        pieces.push(endings.get(row.ending))
        const { claimedAt, requestedAt } = toldBy(row.told)
        const requestInTimeAt = inTime(requestedAt, dueAt)
        pieces.push(',', requestInTimeAt === null ? '' : time(requestInTimeAt))
        pieces.push(',', claimedAt === null ? '' : time(claimedAt), ',', row.tail, ',')
        pieces.push(word(String(isTouched(faults, row.started_at, detectedAt)), faultWords))
        pieces.push(reliefs.get(row.relief), '\r\n')
      }
      return pieces.join('')
    },
  }
}

/** Fields within a record, each with the comma before it. */
function fields(cells: readonly Cell[]): string {
  return cells.map((cell) => `,${toField(cell)}`).join('')
}

function readPlace(place: string): { version: number; path: string[] } {
  const [version, path = ''] = place.split(' ')
  return { version: Number(version), path: path.split('/') }
}

function readParty(party: string): { rung: Rung; version: number; code: string } {
  const [named, version, code = ''] = party.split(' ')
  const rung = rungs.find((known) => known === named)
  if (rung === undefined) throw new Error(`${named} is no rung`)
  return { rung, version: Number(version), code }
}

function mentionsOf({ place, matter, party, ending }: ExportRow): Mentions {
  const { version, path } = readPlace(place)
  const { rung, code } = readParty(party)
  const [categoryCode = ''] = matter.split(' ')
  const [, , policyId = ''] = ending.split(' ')
  return {
    area_path: path,
    tree_version: version,
    rung,
    accountable_code: code,
    category_code: categoryCode,
    policy_id: policyId,
  }
}
