import type { PromiseKind, Rung } from '../../domain/deadline.ts'
import { cancelled, type ExpectedVerdict, kept, type VerdictSubject } from '../judge/verdict.ts'
import { atOnce, inTime, late, later, type Step } from './script.ts'

/** What the people of a case say: the answer to the reporter, and what was done in the end. */
export interface PlotTexts {
  readonly answer: string
  readonly result: string
}

/** How a case goes, and what verdict that implies. */
export interface Plot {
  readonly steps: (texts: PlotTexts) => readonly Step[]
  readonly expected: readonly ExpectedVerdict[]
}

const climb = ['community', 'street', 'district'] as const satisfies Rung[]

function unkept(subject: VerdictSubject, breached: readonly Rung[]): ExpectedVerdict {
  return { subject, no: 1, breached, end: 'unkept' }
}
const allKept = [kept('report'), kept('feedback'), kept('on_site'), kept('unit')]
/** Everything in time but one promise of the areas, and with a late arrival the unit's. */
function allKeptBut(promise: PromiseKind, breached: readonly Rung[]): ExpectedVerdict[] {
  return allKept.map((verdict) => {
    if (verdict.subject === promise) return { ...verdict, breached }
    return verdict.subject === 'unit' && promise === 'on_site' ? kept('unit', ['unit']) : verdict
  })
}

const whistle = { who: 'community', act: 'whistle', when: inTime('report', 0.25), text: null } as const
const answer = ({ answer: text }: PlotTexts) =>
  ({ who: 'community', act: 'feedback', when: inTime('feedback', 0.35), text }) as const
const arrive = { who: 'responder', act: 'arrive', when: inTime('on_site', 0.4), text: null } as const
const finish = ({ result: text }: PlotTexts) =>
  [
    { who: 'responder', act: 'resolve', when: later(0.08), text },
    { who: 'community', act: 'close', when: later(0.04), text: null },
  ] as const
const finishAtStreet = ({ result: text }: PlotTexts) =>
  [
    { who: 'responder', act: 'resolve', when: later(0.08), text },
    { who: 'street', act: 'close', when: later(0.04), text: null },
  ] as const
const finishOwn = ({ result: text }: PlotTexts) =>
  [
    { who: 'grid_worker', act: 'resolve', when: later(0.08), text },
    { who: 'community', act: 'close', when: later(0.04), text: null },
  ] as const

/** Played by the community from whistle to closing; only the arrival's moment differs. */
function unitArrives(moment: Step['when']): Plot['steps'] {
  return (texts) => [whistle, answer(texts), { ...arrive, when: moment }, ...finish(texts)]
}
/** The unit is there early, but the person who reported hears nothing for too long. */
function answeredLate(rungs: number, share: number): Plot['steps'] {
  return (texts) => [
    whistle,
    { ...arrive, when: inTime('on_site', 0.25) },
    { ...answer(texts), when: late('feedback', rungs, share) },
    ...finish(texts),
  ]
}
function reopenedPlot(arrivesAgain: Step['when']): Plot['steps'] {
  return (texts) => [
    { ...whistle, when: inTime('report', 0.2) },
    { ...answer(texts), when: inTime('feedback', 0.25) },
    { ...arrive, when: inTime('on_site', 0.12) },
    { who: 'responder', act: 'resolve', when: later(0.03), text: texts.result },
    {
      who: 'community',
      act: 'reopen',
      when: later(0.05),
      text: '反映人来电：问题没有彻底解决，请再看一次。',
    },
    { ...whistle, when: atOnce },
    { who: 'community', act: 'feedback', when: inTime('feedback', 0.35), text: '已重新派单，请您稍候。' },
    { ...arrive, when: arrivesAgain },
    { who: 'responder', act: 'resolve', when: later(0.08), text: '已返工并请反映人当面确认，问题解决。' },
    { who: 'community', act: 'close', when: later(0.04), text: null },
  ]
}

/**
 * How our own cases go. Each act that keeps a promise is timed on that promise's clock, and far enough from every other
 * clock that a breach which is found 6 s late changes no verdict; a test plays them all on the pure domain.
 */
