/** Fill class of a coverage bar: complete, partly filled, or never. */
export function coverageFill(covered: number, numel: number): string {
  if (covered >= numel) return 'fill-loaded';
  return covered > 0 ? 'fill-never' : 'fill-error';
}
