import { z } from 'zod'
import type { CityMap } from '../cases/city-map.ts'
import type { CaseScript } from '../cases/script.ts'
import type { DemoOptions } from '../demo-options.ts'
import type { Display } from '../show/display.ts'
import type { ApiClient } from './api-client.ts'
import type { Cast } from './cast.ts'
import { closestCalls } from './closest-call.ts'
import { demoLimits, demoPolicy } from './demo-policy.ts'
import { paceFor, warmUp } from './warm-up.ts'

interface SettingLimits extends Pick<DemoOptions, 'casesFile' | 'pace'> {
  readonly cases: readonly CaseScript[]
  readonly map: CityMap
  readonly display: Display
}

/**
 * Sets limits of seconds through the API as an administrator of the city would, and tells them. Lets the machine warm up
 * first, and takes longer limits where it is too busy for those that were asked for.
 */
export async function setLimits(
  client: ApiClient,
  cast: Cast,
  { casesFile, pace: asked, cases, map, display }: SettingLimits,
): Promise<ReturnType<typeof demoLimits>> {
  const name = casesFile === undefined ? 'own' : 'equal'
  display.progress('预热 Warming up …')
  const slowestMs = await warmUp(client, cast, cases)
  display.clearProgress()
  const { beforeMs: marginMs } = closestCalls(cases, demoLimits(name, 1).limits)
  const pace = paceFor(asked, { slowestMs, marginMs })
  if (pace > asked)
    display.print(
      display.style.yellow(
        `本机繁忙（一次请求 ${secondsOf(slowestMs)}），时限由 ${asked} 倍放宽到 ${pace} 倍 This machine is busy (${secondsOf(slowestMs)} a request): limits are stretched from ${asked}× to ${pace}×`,
      ),
    )
  const policy = demoLimits(name, pace)
  const token = await cast.city('administrator')
  const body = demoPolicy(map.cityCode, policy)
  const created = z.object({ code: z.string(), version: z.int() })
  await client.post('/v1/policies', { token, key: 'demo-policy', body }, created)
  const { beforeMs, afterMs } = closestCalls(cases, policy.limits)
  display.print(
    '管理员经接口设定时限（社区/街道/区） Limits set through the API (community/street/district):',
    `  ${limitWords(policy)}`,
    '社区可向各类单位吹哨 Communities may whistle units of every kind',
    `最接近到期的操作 The closest calls: ${secondsOf(beforeMs)} 到期前 before a due time, ${secondsOf(afterMs)} 到期后 after one`,
  )
  return policy
}

function secondsOf(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1000).toFixed(2)} s` : '–'
}

function limitWords({ limits, unitLimitMs }: ReturnType<typeof demoLimits>): string {
  const rungs = ({ community, street, district }: (typeof limits)['report']): string =>
    [community, street, district].map((ms) => ms / 1000).join('/')
  return `上报 report ${rungs(limits.report)}，反馈 feedback ${rungs(limits.feedback)}，到场 on-site ${rungs(limits.on_site)}，单位 unit ${unitLimitMs / 1000} s`
}
