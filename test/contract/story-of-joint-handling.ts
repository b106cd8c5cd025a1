import { worldUnits } from '../support/world-actors.ts'
import type { ToldReport } from './story-of-reports.ts'
import { cast, inChinese, minute, type Story } from './story-setting.ts'

const { gridWorker, community, street, district, responder, otherResponder, urbanResponder } = cast

/** A case goes up to the street, which whistles three units; one of them would rather not come. */
export async function tellOfJointHandling({ tell, clock }: Story, report: ToldReport): Promise<void> {
  const path = { id: report.incidentId }
  await tell('report_up', community, {
    path,
    body: { text: '三辆车的车主都联系不上，请街道协调。' },
  })
  await tell('feedback', gridWorker, {
    path,
    body: { text: '您好，已到现场核实，正在联系车主挪车。', occurredAt: '2026-11-20T09:20:00+08:00' },
  })
  clock.advance(minute)
  await tell('suggest_units', street, { path })
  await tell('whistle', street, {
    path,
    body: {
      lead: worldUnits.fire,
      support: [worldUnits.volunteers, 'hsg-urban-management'],
      text: '请消防大队主办，志愿队疏导，城管局拖移。',
    },
  })
  const { feedCursor } = await tell('list_inbox', responder)
  clock.advance(minute)
  await tell('accept', responder, { path, body: { text: '已出发。' } })
  await tell('list_inbox_changes', responder, { query: { since: feedCursor } })
  const since = { ...inChinese, 'last-event-id': feedCursor }
  await tell('listen_to_incident', street, { path, header: since, until: 'event: assignment_accepted' })
  clock.advance(minute)
  const reason = { text: '小区内部道路不属城管执法范围。' }
  await tell('return', urbanResponder, { path, body: reason })
  await tell('listen_to_board', street, { header: since, until: 'event: assignment_returned' })

  await tell('whistle', street, { path, body: { support: ['hsg-urban-management'] } })
  await tell('return', urbanResponder, { path, body: reason })
  clock.advance(minute)
  await tell('rule_return', district, {
    path,
    body: { assignmentNo: 4, upheld: false, text: '占用消防通道由城管局协助拖移，请到场。' },
  })
  await tell('withdraw', street, {
    path,
    body: { assignmentNo: 4, text: '车主已自行挪走两辆，不再需要拖车。' },
  })
  clock.advance(20 * minute)
  await tell('arrive', responder, {
    path,
    body: { position: { latitude: 30.2202, longitude: 115.0771 }, text: '到场两车六人。' },
  })
  await tell('arrive', otherResponder, { path, body: {} })
  clock.advance(10 * minute)
  await tell('finish', otherResponder, { path, body: { text: '已疏导围观群众。' } })
  await tell('resolve', responder, {
    path,
    body: { text: '消防通道已清空，并在入口加装了警示标识。' },
  })
  await tell('list_timeline', street, { path, query: { limit: '4' }, header: inChinese })

  const own = { path: { id: report.reportId } }
  const secret = { 'follow-secret': report.followSecret }
  await tell('follow_report', null, { ...own, header: { ...inChinese, ...secret } })
  await tell('rate_by_link', null, {
    ...own,
    header: secret,
    body: { solved: true, satisfaction: 5, text: '来得很快，谢谢！' },
  })
}
