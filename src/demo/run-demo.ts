import { setMaxListeners } from 'node:events'
import { z } from 'zod'
import { createAdmission } from './admission.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { readBostonCases } from './boston-cases.ts'
import { readBreachReport } from './breach-report.ts'
import { type Cast, createCast } from './cast.ts'
import { type CityMap, readCityMap } from './city-map.ts'
import { closestCalls } from './closest-call.ts'
import { awaitNotices, runCheck } from './closing-checks.ts'
import type { DemoOptions } from './demo-options.ts'
import { demoLimits, demoPolicy } from './demo-policy.ts'
import { type DemoStack, startDemoStack } from './demo-stack.ts'
import type { Display } from './display.ts'
import { injectFault } from './faults.ts'
import { readHuangshiCases } from './huangshi-cases.ts'
import { readIncidentTimeline } from './incident-timeline.ts'
import { watchIncidents } from './incident-watch.ts'
import { isAsExpected, type JudgedCase, judgeReplay } from './judge-replay.ts'
import { longestClimbMs, replay } from './replay.ts'
import type { CaseSet } from './script.ts'
import type { SeenIncident } from './seen-incident.ts'
import { progressLine } from './show-replay.ts'
import { showBreachReport, showDelays } from './show-report.ts'
import { showTimeline } from './show-timeline.ts'
import { differenceLines, showBreachesByRung, showVerdicts } from './show-verdicts.ts'
import { paceFor, warmUp } from './warm-up.ts'

export interface DemoDependencies {
  /** What the show's processes inherit. */
  readonly environment: NodeJS.ProcessEnv
  readonly display: Display
  readonly signal: AbortSignal
}

/** A minute is enough for clocks of one machine that read each other's times. */
const periodMarginMs = 60_000

/**
 * The show, from an empty instance to the last check. Leaves the instance's data and nothing running.
 *
 * @returns whether everything came out as expected
 * @throws Error where a part does not come up, or the signal's reason when it is broken off
 */
export async function runDemo(options: DemoOptions, dependencies: DemoDependencies): Promise<boolean> {
  const { environment, display, signal } = dependencies
  const map = await readCityMap()
  const set = await readCases(options, map)
  showTitle(options, set, display)

  display.progress('启动数据库、队列、接口和后台进程 Starting the servers, the API and the workers …')
  const log = (message: string): void => display.print(display.style.dim(`  ${message}`))
  const { instance } = options
  const demo = await startDemoStack({ instance, environment, signal, log })
  display.clearProgress()
  try {
    return await playAndReport(demo, { options, set, map, ...dependencies })
  } finally {
    display.clearProgress()
    await demo.stack.stop()
  }
}

async function readCases({ casesFile, first }: DemoOptions, map: CityMap): Promise<CaseSet> {
  const set = casesFile === undefined ? await readHuangshiCases() : await readBostonCases(casesFile, map)
  return { ...set, cases: set.cases.slice(0, first) }
}

interface Playing extends DemoDependencies {
  readonly options: DemoOptions
  readonly set: CaseSet
  readonly map: CityMap
}

