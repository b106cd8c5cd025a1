import { worldCategory } from '../support/seed-world.ts'
import { huangshi } from '../support/world-areas.ts'
import type { ToldReport } from './story-of-reports.ts'
import { cast, inChinese, minute, type Story } from './story-setting.ts'

const { resident, gridWorker, community, street, district, otherResident } = cast

/** Cases in which a community gets along by itself, or nearly. */
export async function tellOfSmallCases(story: Story, report: ToldReport): Promise<void> {
  await tellOfWaiting(story, report.incidentId)
  await tellOfDissatisfaction(story)
  await tellOfMistake(story)
}

/** The community waits for the owners of the cars, is urged, and has its grid worker go. */
async function tellOfWaiting({ tell, clock }: Story, id: string): Promise<void> {
  const path = { id }
  await tell('request_pause', community, {
    path,
    body: {
      promises: ['on_site'],
      until: '2026-11-20T14:00:00+08:00',
      text: '车主出差，已约定下午一点挪车。',
    },
  })
  await tell('approve_relief', street, { path, body: { reliefNo: 1, text: '同意挂账至下午两点。' } })
  clock.advance(30 * minute)
  await tell('resume', community, { path, body: { reliefNo: 1, text: '车主提前返回，恢复计时。' } })
  await tell('request_extension', community, {
    path,
    body: { promises: ['on_site'], byMs: 120 * minute, text: '另有一辆车须等拖车。' },
  })
  await tell('refuse_relief', street, {
    path,
    body: { reliefNo: 2, text: '拖车已到，无须延期。' },
  })
  await tell('urge', district, { path, body: { text: '请今天上午办结。' } })
  await tell('hand_down', community, {
    path,
    body: { areaCode: huangshi.grid, text: '请网格员到场清点。' },
  })
  clock.advance(10 * minute)
  await tell('arrive', gridWorker, { path, body: {} })
  await tell('resolve', gridWorker, { path, body: { text: '5 栋前通道已清空。' } })
  await tell('close', community, { path, body: { text: '已电话回访。' } })
}

/** Somebody who does not want to be known is not satisfied, so the case is taken up again, higher up. */
async function tellOfDissatisfaction({ tell, clock }: Story): Promise<void> {
  const { reportId, incidentId } = await tell('submit_report', resident, {
    body: {
      categoryCode: 'rubbish_piled',
      areaCode: huangshi.community,
      description: '湖滨花园北门垃圾三天没有清运。',
      anonymous: true,
      contact: { name: '刘敏', phone: '13600000000' },
    },
  })
  const path = { id: incidentId }
  const own = { id: reportId }
  clock.advance(5 * minute)
  await tell('settle', community, { path, body: { text: '物业已于今早清运。' } })
  await tell('get_own_report', resident, { path: own, header: inChinese })
  clock.advance(30 * minute)
  await tell('rate', resident, {
    path: own,
    body: { solved: false, satisfaction: 2, text: '只清了一半。' },
  })
  await tell('raise', street, { path, body: { rung: 'street', text: '由街道直接督办。' } })
  await tell('reveal_reporter', district, {
    path,
    body: { reportId, text: '须联系反映人核实剩余垃圾的位置。' },
  })
}

/** A report is taken for a false one, and then it is not. */
async function tellOfMistake({ tell, clock }: Story): Promise<void> {
  const { incidentId } = await tell('submit_report', otherResident, {
    body: { categoryCode: worldCategory, areaCode: huangshi.grid, description: '消防通道又有车。' },
  })
  const path = { id: incidentId }
  clock.advance(5 * minute)
  await tell('reject', gridWorker, { path, body: { text: '现场未发现车辆。' } })
  clock.advance(5 * minute)
  await tell('reopen', community, { path, body: { text: '反映人补充了照片，情况属实。' } })
}
