import type { ChaosResult } from './chaos-result.ts'
import { latenessClasses } from './chaos-result.ts'
import { noFindings } from './checks/findings.ts'
import { faultKinds } from './fault-kinds.ts'

/** How many of a kind of finding are shown; the evidence holds more. */
const shownMax = 8

/** A run's result as people read it: the faults, the account, how late breaches were found, and what is wrong. */
export function formatResult(result: ChaosResult): string {
  const { kills, faults, missed, requests, verdict } = result
  const { account, lateness, misattributed, falseBreaches } = verdict
  const killed = Object.entries(kills)
  const unsound = {
    count: verdict.unsound.length,
    first: verdict.unsound.map((each) => JSON.stringify(each).slice(0, 1_000)),
  }
  const planted = { count: verdict.planted.length, first: [...verdict.planted] }
  const rest = `${verdict.left.overdue} 个时限 deadlines, ${verdict.left.undelivered} 条通知 notices`
  const left = verdict.left.overdue + verdict.left.undelivered
  const classes = Object.entries(latenessClasses)
  return [
    '',
    '故障 Faults                                              完成 done  未成 missed',
    ...faults.map(({ kind, done, missed: not }) => {
      const { zh, en } = faultKinds[kind]
      return `  ${padded(`${zh} ${en}`, 54)}${String(done).padStart(9)}${String(not).padStart(13)}`
    }),
    `  强杀 kills: ${killed.reduce((sum, [, times]) => sum + times, 0)} (${killed.map(([who, times]) => `${who} ${times}`).join(', ')})`,
    ...Object.entries(missed).map(([why, times]) => `    ${times} × ${why}`),
    '',
    '账目 Account',
    `  已答复 acknowledged ${requests.acknowledged} (${account.acknowledged} 个键 keys), 拒绝 refused ${requests.refused}, ` +
      `重试 retried ${requests.retried}, 无答复 unanswered ${requests.unanswered}`,
    `  事件 incidents ${verdict.incidents}, 超时 breaches ${verdict.breaches}`,
    ...finding('丢失 lost', account.lost),
    ...finding('重复 duplicated', account.duplicated),
    `  – 找回 recovered: ${account.recovered}`,
    ...finding('意外 unexpected', account.unexpected),
    ...finding('实时与待办有误 misled clients', verdict.misled),
    ...finding('责任认定有误 wrongly attributed', misattributed),
    ...finding('误判超时 false breaches', falseBreaches),
    ...finding('个人信息外泄 personal data elsewhere', planted),
    ...finding('未自行恢复 not recovered by itself', { count: verdict.stuck.length, first: verdict.stuck }),
    ...finding('doctor, audit verify', unsound),
    ...finding('未了结 left undone', left === 0 ? noFindings() : { count: left, first: [rest] }),
    '',
    '发现超时的滞后 How late breaches were found, ms                     次数 n      p50     p99     max   限 limit',
    ...classes.flatMap(([name, { zh, en }]) => {
      const found = Object.entries(lateness.classes).find(([each]) => each === name)?.[1]
      if (found === undefined || found.breaches === 0) return []
      const numbers = [found.p50Ms, found.p99Ms, found.maxMs].map((ms) => String(ms).padStart(8)).join('')
      const limit = Number.isFinite(found.limitMs) ? String(found.limitMs) : '–'
      return [
        `  ${padded(`${zh} ${en}`, 60)}${String(found.breaches).padStart(9)}${numbers}${limit.padStart(9)}`,
      ]
    }),
    `  ${lateness.excused} 次曾遇无人可处理（数据库停、两个进程皆停、时钟失常）waited while nobody could settle anything`,
    ...finding('过迟 too late', lateness.late),
    '',
    verdict.sound
      ? '完好 SOUND: nothing lost, nothing doubled, nothing wrongly attributed'
      : '有误 NOT SOUND',
  ].join('\n')
}

function finding(name: string, { count, first }: { count: number; first: readonly string[] }): string[] {
  return [
    `  ${count === 0 ? '✓' : '✗'} ${name}: ${count}`,
    ...first.slice(0, shownMax).map((each) => `      ${each}`),
  ]
}

/** Fills up to a width, in which a Chinese character counts twice. */
function padded(text: string, width: number): string {
  const wide = [...text].filter((letter) => /[\u3000-\u9fff\uff00-\uffef]/.test(letter)).length
  return text + ' '.repeat(Math.max(1, width - [...text].length - wide))
}
