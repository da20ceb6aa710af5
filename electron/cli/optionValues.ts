/** Texts of single options -> checked values. Every fault names the option, what it takes and what was given. */
import { FailureError } from '../common/failure.ts';

export function integer(text: string | undefined, name: string, low: number, high: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) {
    const range = high >= 2 ** 31 - 1 ? `a whole number from ${low}` : `a whole number from ${low} to ${high}`;
    throw bad(`--${name} takes ${range}, not "${text}".`);
  }
  return value;
}

/** Token ids or positions, separated by commas. */
export function integers(text: string, name: string): number[] {
  return text.split(',').map((part) => integer(part.trim(), name, 0, 2 ** 31 - 1) ?? 0);
}

export function decimal(
  text: string | undefined,
  name: string,
  fits: (value: number) => boolean,
  range: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!fits(value)) throw bad(`--${name} takes a number ${range}, not "${text}".`);
  return value;
}

export function choice<T extends string>(
  text: string | undefined,
  name: string,
  table: Readonly<Record<string, T>>,
): T | undefined {
  if (text === undefined) return undefined;
  const value = Object.hasOwn(table, text) ? table[text] : undefined;
  if (value === undefined) throw bad(`--${name} takes ${Object.keys(table).join(' or ')}, not "${text}".`);
  return value;
}

export function bad(message: string): FailureError {
  return new FailureError('badOption', message);
}
