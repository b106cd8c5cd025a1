import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'

/** Nested grids each add a suffix; the bound is that of a token's area claim. */
const lengthMax = 64

/**
 * A division code: 12 digits after the national statistical codes, and for a grid a suffix of its own for each grid
 * that it lies in, e.g. 420202001001-001-02.
 */
export const areaCode = z
  .string()
  .regex(
    new RegExp(`^(?=.{12,${lengthMax}}$)[0-9]{12}(-[0-9A-Za-z]{1,20})*$`),
    bilingual(
      '辖区代码须为 12 位数字，网格可加后缀，如 420202001001-001',
      'An area code has 12 digits, for a grid with a suffix as in 420202001001-001',
    ),
  )
  .meta({ description: '辖区代码 · Division code', example: '420202005001' })
