import { setMaxListeners } from 'node:events'
import { openInstance } from '../embedded/instance.ts'
import { readBostonCases } from './cases/boston-cases.ts'
import { type CityMap, readCityMap } from './cases/city-map.ts'
import { readHuangshiCases } from './cases/huangshi-cases.ts'
import type { CaseSet } from './cases/script.ts'
import { type DemoOptions, WrongOptions } from './demo-options.ts'
import { type DemoStack, startDemoStack } from './demo-stack.ts'
import { injectFault } from './faults.ts'
import { judgeReplay } from './judge/judge-replay.ts'
import { createAdmission } from './play/admission.ts'
import { createApiClient } from './play/api-client.ts'
import { createCast } from './play/cast.ts'
import { watchIncidents } from './play/incident-watch.ts'
import { longestClimbMs, type Replayed, replay } from './play/replay.ts'
import { setLimits } from './play/set-limits.ts'
import type { Display } from './show/display.ts'
import { runClosingChecks, showProblems } from './show/show-checks.ts'
import { progressLine } from './show/show-replay.ts'
import { showResults } from './show/show-results.ts'

export interface DemoDependencies {
  /** What the show's processes inherit. */
  readonly environment: NodeJS.ProcessEnv
  readonly display: Display
  readonly signal: AbortSignal
}

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
  const demo = await startDemoStack({ instance, environment, signal, log }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw new Error(`The system did not start; see the logs in ${openInstance(instance).directory}.`, {
      cause,
    })
  })
  display.clearProgress()
  try {
    return await playAndReport(demo, { options, set, map, ...dependencies })
  } finally {
    display.clearProgress()
    await demo.stack.stop()
  }
}

async function readCases({ casesFile, first }: DemoOptions, map: CityMap): Promise<CaseSet> {
  const set =
    casesFile === undefined
      ? await readHuangshiCases()
      : await readBostonCases(casesFile, map).catch(refuseFile)
  return { ...set, cases: set.cases.slice(0, first) }
}

function refuseFile(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error)
  throw new WrongOptions(`--cases: 案例文件无法使用 the file of cases cannot be used: ${why}`)
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
  const cast = createCast({ issuer, cityCode: map.cityCode, parentOf: (code) => map.parentOf(code).code })
  const admission = createAdmission()
  const client = createApiClient({ address: stack.address, signal, onWritten: admission.noteAnswer })
  const auditor = await cast.city('auditor')

  display.print(
    `接口 API ${stack.address}，队列 queue ${stack.queue.kind}，日志 logs ${stack.instance.directory}`,
  )
  const { limits } = await setLimits(client, cast, { ...options, cases: set.cases, map, display })
  display.print('')

  const watch = watchIncidents({ client, token: auditor })
  const ended = new AbortController()
  const harm = async (): Promise<void> => {
    if (options.fault === undefined) return
    await injectFault(options.fault, {
      stack,
      spanMs: longestClimbMs(limits),
      signal: AbortSignal.any([signal, ended.signal]),
      log: (what) => display.print(style.yellow(`  ⚡ ${what}`)),
    })
  }
  const play = async (): Promise<Replayed> => {
    try {
      return await replay(set.cases, { client, admission, cast, watch, limits, signal }, (progress) =>
        display.progress(progressLine(progress, watch.incidents.values(), display.width)),
      )
    } finally {
      ended.abort()
    }
  }
  // What was taken away has to be back before anything is stopped, however the replay ends.
  const [played, harmed] = await Promise.allSettled([play(), harm()])
  if (played.status === 'rejected') throw played.reason
  if (harmed.status === 'rejected') throw harmed.reason
  const replayed = played.value
  display.clearProgress()
  const incidents = await watch.look()
  const lateBySource = (await set.readLateBySource?.()) ?? null
  const judged = judgeReplay(set, lateBySource, replayed, incidents)
  const reports = replayed.opened.size
  display.print(
    `${set.cases.length} 件（${reports} 条线索），用时 cases (${reports} reports) in ${(replayed.tookMs / 1000).toFixed(1)} s`,
  )

  const problems = await showResults(judged, { client, auditor, lateBySource, display })
  const { instance } = options
  problems.push(...(await runClosingChecks(stack.databaseUrl, { instance, environment, display, signal })))
  showProblems(problems, display)
  return problems.length === 0
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
