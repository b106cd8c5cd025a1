import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import type { Asked } from './asked.ts'
import type { Beside } from './reference-acting.ts'
import { actingIn, comesFor } from './reference-acting.ts'
import { arrive, callTo, finishCall, rule, work } from './reference-calls.ts'
import { above, receiverOf, urgedFrom } from './reference-climb.ts'
import { finishCase, handTo, keep, rate, takeUpAgain } from './reference-endings.ts'
import type { Ledger } from './reference-ledger.ts'
import { standInFor } from './reference-look.ts'
import { joinInto, type LookAtTwo, separate } from './reference-merges.ts'
import { clockOfCall, tell } from './reference-model.ts'
import { askFor, decideOn, endPause } from './reference-reliefs.ts'

/** By which acts each promise is kept. */
const keeps: Readonly<Partial<Record<CommandType, readonly PromiseKind[]>>> = {
  report_up: ['report'],
  whistle: ['report'],
  hand_down: ['report'],
  merge: ['report'],
  feedback: ['feedback'],
  settle: ['report', 'feedback'],
  reject: ['report', 'feedback'],
  resolve: ['feedback'],
}

/** Does what somebody asks for, and what nothing speaks against. */
export function act(
  ledger: Ledger,
  look: LookAtTwo,
  { ask, actor }: Asked,
  beside: Beside & { readonly othersAsked: boolean },
): void {
  const { facts } = ledger
  ledger.revision += 1
  ledger.events += 1
  if (ask.type === 'reveal_reporter') return
  if (ask.type === 'rate') {
    rate(ledger, look, ask.solved, beside.othersAsked)
    return
  }
  const acting = actingIn(ledger, look, actor)
  if (typeof acting === 'string') throw new Error(`${acting} speaks against it`)
  const { area, call } = acting
  if (ask.type === 'merge') {
    joinInto(beside.elder, ledger, look, () => finishCase(ledger, look, 'merged'))
    return
  }
  keep(ledger, look, keeps[ask.type] ?? [])

  switch (ask.type) {
    case 'report_up': {
      const next = above(facts.policy, look.path, area.kind)
      if (next !== undefined) handTo(ledger, look, next)
      ledger.state = 'reported'
      break
    }
    case 'raise': {
      const receiver = receiverOf(ledger, look, area, ask.rung)
      if (receiver !== undefined) handTo(ledger, look, receiver)
      break
    }
    case 'whistle':
      handTo(ledger, look, area)
      if (ledger.state !== 'on_site') ledger.state = 'dispatched'
      for (const { unit, part } of ask.calls)
        callTo(ledger, look, area, { kind: 'unit', code: unit.code, part }, 'unit')
      break
    case 'hand_down': {
      handTo(ledger, look, area)
      ledger.state = 'dispatched'
      const below = look.path.find(({ code }) => code === ask.areaCode)
      if (below !== undefined)
        callTo(ledger, look, area, { kind: 'area', code: below.code, part: 'lead' }, below.kind)
      break
    }
    case 'arrive':
      arrive(ledger, look, call ?? comesFor(ledger, look, actor))
      break
    case 'accept':
    case 'return':
    case 'finish':
      if (call !== undefined) work(ledger, look, call, ask.type)
      break
    case 'rule_return': {
      const asked = ledger.calls[ask.no - 1]
      if (asked !== undefined) rule(ledger, look, asked, ask.upheld)
      break
    }
    case 'withdraw': {
      const asked = ledger.calls[ask.no - 1]
      if (asked === undefined) break
      finishCall(ledger, look, asked, 'withdrawn')
      tell(ledger, 'withdrawn', asked.code, clockOfCall(ledger, asked))
      break
    }
    case 'settle':
    case 'resolve':
    case 'reject':
      finishCase(ledger, look, endings[ask.type])
      ledger.state = ask.type === 'reject' ? 'rejected' : 'resolved'
      ledger.endedBy = area.code
      ledger.endedAt = look.at
      break
    case 'close':
      ledger.state = 'closed'
      break
    case 'reopen':
      takeUpAgain(ledger, look)
      break
    case 'urge':
      for (const clock of urgedFrom(ledger, look, area)) {
        clock.urges += 1
        const { code } = clock.kind === 'unit' ? clock : standInFor(ledger, look, clock.code)
        tell(ledger, 'urged', code, clock)
      }
      break
    case 'request_pause':
    case 'request_extension': {
      const byUnit = call?.part === 'lead' && actor.unitCode !== undefined
      askFor(ledger, look, ask, { begunAt: beside.begunAt, by: byUnit ? call.code : area.code })
      break
    }
    case 'approve_relief':
    case 'refuse_relief':
    case 'resume': {
      const request = ledger.requests[ask.no - 1]
      if (request === undefined) break
      if (ask.type === 'resume') endPause(ledger, look, request)
      else decideOn(ledger, look, request, { approved: ask.type === 'approve_relief', by: area.code })
      break
    }
    case 'unmerge':
      separate(beside.elder, ledger, look)
      break
    case 'feedback':
  }
}

const endings = { settle: 'settled', resolve: 'resolved', reject: 'rejected' } as const
