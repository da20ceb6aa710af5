/** Redundant experts of expert-parallel load balancing, as they stand before the first rebalancing. */

/**
 * physical expert -> logical expert: the logical ones in order, then the copies, taken from the front again and again.
 * @param numLogical routed experts of the checkpoint
 * @param numRedundant copies on top of them
 */
export function initialPhysicalToLogical(numLogical: number, numRedundant: number): number[] {
  return Array.from({ length: numLogical + numRedundant }, (_, physical) =>
    physical < numLogical ? physical : (physical - numLogical) % numLogical,
  );
}
