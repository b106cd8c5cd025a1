/** Cuts a list into pieces of at most `sizeMax`, in order. */
export function inBatches<Item>(items: readonly Item[], sizeMax: number): (readonly Item[])[] {
  const batches = []
  for (let first = 0; first < items.length; first += sizeMax)
    batches.push(items.slice(first, first + sizeMax))
  return batches
}
