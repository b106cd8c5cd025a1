import { sql } from 'kysely'
import { openStates } from '../domain/incident-state.ts'

/** The states in which a case is still to be handled, as the right side of `in`. */
export const openCases = sql`(${sql.join(openStates.map((state) => sql.lit(state)))})`
