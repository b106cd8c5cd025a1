import { type ChaosResult, latenessClasses } from './chaos-result.ts'
import { faultKinds } from './fault-kinds.ts'

/** A run's result as a page to be committed: where it ran, what was done to it, and what was left of it. */
export function resultDocument(result: ChaosResult): string {
  const { machine, kills, faults, requests, verdict } = result
  const { account, lateness } = verdict
  const killed = Object.values(kills).reduce((sum, times) => sum + times, 0)
  const left = verdict.left.overdue + verdict.left.undelivered
  return [
    `# 故障演练 Chaos: ${result.minutes} min, seed ${result.seed}`,
    '',
    `${verdict.sound ? '**完好 sound**' : '**有误 NOT SOUND**'}. \`npm run chaos -- --minutes ${result.minutes} --seed ${result.seed}\`, ` +
      `${result.startedAt}, 故障表摘要 plan ${result.digest.slice(0, 16)}`,
    '',
    ...table(['机器与版本 Machine and versions', ''], Object.entries(machine)),
    '',
    ...table(
      ['账目 Account', ''],
      [
        ['丢失 lost', account.lost.count],
        ['重复 duplicated', account.duplicated.count],
        ['找回 recovered (stored, the answer never arrived: no fault)', account.recovered],
        ['意外 unexpected', account.unexpected.count],
        ['实时与待办有误 misled clients', verdict.misled.count],
        ['责任认定有误 wrongly attributed', verdict.misattributed.count],
        ['误判超时 false breaches', verdict.falseBreaches.count],
        ['过迟 found too late', lateness.late.count],
        ['doctor, audit verify', verdict.unsound.length],
        ['个人信息外泄 personal data elsewhere', verdict.planted.length],
        ['未自行恢复 not recovered by itself', verdict.stuck.length],
        ['未了结 left undone', left],
      ],
    ),
    '',
    `${requests.acknowledged} 次答复 acknowledged (${account.acknowledged} 个键 keys), ${requests.refused} 次拒绝 refused, ` +
      `${requests.retried} 次重试 retried, ${requests.unanswered} 次无答复 unanswered; ` +
      `${verdict.incidents} 个事件 incidents, ${verdict.breaches} 次超时 breaches.`,
    '',
    ...table(
      ['发现超时的滞后 How late breaches were found', 'n', 'p50 ms', 'p99 ms', 'max ms', '限 limit ms'],
      Object.entries(latenessClasses).flatMap(([name, { zh, en }]) => {
        const found = Object.entries(lateness.classes).find(([each]) => each === name)?.[1]
        if (found === undefined || found.breaches === 0) return []
        const limit = Number.isFinite(found.limitMs) ? found.limitMs : '–'
        return [[`${zh} ${en}`, found.breaches, found.p50Ms, found.p99Ms, found.maxMs, limit]]
      }),
    ),
    '',
    `${lateness.excused} 次曾遇无人可处理 waited while nobody could settle anything; that time is not counted.`,
    '',
    ...table(
      [`强杀 kill -9: ${killed}`, ''],
      Object.entries(kills).toSorted(([, one], [, other]) => other - one),
    ),
    '',
    ...table(
      ['故障 Faults', '完成 done', '未成 missed'],
      faults.map(({ kind, done, missed }) => [`${faultKinds[kind].zh} ${faultKinds[kind].en}`, done, missed]),
    ),
    '',
  ].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)]
}
