import { RejectedRows } from '../csv/rejected-rows.ts'
import { Problem } from '../http/problem.ts'

/**
 * Who comes first keeps what a key names. Where it belongs elsewhere, that is decided as everything between two areas is: from above
 * both.
 */
export const keptElsewhere = {
  zh: '已由其他辖区登记；如有误，由两地共同的上级改正',
  en: 'Another area keeps it already; where that is wrong, whoever is above both of you puts it right',
}

/**
 * The answer to a change that was refused. It points at `/line/column` of a file, at `/field` of a JSON body.
 *
 * @returns what was thrown as it is, where it is no refusal
 */
export function refusalOfChange(error: unknown, from: 'file' | 'json'): unknown {
  if (!(error instanceof RejectedRows)) return error
  return new Problem(error.reason, {
    errors: error.faults.map(({ line, column, detail }) => ({
      pointer: from === 'file' ? pointerInFile(line, column) : pointerInJson(column),
      detail,
    })),
    detail: {
      zh: `共 ${error.faultCount} 处错误，未保存任何内容`,
      en: `${error.faultCount} ${error.faultCount === 1 ? 'fault' : 'faults'}; nothing was stored`,
    },
  })
}

function pointerInFile(line: number | null, column: string | undefined): string {
  return [line, column].flatMap((part) => (part === null || part === undefined ? [] : [`/${part}`])).join('')
}

function pointerInJson(column: string | undefined): string {
  if (column === undefined) return ''
  return `/${column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}`
}
