/**
 * Registries that may hold rows of which no event tells: whoever fills them past the API leaves such. Of people, areas and
 * responsibilities there are none.
 */
export const mayBeUntold: readonly string[] = ['categories', 'policies', 'units']
