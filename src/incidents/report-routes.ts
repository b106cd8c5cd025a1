import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { categoryCode } from '../categories/category-code.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { Problem } from '../http/problem.ts'
import { createHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { preferredLanguage } from '../wording/wording.ts'
import type { WritePathDependencies } from './act-on-incident.ts'
import { findOwnReport, ownReportView } from './find-own-report.ts'
import { createReportIntake } from './report-intake.ts'
import { newReportIds } from './report-submission.ts'
import { descriptionField, occurredAtField, positionField, textField } from './request-fields.ts'
import { submittedReportView } from './submit-reports.ts'

const reportBody = z
  .strictObject({
    categoryCode,
    description: descriptionField.meta({ example: '消防通道被三辆私家车堵住，消防车进不来' }),
    areaCode: areaCode
      .optional()
      .meta({ description: "Where it is; a grid worker's own area unless told otherwise" }),
    address: textField(500).optional().meta({ example: '湖北省黄石市黄石港区湖滨大道 12 号 3 栋门前' }),
    position: positionField.optional(),
    occurredAt: occurredAtField,
    contact: z
      .strictObject({ name: textField(100).optional(), phone: textField(40).optional() })
      .optional()
      .meta({ description: 'How to reach the reporter; kept apart and shown to those who must answer them' }),
  })
  .meta({ id: 'ReportSubmission' })

/** `POST /v1/reports` and the reporter's own view of what became of it. */
export function reportRoutes({ db, readClock }: WritePathDependencies): RoutePlugin {
  const intake = createReportIntake({ db, readClock })
  return (app) => {
    // What is being stored is finished even where its sender has gone.
    app.addHook('onClose', () => intake.idle())

    app.post(
      '/v1/reports',
      {
        config: {
          access: { roles: ['resident', 'grid_worker'] },
          problems: [
            'area_required',
            'area_not_found',
            'area_not_reportable',
            'category_not_found',
            'idempotency_key_reused',
          ],
        },
        schema: {
          operationId: 'submit_report',
          summary: 'Report something (线索上报): opens an incident and starts its three promises',
          tags: ['reports'],
          headers: createHeaders,
          body: reportBody,
          response: { 201: submittedReportView },
        },
      },
      async (request, reply) => {
        const { actor, body } = request
        const ownArea = actor.role === 'grid_worker' ? actor.areaCode : undefined
        const reportedArea = body.areaCode ?? ownArea
        if (reportedArea === undefined) throw areaRequired()
        const submission = {
          ...newReportIds(),
          request: requestKeyOf(request),
          reporter: actor,
          arrivedAt: request.arrivedAt,
          categoryCode: body.categoryCode,
          areaCode: reportedArea,
          description: body.description,
          address: body.address ?? null,
          position: body.position ?? null,
          occurredAt: body.occurredAt ?? null,
          contact:
            body.contact === undefined
              ? null
              : { name: body.contact.name ?? null, phone: body.contact.phone ?? null },
        }
        const outcome = await intake.submit(submission)
        if ('problem' in outcome) throw outcome.problem
        return sendAnswer(reply, outcome)
      },
    )

    app.get(
      '/v1/reports/:id',
      {
        config: { access: { roles: ['resident', 'grid_worker'] } },
        schema: {
          operationId: 'get_own_report',
          summary: 'What became of an own report (我的线索)',
          tags: ['reports'],
          params: z.strictObject({ id: z.uuid() }),
          response: { 200: ownReportView },
        },
      },
      async ({ params, actor, headers }) => {
        const report = await findOwnReport(
          db,
          params.id,
          actor,
          preferredLanguage(headers['accept-language']),
        )
        if (report === undefined) throw new Problem('not_found')
        return report
      },
    )
  }
}

function areaRequired(): Problem {
  const detail = { zh: '请填写辖区代码', en: 'Name the area' }
  return new Problem('area_required', { errors: [{ pointer: '/areaCode', detail }] })
}
