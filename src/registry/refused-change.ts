import { RejectedRows, type RowFault } from '../csv/rejected-rows.ts'
import { jsonPointer } from '../http/problems/json-pointer.ts'
import { Problem } from '../http/problems/problem.ts'

/**
 * Who comes first keeps what a key names. Where it belongs elsewhere, that is decided as everything between two areas is: from above
 * both.
 */
export const keptElsewhere = {
  zh: '已由其他辖区登记；如有误，由两地共同的上级改正',
  en: 'Another area keeps it already; where that is wrong, whoever is above both of you puts it right',
}
export const notInOrder = { zh: '截止时间须晚于起始时间', en: 'It must end later than it begins' }

/** Where in what was sent a fault lies, as a JSON pointer; empty where no single part of it is to blame. */
export type PointTo = (fault: Pick<RowFault, 'line' | 'column'>) => string

/** At `/line/column` of a file; at nothing where no line of it is to blame. */
export const inFile: PointTo = ({ line, column }) =>
  line === null ? '' : jsonPointer(column === undefined ? [line] : [line, column])

/**
 * At `/field` of a body that says one row, where it has the field: `/areaCode` for the column `area_code`. What a file calls in the
 * singular, because it lists several in one column, is a plural here.
 */
export function inBody(body: object): PointTo {
  return ({ column = '' }) => {
    const name = column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const field = [name, `${name}s`].find((each) => each in body)
    return field === undefined ? '' : jsonPointer([field])
  }
}

/**
 * The answer to a change that was refused.
 *
 * @returns what was thrown as it is, where it is no refusal
 */
export function refusalOfChange(error: unknown, pointTo: PointTo): unknown {
  if (!(error instanceof RejectedRows)) return error
  return new Problem(error.reason, {
    errors: error.faults.map((fault) => ({ pointer: pointTo(fault), detail: fault.detail })),
    detail: {
      zh: `共 ${error.faultCount} 处错误，未保存任何内容`,
      en: `${error.faultCount} ${error.faultCount === 1 ? 'fault' : 'faults'}; nothing was stored`,
    },
  })
}
