/**
 * Personal data that every report and many actions carry, unmistakable wherever they turn up: a name that nobody else
 * has, the beginning of a telephone number, a flat, a place on the map.
 */
export const plantedName = '诸葛暮雪'
export const plantedPhone = '139-0714-'
export const plantedFlat = '九栋四单元0714室'
export const plantedLatitude = 30.2207141
const plantedAnswer = '药在床头柜'

/** What must be found nowhere but in the tables that keep it. */
export const plantedTexts: readonly string[] = [
  plantedName,
  plantedPhone,
  plantedFlat,
  String(plantedLatitude),
  plantedAnswer,
]

/** The text of a report. `mark` makes it one of its kind. */
export function reportText(mark: string): string {
  return `文化宫社区路口水管爆裂，水漫到马路上，${plantedName}家（${plantedFlat}）进水了 🚰 ${mark}`
}

/** The text of an action. */
export function actionText(words: string, mark: string): string {
  return `${words}：已联系${plantedName}（${plantedPhone}0000），${plantedAnswer} ${mark}`
}
