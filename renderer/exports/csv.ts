/** Tables as CSV (RFC 4180) for spreadsheets and scripts. */

export type CsvValue = string | number | null;

/** Lines end in CR LF; null is an empty field. */
export function csvOf(header: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  const lines = [header.map(field).join(',')];
  for (const row of rows) lines.push(row.map(field).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** What a spreadsheet would take for a formula. */
const formula = /^[=+\-@\t\r]/;

/** Text that begins like a formula gets an apostrophe in front: names come from files that others wrote. */
function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
