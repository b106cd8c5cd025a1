import type { Actor } from '../domain/actor.ts'
import type { AssignmentStart } from '../domain/assignment.ts'
import type { Deadline, DeadlineStart } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'
import type { ReliefStart } from '../domain/relief.ts'
import type { NameOf } from '../incidents/incident-view.ts'
import { listed, promiseWords, roleWords, rungWords } from '../wording/domain-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'

/** What sentences about events need beside the events: the parts of the incident that an event calls by their numbers. */
export interface Telling {
  readonly nameOf: NameOf
  readonly deadlines: ReadonlyMap<number, Pick<Deadline, 'promise' | 'rung' | 'accountable'>>
  /** As they were after the event: who goes on with one changes with the tree of areas. */
  readonly assignments: ReadonlyMap<number, AssignmentStart>
  readonly reliefs: ReadonlyMap<number, ReliefStart>
  /** The numbers that people say of other incidents, by id. */
  readonly incidentNumbers: ReadonlyMap<string, string>
  /** The reports that somebody filed for somebody else (代办), by id. */
  readonly filedForOthers: ReadonlySet<string>
}

/** Several clauses as one sentence. */
export function inOneSentence(...clauses: readonly Wording[]): Wording {
  return {
    zh: clauses.map(({ zh }) => zh).join('；'),
    en: clauses.map(({ en }) => en).join('; '),
  }
}

/** The promises of some deadlines, each once. */
export function promisesOf(numbers: readonly number[], { deadlines }: Pick<Telling, 'deadlines'>): Wording[] {
  const promises = new Set(numbers.flatMap((no) => deadlines.get(no)?.promise ?? []))
  return [...promises].map((promise) => promiseWords[promise])
}

export function listedWords(words: readonly Wording[]): Wording {
  return { zh: listed(words, 'zh'), en: listed(words, 'en') }
}

/** New promises: who answers for them, and until when. */
export function owedWords(started: readonly DeadlineStart[], at: Instant, nameOf: NameOf): Wording[] {
  return byParty(started).map(([{ rung, accountable }, owed]) => {
    const party = partyWords({ rung, accountable }, nameOf)
    const limits = owed.map(({ promise, dueAt }) => ({
      zh: `${promiseWords[promise].zh}时限 ${readAs(dueAt, at)}`,
      en: `${promiseWords[promise].en} by ${readAs(dueAt, at)}`,
    }))
    return {
      zh: `由${party.zh}负责：${listed(limits, 'zh')}`,
      en: `${party.en} is accountable: ${listed(limits, 'en')}`,
    }
  })
}

/** Promises that went over to somebody else with the due times that they have. */
export function handedWords(started: readonly DeadlineStart[], nameOf: NameOf): Wording[] {
  return byParty(started.filter(({ handedFrom }) => handedFrom !== null)).map(([first, handed]) => {
    const party = partyWords(first, nameOf)
    const promises = listedWords(handed.map(({ promise }) => promiseWords[promise]))
    return {
      zh: `${promises.zh}改由${party.zh}负责，时限不变`,
      en: `${party.en} is now accountable for ${promises.en}, due as before`,
    }
  })
}

/** Deadlines in groups of those that one party answers for, each with its first. */
export function byParty<Row extends Pick<Deadline, 'rung' | 'accountable'>>(
  rows: readonly Row[],
): [first: Row, all: Row[]][] {
  const groups = new Map<string, [Row, Row[]]>()
  for (const row of rows) {
    const key = `${row.rung} ${row.accountable.code}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row, [row]])
    else group[1].push(row)
  }
  return [...groups.values()]
}

export function partyWords(
  { rung, accountable }: Pick<DeadlineStart, 'rung' | 'accountable'>,
  nameOf: NameOf,
): Wording {
  const name = nameOf(accountable)
  return { zh: `${rungWords[rung].zh}（${name}）`, en: `the ${rungWords[rung].en} (${name})` }
}

export function actorWords(actor: Actor | null, nameOf: NameOf): Wording {
  if (actor === null) return { zh: '系统', en: 'the system' }
  const role = roleWords[actor.role]
  const home = homeOf(actor, nameOf)
  return home === undefined
    ? { zh: role.zh, en: `a ${role.en}` }
    : { zh: `${role.zh}（${home}）`, en: `the ${role.en} (${home})` }
}

/** Where staff belong. A resident's neighbourhood is nobody's business here. */
function homeOf({ role, areaCode, unitCode }: Actor, nameOf: NameOf): string | undefined {
  if (role === 'resident') return undefined
  if (unitCode !== undefined) return nameOf({ kind: 'unit', code: unitCode })
  return areaCode === undefined ? undefined : nameOf({ kind: 'area', code: areaCode })
}
