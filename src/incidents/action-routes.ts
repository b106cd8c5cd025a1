import { z } from 'zod'
import { connectionWaitMs, waitMaxMs } from '../database/waiting.ts'
import type { Instant } from '../domain/instant.ts'
import { commandRoles } from '../domain/permissions.ts'
import { type CommandType, commandTypes } from '../domain/transitions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import type { ProblemCode } from '../http/problem-codes.ts'
import { writeHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { unitCode } from '../units/unit-file.ts'
import { type Action, actionView, actOnIncident, type WritePathDependencies } from './act-on-incident.ts'
import { createIncidentLanes } from './incident-lanes.ts'
import { descriptionField, occurredAtField, positionField } from './request-fields.ts'

/** What a body asks for, as the write path wants it. */
interface AskedAction {
  readonly action: Action
  readonly occurredAt: Instant | null
  readonly text: string | null
}

interface ActionRoute {
  readonly summary: string
  readonly body: z.ZodType<AskedAction>
  /** The text is meant for the person who reported. */
  readonly answersReporter: boolean
  /** Refusals of this action beside those that every action has. */
  readonly problems: readonly ProblemCode[]
}

const remark = descriptionField.optional().meta({ description: 'A remark for colleagues' })
const words = (description: string) => descriptionField.meta({ description })

/** A schema that turns the fields of a body into what it asks for. */
function asking<Body extends { occurredAt?: Instant | undefined; text?: string | undefined }>(
  schema: z.ZodType<Body>,
  toAction: (body: Body) => Action,
): z.ZodType<AskedAction> {
  return schema.transform((body) => ({
    action: toAction(body),
    occurredAt: body.occurredAt ?? null,
    text: body.text ?? null,
  }))
}

/** A body that holds words and nothing else of its own. */
function wording(
  type: Exclude<CommandType, 'whistle' | 'arrive'>,
  text: typeof remark | typeof descriptionField,
) {
  return asking(z.strictObject({ occurredAt: occurredAtField, text }), () => ({ type }))
}

const routes = {
  report_up: {
    summary: 'Check a report and hand it up to the area above (上报)',
    body: wording('report_up', remark),
    answersReporter: false,
    problems: ['no_rung_above', 'not_accountable'],
  },
  feedback: {
    summary: 'Answer the person who reported (反馈)',
    body: wording('feedback', words('The answer; the reporter sees it')),
    answersReporter: true,
    problems: ['not_lead_unit'],
  },
  whistle: {
    summary: 'Call a unit as the lead (吹哨派单)',
    body: asking(z.strictObject({ unitCode, occurredAt: occurredAtField, text: remark }), ({ unitCode }) => ({
      type: 'whistle',
      unitCode,
    })),
    answersReporter: false,
    problems: ['unit_not_found', 'unit_does_not_serve_area'],
  },
  arrive: {
    summary: 'Stand at the place (到场)',
    body: asking(
      z.strictObject({ position: positionField.optional(), occurredAt: occurredAtField, text: remark }),
      ({ position }) => ({ type: 'arrive', position: position ?? null }),
    ),
    answersReporter: false,
    problems: ['not_lead_unit'],
  },
  settle: {
    summary: 'Settle the case on the spot, without an arrival (就地解决)',
    body: wording('settle', words('What was done; the reporter sees it')),
    answersReporter: true,
    problems: [],
  },
  reject: {
    summary: 'Refuse a report that is none (无效)',
    body: wording('reject', words('The reason; the reporter sees it')),
    answersReporter: true,
    problems: [],
  },
  resolve: {
    summary: 'Finish the case after an arrival (办结)',
    body: wording('resolve', words('What was done; the reporter sees it')),
    answersReporter: true,
    problems: ['not_arrived', 'not_lead_unit'],
  },
  close: {
    summary: 'Close a resolved case (结案)',
    body: wording('close', remark),
    answersReporter: false,
    problems: [],
  },
  reopen: {
    summary: 'Take a case up again (重办)',
    body: wording('reopen', words('The reason')),
    answersReporter: false,
    problems: ['area_left_district'],
  },
} as const satisfies Record<CommandType, ActionRoute>

/**
 * `POST /v1/incidents/{id}/…`, one route for each command. Each goes through the one write path and answers with the
 * incident as it is afterwards.
 */
export function actionRoutes(dependencies: WritePathDependencies): RoutePlugin {
  const lanes = createIncidentLanes()
  return (app) => {
    for (const type of commandTypes) {
      const route: ActionRoute = routes[type]
      app.post(
        `/v1/incidents/:id/${type.replaceAll('_', '-')}`,
        {
          config: {
            access: { roles: commandRoles[type] },
            problems: [...everyAction, ...route.problems],
          },
          schema: {
            operationId: type,
            summary: route.summary,
            tags: ['incidents'],
            params: z.strictObject({ id: z.uuid() }),
            headers: writeHeaders,
            body: route.body,
            response: { 200: actionView },
          },
        },
        async (request, reply) => {
          const asked = {
            ...request.body,
            incidentId: request.params.id.toLowerCase(),
            actor: request.actor,
            request: requestKeyOf(request),
            arrivedAt: request.arrivedAt,
            ifMatch: request.headers['if-match'],
            textVisibleToReporter: route.answersReporter,
          }
          const giveUpAt = performance.now() + waitMaxMs
          const outcome = await lanes.run(asked.incidentId, giveUpAt - connectionWaitMs, () =>
            actOnIncident(dependencies, asked, giveUpAt),
          )
          return sendAnswer(reply, outcome)
        },
      )
    }
  }
}

const everyAction = [
  'illegal_transition',
  'not_your_area',
  'idempotency_key_reused',
  'precondition_failed',
  'incident_unsettleable',
] as const satisfies readonly ProblemCode[]
