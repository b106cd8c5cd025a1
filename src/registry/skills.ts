import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'

/** As many as the tables' checks let in. */
export const skillsMax = 20

/** Something that a person or a unit can do, such as 急救 or 水电. */
export const skill = z
  .string()
  .transform((text) => text.trim().normalize('NFC'))
  .refine(
    (text) => /^[\p{L}\p{N} _-]{1,40}$/u.test(text),
    bilingual(
      '技能为 1 至 40 个字母、汉字或数字',
      'A skill has 1 to 40 letters or digits, spaces and hyphens among them',
    ),
  )

export const skills = z.array(skill).max(skillsMax)

/** The skill that a list is asked for. */
export const skillQuery = z
  .string()
  .min(1)
  .max(40)
  .transform((text) => text.normalize('NFC'))
  .optional()
  .meta({ description: 'Only those who can do this', example: '急救' })
