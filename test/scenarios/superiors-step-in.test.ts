import t, { type Test } from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { type ApiWorld, createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, auditor } = worldActors
const city = { id: 'dispatcher-city', role: 'dispatcher', areaCode: huangshi.city } as const
const minute = 60_000
const hour = 60 * minute

/** A case, what is done to it a minute apart, and how it is read: as a timeline, as breaches, and as a file of them. */
async function openCase(t: Test, world: ApiWorld) {
  const { call, clock } = world
  const { incidentId: id } = (await world.report()).body
  const read = async (by: Actor, url: string, language: string) =>
    call(by, 'GET', url, undefined, { headers: { 'accept-language': language } })
  return {
    async done(by: Actor, action: string, body?: object) {
      clock.advance(minute)
      const { status, text } = await world.act(id, by, action, body)
      t.equal(status, 200, `${by.id} may ${action}: ${text}`)
    },
    async timeline(types: readonly string[], language: 'zh' | 'en') {
      const { items } = (await read(auditor, `/v1/incidents/${id}/timeline?limit=100`, language)).body
      return items.filter(({ type }) => types.includes(type)).map(({ text }) => text)
    },
    breaches: async () => (await read(auditor, '/v1/audit/breaches?promise=on_site', 'en')).body.items,
    /** What each line of the file says in some of its columns. */
    async file(language: 'zh' | 'en', columns: readonly string[]) {
      const { status, text } = await read(auditor, '/v1/audit/breaches.csv?promise=on_site', language)
      t.equal(status, 200)
      const [titles = [], ...lines] = text
        .replace('\uFEFF', '')
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','))
      return lines.map((line) => columns.map((column) => line[titles.indexOf(column)]))
    },
  }
}

/** Report and file say that the street which took the case over was late, after a pause of an hour and two hours more. */
async function assertStreetWasLate(
  t: Test,
  { breaches, file }: Awaited<ReturnType<typeof openCase>>,
  { urges }: { urges: number },
) {
  t.match(await breaches(), [
    { accountable: { name: '胜阳港街道' }, pausedMs: hour, extendedMs: 2 * hour, urges, handedOver: true },
  ])
  t.same(await file('zh', ['责任方', '挂账时长（毫秒）', '延期时长（毫秒）', '督办次数', '移交接手']), [
    ['胜阳港街道', '3600000', '7200000', String(urges), '是'],
  ])
}

t.test(
  'a pause, extensions and urging stand in the timeline and the breach report, in two languages',
  async (t) => {
    const world = await createApiWorld(t)
    const { clock, settle } = world
    const opened = await openCase(t, world)
    const { done, timeline, file } = opened
    const promises = ['on_site']
    await done(community, 'report-up')
    const until = new Date(clock.now() + 3 * hour).toISOString()
    await done(street, 'request-pause', { promises, until, text: '等待燃气停供。' })
    await done(district, 'approve-relief', { reliefNo: 1, text: '同意挂账。' })
    clock.advance(hour - minute)
    await done(street, 'resume', { reliefNo: 1 })
    await done(street, 'request-extension', { promises, byMs: 2 * hour, text: '需调运设备。' })
    await done(district, 'approve-relief', { reliefNo: 2 })
    await done(street, 'request-extension', { promises, byMs: hour, text: '仍需时间。' })
    await done(district, 'refuse-relief', { reliefNo: 3, text: '不再延期。' })
    await done(district, 'urge', { text: '请今日办结。' })
    await done(city, 'urge', { text: '市督查室督办。' })
    clock.advance(worldPolicy.onSiteMs + 3 * hour)
    await settle()

    const types = [
      'pause_requested',
      'relief_approved',
      'resumed',
      'extension_requested',
      'relief_refused',
      'urged',
    ]
    t.same(await timeline(types, 'zh'), [
      '胜阳港街道申请到场挂账至 12:01，待上级审批',
      '黄石港区批准胜阳港街道的申请：到场挂账至 12:01',
      '调度员（胜阳港街道）提前结束挂账，到场恢复计时，时限顺延 1 小时',
      '胜阳港街道申请到场延期 2 小时，待上级审批',
      '黄石港区批准胜阳港街道的申请：到场延期 2 小时',
      '胜阳港街道申请到场延期 1 小时，待上级审批',
      '黄石港区未批准胜阳港街道的申请：到场延期 1 小时',
      '调度员（黄石港区）督办街道（胜阳港街道）的到场',
      '调度员（黄石市）督办街道（胜阳港街道）的到场，区（黄石港区）的反馈',
    ])
    t.same(await timeline(types, 'en'), [
      '胜阳港街道 asked for a pause of on-site until 12:01; an area above has to decide',
      '黄石港区 approved what 胜阳港街道 had asked for: a pause of on-site until 12:01',
      'The dispatcher (胜阳港街道) ended the pause before its time; time counts again for on-site, put off by 1 h',
      '胜阳港街道 asked for an extension of on-site by 2 h; an area above has to decide',
      '黄石港区 approved what 胜阳港街道 had asked for: an extension of on-site by 2 h',
      '胜阳港街道 asked for an extension of on-site by 1 h; an area above has to decide',
      '黄石港区 refused what 胜阳港街道 had asked for: an extension of on-site by 1 h',
      'The dispatcher (黄石港区) urged the street (胜阳港街道) about on-site',
      'The dispatcher (黄石市) urged the street (胜阳港街道) about on-site and the district (黄石港区) about feedback',
    ])
    await assertStreetWasLate(t, opened, { urges: 2 })
    t.same(await file('en', ['accountableName', 'pausedMs', 'extendedMs', 'urges', 'handedOver']), [
      ['胜阳港街道', '3600000', '7200000', '2', 'true'],
    ])
    await checkWorld(t, world)
  },
)

