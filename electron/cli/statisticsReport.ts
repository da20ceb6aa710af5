/** What a load counted in its parameters: as text for people and as a record for programs. */
import type { ParameterStatistics } from '../common/contract.ts';
import { printableLine } from './printable.ts';

const columns = ['values', 'NaN', 'Inf', 'zero', 'min', 'max', 'mean', 'deviation'] as const;

export function statisticsText(parameters: readonly ParameterStatistics[]): string {
  const head = [...columns.map((name) => name.padStart(11)), '  parameter'].join('');
  const lines = parameters.map((parameter) => {
    const { count, nanCount, infCount, zeroCount, min, max, mean, meanSquare, name, dtype } = parameter;
    const counts = [count, nanCount, infCount, zeroCount].map((value) => String(value).padStart(11));
    const deviation = Math.sqrt(Math.max(0, meanSquare - mean * mean));
    const values = [min, max, mean, deviation].map((value) => value.toPrecision(4).padStart(11));
    return printableLine(`${counts.join('')}${values.join('')}  ${name} ${dtype}`);
  });
  return `${[head, ...lines].join('\n')}\n`;
}

export function statisticsRecord(parameters: readonly ParameterStatistics[]): unknown {
  return parameters.map(({ name, dtype, exponents, ...counted }) => ({
    name,
    dtype,
    count: counted.count,
    nan_count: counted.nanCount,
    inf_count: counted.infCount,
    zero_count: counted.zeroCount,
    min: counted.min,
    max: counted.max,
    mean: counted.mean,
    mean_square: counted.meanSquare,
    /** Exponent bits as float32 -> finite values that are not zero. */
    exponents: Object.fromEntries([...exponents.entries()].filter(([, values]) => values > 0)),
  }));
}
