/**
 * A small piece of Huangshi (黄石市), with the official codes and names: two districts, so that there is a foreign one; a
 * street with two communities, one of which has a grid.
 */
export const huangshi = {
  city: '420200000000',
  district: '420202000000',
  street: '420202007000',
  community: '420202007003',
  grid: '420202007003-001',
  neighbour: '420202007002',
  foreignDistrict: '420203000000',
  foreignStreet: '420203007000',
  foreignCommunity: '420203007201',
} as const

/** The same as a file for `importAreas`. */
export const huangshiFile = `code,name,kind,parent_code
420200000000,黄石市,city,
420202000000,黄石港区,district,420200000000
420202007000,胜阳港街道,street,420202000000
420202007003,胜阳港社区,community,420202007000
420202007003-001,胜阳港社区第一网格,grid,420202007003
420202007002,湖滨路社区,community,420202007000
420203000000,西塞山区,district,420200000000
420203007000,章山街道,street,420203000000
420203007201,章山村村委会,community,420203007000
`
