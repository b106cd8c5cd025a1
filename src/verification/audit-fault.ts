import type { Wording } from '../wording/wording.ts'

/** What can be wrong with the audit trail, or with what stands beside it. */
export const faultKinds = {
  hash: { zh: '审计事件的内容与其哈希不符', en: 'the event is not what was hashed' },
  sequence: { zh: '审计事件的编号不连续', en: 'the numbers of the events have a gap' },
  link: {
    zh: '审计事件未指向前一条的哈希',
    en: 'the event does not point to the hash of the one before it',
  },
  head: { zh: '末条审计事件与登记的链尾不符', en: 'the last event is not the registered head of the stream' },
  time: { zh: '时间倒退', en: 'time runs backwards within the stream' },
  body: { zh: '审计事件的正文不合格式', en: 'the body is not an event in its canonical form' },
  column: { zh: '索引列与正文不一致', en: 'a column contradicts the body' },
  stream: {
    zh: '审计链没有归属，或记录没有审计链',
    en: 'a stream belongs to nothing, or something has no stream',
  },
  replay: { zh: '审计事件无法依次重演', en: 'the event cannot follow the ones before it' },
  incident: {
    zh: '事件表与重演结果不一致',
    en: 'the row of the incident is not what its events make of it',
  },
  deadline: { zh: '时限表与重演结果不一致', en: 'a deadline is not what the events make of it' },
  assignment: { zh: '派单表与重演结果不一致', en: 'an assignment is not what the events make of it' },
  breach: { zh: '超时表与重演结果不一致', en: 'a breach is not what the events make of it' },
  relief: { zh: '挂账延期表与重演结果不一致', en: 'a relief is not what the events make of it' },
  joined: { zh: '并案表与重演结果不一致', en: 'a merge is not what the events make of it' },
  rating: { zh: '评价表与审计事件不一致', en: 'a rating is not what the event says' },
  reveal: { zh: '匿名查看记录与审计事件不一致', en: 'a reveal is not what the event says' },
  report: { zh: '线索表与审计事件不一致', en: 'a report is not what the event says' },
  registry: { zh: '名录与重演结果不一致', en: 'a row of a registry is not what the events make of it' },
  version: {
    zh: '名录历史版本与审计事件不一致',
    en: 'a version of a registry’s row is not what the event says',
  },
  plan: { zh: '名录的待生效变更与重演结果不一致', en: 'a planned change is not what the events make of it' },
  note: { zh: '附注与审计事件不一致', en: 'a note is not what the event says' },
  commitment: { zh: '文字与审计事件中的承诺值不符', en: 'a text is not the one that the event committed to' },
} as const satisfies Record<string, Wording>
export type FaultKind = keyof typeof faultKinds

/** One thing that is wrong, and where. It quotes no free text and no contact. */
export interface Fault {
  readonly kind: FaultKind
  readonly stream: string
  /** The event that is bad, or whose consequence is; null where a whole stream or its owner is missing. */
  readonly seq: number | null
  /** What differs: a column, with the number of the row where an incident has several. */
  readonly field: string
  readonly expected: string
  readonly found: string
}

/** Faults of one kind: how many, and the first one in the order of streams and numbers. */
export interface FaultGroup {
  readonly kind: FaultKind
  readonly count: number
  readonly first: Fault
}

/** Counts faults and keeps the first of each kind, so that a trail that is bad throughout fills no memory. */
export interface FaultLog {
  add(fault: Fault): void
  groups(): FaultGroup[]
}

export function createFaultLog(): FaultLog {
  const byKind = new Map<FaultKind, { count: number; first: Fault }>()
  return {
    add(fault) {
      const known = byKind.get(fault.kind)
      if (known === undefined) byKind.set(fault.kind, { count: 1, first: fault })
      else known.count += 1
    },
    groups: () => [...byKind].map(([kind, { count, first }]) => ({ kind, count, first })),
  }
}