t.test(
  'what was granted and urged before a case is raised stands in the breach of whoever took it over',
  async (t) => {
    const world = await createApiWorld(t)
    const { clock, settle } = world
    const opened = await openCase(t, world)
    const { done } = opened
    const promises = ['on_site']
    await done(community, 'request-extension', { promises, byMs: 2 * hour, text: '需调运设备。' })
    await done(street, 'approve-relief', { reliefNo: 1 })
    await done(district, 'urge', { text: '请尽快到场。' })
    const until = new Date(clock.now() + 3 * hour).toISOString()
    await done(community, 'request-pause', { promises, until, text: '等待燃气停供。' })
    await done(street, 'approve-relief', { reliefNo: 2 })
    clock.advance(hour - minute)
    await done(community, 'resume', { reliefNo: 2 })
    await done(street, 'raise', { rung: 'street' })
    await checkWorld(t, world)
    clock.advance(worldPolicy.onSiteMs + 3 * hour)
    await settle()
    await assertStreetWasLate(t, opened, { urges: 1 })
    await checkWorld(t, world)
  },
)

t.test(
  'what a superior raises to a chosen rung is that rung’s breach, and whoever stood below has none',
  async (t) => {
    const world = await createApiWorld(t)
    const { clock, settle } = world
    const { done, timeline, breaches, file } = await openCase(t, world)
    await done(city, 'raise', { rung: 'district', text: '重大隐患，由区里直接办理。' })
    await done(city, 'urge', { text: '请立即到场。' })
    clock.advance(worldPolicy.onSiteMs)
    await settle()
    t.same(await timeline(['raised', 'urged'], 'zh'), [
      '调度员（黄石市）将此事件提级办理；上报、反馈、到场改由区（黄石港区）负责，时限不变',
      '调度员（黄石市）督办区（黄石港区）的上报、反馈、到场',
    ])
    t.same(await timeline(['raised', 'urged'], 'en'), [
      'The dispatcher (黄石市) raised the incident; the district (黄石港区) is now accountable for report, feedback, on-site, due as before',
      'The dispatcher (黄石市) urged the district (黄石港区) about report, feedback, on-site',
    ])
    t.match(await breaches(), [
      {
        rung: 'district',
        accountable: { name: '黄石港区' },
        outcome: 'exhausted',
        urges: 1,
        handedOver: true,
      },
    ])
    t.same(await file('zh', ['层级', '责任方', '督办次数', '移交接手']), [['区', '黄石港区', '1', '是']])
    t.same(await file('en', ['rung', 'accountableName', 'urges', 'handedOver']), [
      ['district', '黄石港区', '1', 'true'],
    ])
    await done(city, 'urge', { text: '已列入红灯清单，请立即到场。' })
    t.match(await breaches(), [{ outcome: 'exhausted', urges: 2 }], 'what is on the red list is urged, too')
    t.same(
      (await timeline(['urged'], 'zh')).at(-1),
      '调度员（黄石市）督办区（黄石港区）的上报、反馈、到场',
      'the top stays accountable until it is kept',
    )
    await checkWorld(t, world)
  },
)