export const plots = {
  /** 社区吹哨、单位报到，一切按时。 */
  unit_came: { steps: unitArrives(inTime('on_site', 0.4)), expected: allKept },
  /** 网格员就地解决。 */
  settled_on_the_spot: {
    steps: ({ answer: text }) => [{ who: 'grid_worker', act: 'settle', when: inTime('report', 0.3), text }],
    expected: [kept('report'), kept('feedback'), cancelled('on_site')],
  },
  /** 核实后认定无效。 */
  rejected: {
    steps: ({ answer: text }) => [{ who: 'community', act: 'reject', when: inTime('report', 0.3), text }],
    expected: [kept('report'), kept('feedback'), cancelled('on_site')],
  },
  /** 网格员自己到场办结。 */
  grid_worker_went: {
    steps: (texts) => [
      { who: 'grid_worker', act: 'arrive', when: inTime('report', 0.3), text: null },
      { ...answer(texts), who: 'grid_worker', when: inTime('feedback', 0.35) },
      ...finishOwn(texts),
    ],
    expected: [kept('report'), kept('feedback'), kept('on_site')],
  },
  /** 社区上报，街道吹哨。 */
  handed_up: {
    steps: (texts) => [
      {
        who: 'grid_worker',
        act: 'report_up',
        when: inTime('report', 0.4),
        text: '社区无力处置，请街道统筹。',
      },
      { ...answer(texts), who: 'street', when: inTime('feedback', 0.35) },
      { ...whistle, who: 'street', when: atOnce },
      arrive,
      ...finishAtStreet(texts),
    ],
    expected: allKept,
  },
  /** 社区超时未上报，之后才吹哨。 */
  whistle_late: {
    steps: (texts) => [
      { ...answer(texts), when: inTime('feedback', 0.35) },
      { ...whistle, when: late('report', 1, 0.3) },
      { ...arrive, when: inTime('on_site', 0.7) },
      ...finish(texts),
    ],
    expected: allKeptBut('report', ['community']),
  },
  /** 社区不动：街道先答复，升级后当即吹哨。 */
  street_stepped_in: {
    steps: (texts) => [
      { ...answer(texts), who: 'street', when: inTime('feedback', 0.35) },
      { ...whistle, who: 'street', when: late('report', 1, 0.1) },
      { ...arrive, when: inTime('on_site', 0.6) },
      ...finishAtStreet(texts),
    ],
    expected: allKeptBut('report', ['community']),
  },
  /** 上报连超两级。 */
  whistle_very_late: {
    steps: (texts) => [
      { ...answer(texts), when: inTime('feedback', 0.35) },
      { ...whistle, when: late('report', 2, 0.2) },
      { ...arrive, when: inTime('on_site', 0.85) },
      ...finish(texts),
    ],
    expected: allKeptBut('report', ['community', 'street']),
  },
  /** 无人上报，到区一级也超时；最后网格员补到场。 */
  nobody_reported: {
    steps: (texts) => [
      { ...answer(texts), when: inTime('feedback', 0.35) },
      { who: 'grid_worker', act: 'arrive', when: late('on_site', 1, 0.7), text: null },
      ...finishOwn(texts),
    ],
    expected: [kept('report', climb), kept('feedback'), kept('on_site', ['community'])],
  },
  answer_late: { steps: answeredLate(1, 0.5), expected: allKeptBut('feedback', ['community']) },
  answer_very_late: {
    steps: answeredLate(2, 0.4),
    expected: allKeptBut('feedback', ['community', 'street']),
  },
  answer_exhausted: { steps: answeredLate(3, 0.4), expected: allKeptBut('feedback', climb) },
  came_late: { steps: unitArrives(late('on_site', 1, 0.5)), expected: allKeptBut('on_site', ['community']) },
  came_very_late: {
    steps: unitArrives(late('on_site', 2, 0.4)),
    expected: allKeptBut('on_site', ['community', 'street']),
  },
  came_last_of_all: { steps: unitArrives(late('on_site', 3, 0.2)), expected: allKeptBut('on_site', climb) },
  /** 上报后由街道吹哨，单位在街道一级超时。 */
  street_waited: {
    steps: (texts) => [
      { who: 'grid_worker', act: 'report_up', when: inTime('report', 0.3), text: '需街道协调多家单位。' },
      { ...answer(texts), who: 'street', when: inTime('feedback', 0.35) },
      { ...whistle, who: 'street', when: atOnce },
      { ...arrive, when: late('on_site', 1, 0.5) },
      ...finishAtStreet(texts),
    ],
    expected: allKeptBut('on_site', ['street']),
  },
  /** 吹哨、答复都有，单位始终不来。 */
  never_came: {
    steps: (texts) => [whistle, answer(texts)],
    expected: [kept('report'), kept('feedback'), unkept('on_site', climb), unkept('unit', ['unit'])],
  },
  /** 无人理睬，三项承诺全部逐级超时。 */
  ignored: {
    steps: () => [],
    expected: [unkept('report', climb), unkept('feedback', climb), unkept('on_site', climb)],
  },
  /** 办结后反映人不满意，重办，再次按时到场。 */
  reopened: {
    steps: reopenedPlot(inTime('on_site', 0.2)),
    expected: [...allKept, kept('feedback', [], 2), kept('on_site', [], 2), kept('unit', [], 2)],
  },
  /** 重办后单位第二次来晚了。 */
  reopened_and_late: {
    steps: reopenedPlot(late('on_site', 1, 0.4)),
    expected: [
      ...allKept,
      kept('feedback', [], 2),
      kept('on_site', ['community'], 2),
      kept('unit', ['unit'], 2),
    ],
  },
} as const satisfies Record<string, Plot>

export type PlotName = keyof typeof plots
