/** A district in which nobody reports. */
const street = '420204004000'
const community = '420204004001'
const otherCommunity = '420204004002'

const numbered = <Row>(count: number, make: (no: number) => readonly [string, Row]): Record<string, Row> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => make(index + 1)))

/** What is added to each registry so that it can be renamed, moved, retired and merged, in an order in which it can be added. */
export const spareRows: readonly { readonly registry: string; readonly rows: Record<string, object> }[] = [
  {
    registry: 'areas',
    rows: {
      ...numbered(3, (no) => [
        `42020400490${no}`,
        { name: `东方社区${no}`, kind: 'community', parentCode: street },
      ]),
      ...numbered(6, (no) => [
        `${no % 2 === 0 ? community : otherCommunity}-0${no}`,
        { name: `第${no}网格`, kind: 'grid', parentCode: no % 2 === 0 ? community : otherCommunity },
      ]),
    },
  },
  {
    registry: 'categories',
    rows: numbered(5, (no) => [
      `fz_spare_${no}`,
      {
        parentCode: null,
        nameZh: `备用事项${no}`,
        nameEn: `Spare thing ${no}`,
        severity: 'normal',
        unitKind: 'department',
        admittedFrom: 'community',
      },
    ]),
  },
  {
    registry: 'units',
    rows: numbered(5, (no) => [
      `fz-unit-${no}`,
      { name: `备用队${no}`, kind: 'volunteer_team', areaCode: community, categoryCodes: null },
    ]),
  },
  {
    registry: 'people',
    rows: numbered(5, (no) => [
      `fz-person-${no}`,
      { name: `王小明${no}`, role: 'grid_worker', areaCode: community, unitCode: null, skills: ['急救'] },
    ]),
  },
  {
    registry: 'responsibilities',
    rows: numbered(5, (no) => [
      `fz-duty-${no}`,
      { areaCode: community, unitCode: '420204-volunteers', validFrom: '2026-01-01T00:00:00+08:00' },
    ]),
  },
]
