/** The code of a district's unit in the seeded registry, such as 420202-fire-rescue, for an area within the district. */
export function unitCodeFor(areaCode: string, service: string): string {
  return `${areaCode.slice(0, 6)}-${service}`
}