async function playAndReport({ stack, issuer }: DemoStack, playing: Playing): Promise<boolean> {
  const { options, set, map, environment, display, signal } = playing
  setMaxListeners(0, signal)
  const { style } = display
  const cast = createCast({ issuer, cityCode: map.cityCode, streetOf: (code) => map.parentOf(code).code })
  const admission = createAdmission()
  const client = createApiClient({ address: stack.address, signal, onWritten: admission.noteAnswer })
  const auditor = await cast.city('auditor')

  const policy = await choosePolicy(client, cast, playing)
  await setPolicy(client, await cast.city('administrator'), demoPolicy(map.cityCode, policy))
  const { beforeMs, afterMs } = closestCalls(set.cases, policy.limits)
  display.print(
    `接口 API ${stack.address}，队列 queue ${stack.queue.kind}`,
    `管理员经接口设定时限 An administrator sets the limits through the API: ${limitWords(policy)}`,
    `最险的一步 The closest calls: ${secondsOf(beforeMs)} 到时前 before a due time, ${secondsOf(afterMs)} 到时后 after one`,
    '',
  )

  const watch = watchIncidents({ client, token: auditor })
  const ended = new AbortController()
  const { limits } = policy
  const fault =
    options.fault === undefined
      ? undefined
      : injectFault(options.fault, {
          stack,
          spanMs: longestClimbMs(limits),
          signal: AbortSignal.any([signal, ended.signal]),
          log: (what) => display.print(style.yellow(`  ⚡ ${what}`)),
        })
  const replayed = await replay(set.cases, { client, admission, cast, watch, limits, signal }, (progress) =>
    display.progress(progressLine(progress, watch.incidents.values(), style)),
  ).finally(() => ended.abort())
  await fault
  display.clearProgress()
  const incidents = await watch.look()
  const lateBySource = (await set.readLateBySource?.()) ?? null
  const judged = judgeReplay(set, lateBySource, replayed, incidents)
  display.print(`${set.cases.length} 件，用时 cases in ${(replayed.tookMs / 1000).toFixed(1)} s`)

  const received = [...incidents.values()].map(({ receivedAt }) => receivedAt)
  const due = [...incidents.values()].flatMap(({ deadlines }) => deadlines.map(({ dueAt }) => dueAt))
  const report = await readBreachReport(client, {
    token: auditor,
    from: Math.min(...received) - periodMarginMs,
    to: Math.max(...due) + periodMarginMs,
  })
  showHeading('各街道各时限 Breaches by street and promise', display)
  showBreachReport(report, display)
  showDelays(report, display)

  const story = mostEventful(judged)
  if (story !== undefined) {
    showHeading(`一件事件的全过程 One incident from beginning to end: ${story.number}`, display)
    showTimeline(await readIncidentTimeline(client, { token: auditor, incidentId: story.id }), display)
  }

  showHeading('结论与预期 Verdicts, got and expected', display)
  showVerdicts(judged, display)
  display.print('')
  showBreachesByRung(judged, display)
  showOverdue(lateBySource, judged, display)

  showHeading('核对 Checks', display)
  const problems = differenceLines(judged)
  const listed = report.breaches.length
  const counted = judged.flatMap(({ got }) => got).reduce((sum, { breached }) => sum + breached.length, 0)
  if (listed !== counted)
    problems.push(
      `督查清单有 ${listed} 项超时，事件共 ${counted} 项 The list of breaches has ${listed}, the incidents ${counted}`,
    )
  const agreed = judged.filter(isAsExpected).length
  showCheck(
    agreed === judged.length && listed === counted,
    `每件的结论 each verdict: ${agreed}/${judged.length} 如预期 as expected; 督查清单 list of breaches: ${listed}`,
    display,
  )
  problems.push(
    ...(await closingChecks(stack.databaseUrl, { instance: options.instance, environment, display, signal })),
  )
  if (problems.length > 0) {
    showHeading('与预期不符 Not as expected', display)
    display.print(...problems.map((line) => style.red(`  ${line}`)))
  }
  return problems.length === 0
}

/** Lets the machine warm up, and takes longer limits where it is too busy for those that were asked for. */
async function choosePolicy(
  client: ApiClient,
  cast: Cast,
  { options: { casesFile, pace: asked }, set, display }: Playing,
): Promise<ReturnType<typeof demoLimits>> {
  const name = casesFile === undefined ? 'own' : 'equal'
  display.progress('热身 Warming up …')
  const slowestMs = await warmUp(client, cast, set.cases)
  display.clearProgress()
  const { beforeMs: marginMs } = closestCalls(set.cases, demoLimits(name, 1).limits)
  const pace = paceFor(asked, { slowestMs, marginMs })
  if (pace > asked)
    display.print(
      display.style.yellow(
        `本机繁忙（一次请求 ${secondsOf(slowestMs)}），时限放宽到 ${pace} 倍 This machine is busy: limits are stretched to ${pace}×`,
      ),
    )
  return demoLimits(name, pace)
}

