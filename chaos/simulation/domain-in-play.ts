import type { answerElsewhere, joinReports, separateReports } from '../../src/domain/commands/merge.ts'
import type { decide } from '../../src/domain/decide.ts'
import type { noticesOf } from '../../src/domain/notices-of.ts'
import type { openIncident } from '../../src/domain/open-incident.ts'
import type { settleOverdue } from '../../src/domain/settle-overdue.ts'

/** The functions of the domain that a world is played on; a test puts broken ones in their place. */
export interface Domain {
  readonly openIncident: typeof openIncident
  readonly decide: typeof decide
  readonly settleOverdue: typeof settleOverdue
  readonly joinReports: typeof joinReports
  readonly separateReports: typeof separateReports
  readonly answerElsewhere: typeof answerElsewhere
  readonly noticesOf: typeof noticesOf
}
