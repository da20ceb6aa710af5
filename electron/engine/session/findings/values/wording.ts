/** Words that value findings share: how much was read, where a value lies. */
import type { Tensor } from '../../../../common/domain.ts';
import { about, evidenceOf } from '../../../loading/findings/evidence.ts';
import type { Finding } from '../../../loading/findings/finding.ts';
import type { TensorFacts } from './valuePicture.ts';

export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e4 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes.toLocaleString('en-US')} bytes`;
}

/** " (sampled: 256.0 kB of 1.85 GB)"; nothing when all was read. */
export function sampledText(facts: readonly Pick<TensorFacts, 'bytesRead' | 'isWhole' | 'tensor'>[]): string {
  if (facts.every(({ isWhole }) => isWhole)) return '';
  const read = facts.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  const total = facts.reduce((sum, { tensor }) => sum + tensor.end - tensor.begin, 0);
  return ` (sampled: ${bytesText(read)} of ${bytesText(total)})`;
}

/** "row 3, column 17" for a matrix, "element 17" for anything else. */
export function placeText({ shape }: Tensor, element: number): string {
  const columns = shape[1];
  if (shape.length !== 2 || columns === undefined || columns === 0) return `element ${element.toLocaleString('en-US')}`;
  return `row ${Math.floor(element / columns).toLocaleString('en-US')}, column ${(element % columns).toLocaleString('en-US')}`;
}

export function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  const shown = Number(value.toPrecision(6));
  return Math.abs(shown) >= 1e9 ? shown.toExponential() : String(shown);
}

/** One line a tensor, with what was seen in it. */
export function factsEvidence(facts: readonly TensorFacts[], seen: (fact: TensorFacts) => string): Finding['evidence'] {
  return evidenceOf(
    facts.map((fact) => about('tensor', fact.tensor.name, `${fact.tensor.name}: ${seen(fact)}${sampledText([fact])}`)),
  );
}

export function namesOf(facts: readonly TensorFacts[]): string[] {
  return facts.map(({ tensor }) => tensor.name);
}
