import type { CommandType } from '../src/domain/transitions.ts'
import type { Cast, Neighbourhood } from './cast-of-chaos.ts'
import type { Caller } from './phone.ts'
import type { SeededRandom } from './seeded-random.ts'
import { reliefs } from './short-limits.ts'

/** What a story is about besides one case. */
export interface Setting {
  readonly place: Neighbourhood
  readonly administrator: Cast['administrator']
  readonly auditor: Cast['auditor']
  /** The report that opened the case, where its sender asked not to be known. */
  readonly anonymousReport: string | undefined
  /** An older case of the district that may still be open; nothing where nobody knows of one. */
  readonly elder: string | undefined
}

/** Somebody does something about a case, with what only this command needs; a reporter rates what they reported. */
export interface Act {
  readonly command: CommandType
  readonly by: Caller | 'reporter'
  readonly more?: Readonly<Record<string, unknown>>
  /** The others that this takes time for: the clocks that it is about have to run for a while. */
  readonly afterMs?: number
}

/** Commands in an order in which they can make sense; some come too late and will be refused, as in life. */
export function drawStory(setting: Setting, random: SeededRandom): readonly Act[] {
  const { place, administrator, auditor, anonymousReport, elder } = setting
  const { gridWorker, community, street, district, responder, otherResponder } = place
  const desk = random.pick([community, street, district])
  const superior = random.pick([district, administrator])
  const promises = random.pick([['on_site'], ['feedback', 'on_site']])
  const untilSoon = (): { until: string } => ({
    until: new Date(Date.now() + random.within(500, reliefs.pauseMaxMs)).toISOString(),
  })
  const lead = { lead: place.leadUnit }
  const both = { ...lead, support: [place.supportUnit] }
  const support = { support: [place.supportUnit] }
  const act = (command: CommandType, by: Act['by'], more?: Act['more']): Act => ({
    command,
    by,
    ...(more === undefined ? {} : { more }),
  })
  const unhappy = act('rate', 'reporter', { solved: false, satisfaction: 1 })
  const happy = act('rate', 'reporter', { solved: true, satisfaction: 5 })
  const stories: (readonly Act[])[] = [
    [
      act('report_up', gridWorker),
      act('whistle', street, lead),
      act('accept', responder),
      act('feedback', street),
      act('arrive', responder),
      act('resolve', responder),
      act('close', street),
    ],
    [
      act('whistle', community, support),
      act('accept', otherResponder),
      act('arrive', otherResponder),
      act('feedback', otherResponder),
      act('finish', otherResponder),
      act('resolve', community),
      unhappy,
      act('feedback', community),
      happy,
    ],
    [
      act('feedback', gridWorker),
      act('arrive', gridWorker),
      act('resolve', gridWorker),
      random.pick([unhappy, act('reopen', community)]),
      act('urge', street),
      act('feedback', community),
      act('raise', district, { rung: 'district' }),
    ],
    [act('settle', desk), random.pick([happy, unhappy])],
    [act('reject', community), act('reopen', street), act('whistle', street, both)],
    [act('report_up', community), act('report_up', gridWorker), act('feedback', otherResponder)],
    [act('raise', street, { rung: 'street' }), act('whistle', desk, lead), act('arrive', otherResponder)],
    // A crew gives it back, once for good, and once more until somebody above has ruled.
    [
      act('whistle', street, both),
      act('return', otherResponder),
      act('whistle', street, support),
      act('accept', otherResponder),
      act('return', otherResponder),
      act('rule_return', district, { assignmentNo: 3, upheld: random.next() < 0.5 }),
      act('withdraw', street, { assignmentNo: 1 }),
      act('whistle', street, lead),
      act('arrive', responder),
      act('resolve', street),
    ],
    [
      act('hand_down', street, { areaCode: place.communityCode }),
      act('accept', gridWorker),
      random.pick([act('return', gridWorker), act('arrive', gridWorker)]),
      act('feedback', gridWorker),
      act('resolve', community),
    ],
    // Clocks stand still for a while, and are put off.
    [
      act('request_pause', random.pick([community, street]), { promises, ...untilSoon() }),
      act('approve_relief', superior, { reliefNo: 1 }),
      ...(random.next() < 0.5 ? [{ ...act('resume', desk, { reliefNo: 1 }), afterMs: 1_500 }] : []),
      act('request_extension', desk, { promises, byMs: random.within(1_000, reliefs.extensionMaxMs) }),
      act(random.pick(['approve_relief', 'refuse_relief']), superior, { reliefNo: 2 }),
      act('whistle', street, lead),
      ...(random.next() < 0.5 ? [{ ...act('arrive', responder), afterMs: 3_000 }] : []),
    ],
    [
      act('whistle', street, lead),
      act('request_pause', responder, { promises: ['on_site'], ...untilSoon() }),
      act('approve_relief', administrator, { reliefNo: 1 }),
      act('urge', district),
      act('feedback', street),
    ],
  ]
  if (anonymousReport !== undefined) {
    const revealed = (by: Act['by']): Act => act('reveal_reporter', by, { reportId: anonymousReport })
    stories.push(
      [revealed(random.pick([auditor, district])), act('urge', district), act('feedback', street)],
      [act('settle', desk), revealed(auditor), happy],
      // A street's desk is not entitled to know; whoever is, is shown it once more.
      [revealed(street), revealed(administrator), act('reject', community), revealed(administrator)],
    )
  }
  if (elder !== undefined) {
    const joined = act('merge', random.pick([street, district]), { into: elder })
    stories.push(
      [joined],
      [joined, { ...act('unmerge', random.pick([street, district])), afterMs: random.within(100, 2_500) }],
      [
        act('request_pause', community, { promises, ...untilSoon() }),
        act('approve_relief', superior, { reliefNo: 1 }),
        joined,
        { ...act('unmerge', district), afterMs: 1_000 },
        act('feedback', street),
      ],
      [act('report_up', gridWorker), joined, happy],
    )
  }
  return random.pick(stories)
}
