import type { Language } from '../wording/wording.ts'
import { type Fault, faultKinds } from './audit-fault.ts'
import type { AuditCounts, AuditVerification } from './verify-audit-trail.ts'

/** Exit codes of `whistle audit verify` (docs/reliability.md, The audit trail, 8). */
export const auditExitCodes = { sound: 0, tampered: 2, incomplete: 3 } as const satisfies Record<
  AuditVerification['outcome'],
  number
>

const outcomes = {
  sound: { zh: '审计轨迹完好。', en: 'The audit trail is sound.' },
  tampered: { zh: '审计轨迹已被改动！', en: 'The audit trail has been tampered with!' },
  incomplete: { zh: '审计轨迹未能读完。', en: 'The audit trail could not be read to its end.' },
} as const

const countNames = {
  streams: { zh: '审计链', en: 'streams' },
  events: { zh: '审计事件', en: 'events' },
  incidents: { zh: '重演的事件', en: 'incidents rebuilt' },
  deadlines: { zh: '时限', en: 'deadlines' },
  breaches: { zh: '超时', en: 'breaches' },
  assignments: { zh: '派单', en: 'assignments' },
  registryRows: { zh: '重演的名录条目', en: 'rows of registries rebuilt' },
  registryRowsUntold: { zh: '无审计事件可查的名录条目', en: 'rows of registries that no event tells' },
  commitmentsChecked: { zh: '核对的文字', en: 'texts checked' },
  commitmentsErased: { zh: '已删除的文字', en: 'texts erased' },
} as const satisfies Record<keyof AuditCounts, { zh: string; en: string }>

/** A verification as people read it on a terminal. */
export function formatVerification(
  { outcome, counts, faults, incompleteBecause }: AuditVerification,
  language: Language,
): string {
  const chinese = language === 'zh'
  const lines: string[] = [outcomes[outcome][language]]
  for (const { kind, count, first } of faults) {
    const times = chinese ? `${count} 处` : `${count} ×`
    lines.push(`  ✗ ${faultKinds[kind][language]} (${times})`, `    ${placeOf(first, language)}`)
  }
  if (incompleteBecause !== null) {
    lines.push(
      chinese ? `  未读完的原因：${incompleteBecause}` : `  Not read to the end: ${incompleteBecause}`,
    )
  }
  const counted = Object.entries(countNames).map(([name, words]) => {
    const [, count] = Object.entries(counts).find(([key]) => key === name) ?? [name, 0]
    return `${words[language]} ${count}`
  })
  lines.push(`  ${counted.join(chinese ? '，' : ', ')}`)
  return lines.join('\n')
}

function placeOf({ stream, seq, field, expected, found }: Fault, language: Language): string {
  if (language === 'zh') {
    const place = seq === null ? stream : `${stream} 第 ${seq} 条`
    return `首处：${place}，${field}：应为 ${expected}，实为 ${found}`
  }
  const place = seq === null ? stream : `${stream} no. ${seq}`
  return `first: ${place}, ${field}: expected ${expected}, found ${found}`
}