function secondsOf(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1000).toFixed(2)} s` : '–'
}

async function setPolicy(
  client: ApiClient,
  token: string,
  body: ReturnType<typeof demoPolicy>,
): Promise<void> {
  const created = z.object({ code: z.string(), version: z.int() })
  await client.post('/v1/policies', { token, key: 'demo-policy', body }, created)
}

/** Notices, doctor and verifier. Returns what is wrong. */
async function closingChecks(
  databaseUrl: string,
  { instance, environment, display, signal }: Omit<DemoDependencies, 'set'> & { instance: string },
): Promise<string[]> {
  const problems: string[] = []
  const left = await awaitNotices(
    { databaseUrl },
    {
      signal,
      onWaiting: (count) => display.progress(`等待通知送达 Waiting for notices to be delivered: ${count}`),
    },
  )
  display.clearProgress()
  showCheck(
    left === 0,
    `通知全部送出 every notice is delivered${left === 0 ? '' : `: ${left} 未送 left`}`,
    display,
  )
  if (left > 0) problems.push(`${left} 条通知未送出 notices are not delivered`)

  display.progress('运行 doctor 和 audit verify … Running doctor and audit verify …')
  const checks = await Promise.all(
    [['doctor'], ['audit', 'verify']].map((words) =>
      runCheck([...words, '--instance', instance], { environment, signal }),
    ),
  )
  display.clearProgress()
  for (const { command, code, output } of checks) {
    showCheck(code === 0, command, display)
    display.print(...output.map((line) => display.style.dim(`      ${line}`)))
    if (code !== 0) problems.push(`${command}: 退出码 exit code ${code ?? '–'}`)
  }
  return problems
}

function showTitle(
  { casesFile, fault, first }: DemoOptions,
  { cases }: CaseSet,
  { print, style }: Display,
): void {
  const what =
    casesFile === undefined ? '自编案例 cases of our own' : `来自 ${casesFile} 的案例 cases from ${casesFile}`
  print(
    '',
    style.bold('吹哨报到 · 演示   whistle-report · the show'),
    `${cases.length} 件${what}${first === undefined ? '' : '（节选 the first ones）'}，黄石市 in Huangshi${fault === undefined ? '' : `；故障 fault: ${fault}`}`,
    '',
  )
}

function showHeading(title: string, { print, style }: Display): void {
  print('', style.bold(`── ${title}`), '')
}

function showCheck(good: boolean, what: string, { print, style }: Display): void {
  print(`  ${good ? style.green('✓') : style.red('✗')} ${what}`)
}

function limitWords({ limits, unitLimitMs }: ReturnType<typeof demoLimits>): string {
  const rungs = ({ community, street, district }: (typeof limits)['report']): string =>
    [community, street, district].map((ms) => ms / 1000).join('/')
  return `上报 report ${rungs(limits.report)}，反馈 feedback ${rungs(limits.feedback)}，到场 on-site ${rungs(limits.on_site)}，单位 unit ${unitLimitMs / 1000} s（社区/街道/区 community/street/district）`
}

/** The case with the most to tell among those that came to an end. */
function mostEventful(judged: readonly JudgedCase[]): SeenIncident | undefined {
  const ended = judged.flatMap(({ incident, got }) =>
    incident !== undefined && got.every(({ end }) => end === 'kept') ? [incident] : [],
  )
  const eventsOf = ({ revision, deadlines }: SeenIncident): number =>
    revision + deadlines.filter(({ state }) => state === 'breached').length
  return (ended.length === 0 ? judged.flatMap(({ incident }) => incident ?? []) : ended).toSorted(
    (a, b) => eventsOf(b) - eventsOf(a),
  )[0]
}

/** What the outside source said, and what the engine came to. */
function showOverdue(
  lateBySource: ReadonlyMap<string, boolean> | null,
  judged: readonly JudgedCase[],
  { print, style }: Display,
): void {
  if (lateBySource === null) return
  const late = judged.filter(({ got }) =>
    got.some(({ subject, breached }) => subject === 'on_site' && breached.length > 0),
  ).length
  const bySource = judged.filter(({ caseId }) => lateBySource.get(caseId) === true).length
  const same = judged.filter(({ sourceDisagrees }) => !sourceDisagrees).length
  print(
    '',
    `超时事件 Overdue incidents: ${style.bold(String(late))}，来源记为 OVERDUE 的 the source's own OVERDUE: ${style.bold(String(bySource))}；逐件相同 the same case by case: ${style.bold(`${same}/${judged.length}`)}`,
  )
}
