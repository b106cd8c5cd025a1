import { huangshi } from '../support/world-areas.ts'
import { cast, inChinese, minute, type Story } from './story-setting.ts'

const { administrator, resident, community } = cast

/** Communities and grids of a street are added, split, merged and retired. */
export async function tellOfAreas({ tell, clock }: Story): Promise<void> {
  const first = `${huangshi.neighbour}-001`
  const east = `${huangshi.neighbour}-002`
  const west = `${huangshi.neighbour}-003`
  await tell('import_areas', administrator, {
    body: [
      'code,name,kind,parent_code',
      `420202007001,文化宫社区,community,${huangshi.street}`,
      `420202007004,天桥社区,community,${huangshi.street}`,
      `${first},湖滨路社区第一网格,grid,${huangshi.neighbour}`,
      '',
    ].join('\n'),
  })
  await tell('list_areas', resident, { query: { parentCode: huangshi.street, limit: '2' } })
  const { etag } = await tell('get_area', resident, { path: { code: first } })
  clock.advance(minute)
  await tell('put_area', administrator, {
    path: { code: first },
    header: { 'if-match': etag },
    body: { name: '湖滨路社区湖滨花园网格', kind: 'grid', parentCode: huangshi.neighbour },
  })
  clock.advance(minute)
  await tell('split_area', administrator, {
    path: { code: first },
    body: {
      into: [
        { code: east, name: '湖滨花园东网格' },
        { code: west, name: '湖滨花园西网格' },
      ],
    },
  })
  clock.advance(minute)
  await tell('merge_areas', administrator, { path: { code: east }, body: { from: [west] } })
  await tell('get_area_history', resident, { path: { code: east } })
  clock.advance(minute)
  await tell('retire_area', administrator, {
    path: { code: '420202007001' },
    body: { successorCodes: ['420202007004'] },
  })
  clock.advance(minute)
  await tell('restore_area', administrator, { path: { code: '420202007001' } })
}

/** What can be reported in the city grows. */
export async function tellOfCategories({ tell, clock }: Story): Promise<void> {
  await tell('import_categories', administrator, {
    body: [
      'code,parent_code,name_zh,name_en,severity,unit_kind,admitted_from',
      'sanitation,,环境卫生,Sanitation,normal,department,community',
      'rubbish_piled,sanitation,垃圾堆积,Rubbish piled up,low,department,community',
      '',
    ].join('\n'),
  })
  const path = { code: 'bulky_rubbish' }
  await tell('put_category', administrator, {
    path,
    body: {
      parentCode: 'sanitation',
      nameZh: '大件垃圾',
      nameEn: 'Bulky rubbish',
      severity: 'low',
      unitKind: 'property_company',
      admittedFrom: 'grid',
    },
  })
  await tell('list_categories', resident)
  await tell('get_category', resident, { path })
  clock.advance(minute)
  await tell('retire_category', administrator, { path })
  clock.advance(minute)
  await tell('restore_category', administrator, { path })
  await tell('get_category_history', administrator, { path })
}

/** Units are added, and one that is to be renamed in the new year keeps its name after all. */
export async function tellOfUnits({ tell, clock }: Story): Promise<void> {
  await tell('import_units', administrator, {
    body: [
      'code,name,kind,area_code,category_codes,skills',
      `hsg-urban-management,黄石港区城市管理执法局,department,${huangshi.district},,`,
      `syg-party-members,胜阳港街道在职党员服务队,party_member_unit,${huangshi.street},,急救;水电`,
      `syg-lake-property,湖滨花园物业服务中心,property_company,${huangshi.community},fire;sanitation,`,
      '',
    ].join('\n'),
  })
  await tell('list_units', community, {
    query: { areaCode: huangshi.community, kind: 'property_company', categoryCode: 'fire' },
  })
  const path = { code: 'syg-lake-property' }
  await tell('get_unit', community, { path })
  const { plannedChange } = await tell('put_unit', administrator, {
    path,
    query: { effectiveAt: '2027-01-01T00:00:00+08:00' },
    body: {
      name: '湖滨花园物业有限公司',
      kind: 'property_company',
      areaCode: huangshi.community,
      categoryCodes: ['fire', 'sanitation'],
      skills: ['水电'],
    },
  })
  clock.advance(minute)
  await tell('list_planned_changes', administrator, {
    query: { registry: 'units', state: 'planned' },
    header: inChinese,
  })
  const planned = { path: { id: plannedChange?.id ?? '' }, header: inChinese }
  await tell('get_planned_change', administrator, planned)
  await tell('withdraw_planned_change', administrator, planned)
  await tell('retire_unit', administrator, { path })
  clock.advance(minute)
  await tell('restore_unit', administrator, { path })
  await tell('get_unit_history', community, { path })
}
