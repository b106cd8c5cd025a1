import type { RefusalCode } from '../../src/domain/refusal.ts'
import type { Asked } from './asked.ts'
import { actingIn } from './reference-acting.ts'
import type { Ledger, Look } from './reference-ledger.ts'

/**
 * The rules that a refusal may name, one of which it must: where it follows from data, whoever is refused is told where that
 * stands. None where it follows from the code alone.
 *
 * @param begunAt when the world's first report was received
 */
export function groundsOf(
  code: RefusalCode,
  ledger: Ledger,
  look: Look,
  { ask, actor }: Asked,
  begunAt: number,
): string[] {
  const { policy, category } = ledger.facts
  const inPolicy = (field: string) => `policy:${policy.code}:v${policy.version}:${field}`
  switch (code) {
    case 'category_not_admitted':
      return [`category:${category.path.at(-1)}:admittedFrom`]
    case 'may_not_settle':
      return [inPolicy('settledBy')]
    case 'may_not_whistle': {
      const acting = actingIn(ledger, look, actor)
      return typeof acting === 'string' ? [] : [inPolicy(`whistles.${acting.area.kind}`)]
    }
    case 'relief_beyond_limit': {
      if (ask.type !== 'request_pause' && ask.type !== 'request_extension') return []
      const pause = ask.type === 'request_pause'
      const [ms, most] = pause
        ? [begunAt + ask.until - look.at, policy.pauseMaxMs]
        : [ask.byMs, policy.extensionMaxMs]
      return [
        ...(ledger.requests.length >= policy.reliefsMax ? [inPolicy('reliefsMax')] : []),
        ...((!pause && ms <= 0) || ms > most ? [inPolicy(pause ? 'pauseMaxMs' : 'extensionMaxMs')] : []),
      ]
    }
    default:
      return []
  }
}
