import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'

/** What names a category, in files and in requests. */
export const categoryCode = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{1,63}$/,
    bilingual(
      '事项代码由小写字母、数字和下划线组成',
      'A category code consists of lower-case letters, digits and underscores',
    ),
  )
  .meta({ description: '事项代码 · Category code', example: 'fire_lane_blocked' })
