/** Which test tries which tables of the page, so that they can run side by side. */
export const playedTables = {
  cases: ['seeing', 'contact', 'acting', 'deciding', 'assigned', 'merging', 'units'],
  everybody: ['any', 'submitting', 'reporting', 'registered'],
  registries: ['registries'],
} as const
