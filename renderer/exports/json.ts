/** A record as it is saved: indented, so that people can read it too. */
export function jsonOf(record: object): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
