import type { Placement } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount, formatCountOf, formatNumber, listRanges } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { PlacementModel } from '../../stores/placementStore.ts';
import { mostMemory } from '../../stores/rankBytes.ts';
import { Figure } from '../../widgets/Figure.tsx';
import { Icon } from '../../widgets/Icon.tsx';

const policyWords = { linear: 'linear', roundRobin: 'round robin' } as const;

/** The answers in words: which policy is in force and why, which rank needs most, how uneven it is, what is wrong. */
export function PlacementSummary(props: { stores: Stores; placement: Placement; model: PlacementModel }) {
  const { placement, model } = props;
  const { policy, numRanks, mismatches } = placement;
  const bytes = placement[model];
  const { most, ranks, least } = mostMemory(placement, model);
  const wrong = mismatches[model].length;
  const same = ranks.length === numRanks;
  const mostRanks = most === 0 ? 'no rank' : same ? (numRanks === 1 ? 'rank 0' : 'all alike') : rankList(ranks);
  return (
    <section className="placementSummary" aria-label="Placement in short">
      <div className="figures">
        <Figure
          label="policy in force"
          value={placement.useExpertParallel ? policyWords[policy.inForce] : 'not spread'}
          exact={`${placement.useExpertParallel ? '' : 'Every rank has a part of every expert; '}asked for: ${policyWords[policy.asked]}`}
          testId="policy-in-force"
        />
        <Figure
          label={`most memory, ${model}`}
          value={most > 0 ? formatBytes(most) : 'can’t be built'}
          exact={`${formatBytesExact(most)}; the least: ${formatBytesExact(least)}`}
        />
        <Figure label="needed by" value={mostRanks} exact={`ranks ${listRanges(ranks)}`} testId="most-memory-rank" />
        <Figure
          label="imbalance, max / mean"
          value={formatNumber(bytes.imbalance)}
          exact="Largest rank divided by the mean of all ranks; 1 is even."
          testId="imbalance"
        />
        <Figure
          label="loaded ≠ routed"
          value={wrong === 0 ? 'none' : formatCountOf(wrong, 'cell')}
          exact="Cells where tokens meet other weights than those they are sent for, or none"
          testId="mismatches"
        />
      </div>
      <ul className="notes" data-testid="placement-notes">
        {policy.asked !== policy.inForce && (
          <li className="noteGrave" data-testid="policy-reason">
            <Icon name="warning" />
            {`Not honoured. ${policy.reason ?? `${policyWords[policy.inForce]} is in force.`}`}
          </li>
        )}
        {errorLines(placement, model).map((line) => (
          <li key={line} className="noteGrave">
            <Icon name="blocker" />
            {line}
          </li>
        ))}
        {wrong > 0 && (
          <li className="noteGrave">
            <Icon name="silent" />
            {`${formatCount(wrong)} expert rows get tokens but never weights of that expert from the ${model}'s loader; they are red below.`}
          </li>
        )}
        {placement.replicasOnOneRank.length > 0 && (
          <li>
            <Icon name="warning" />
            {`${formatCountOf(placement.replicasOnOneRank.length, 'expert')} has a copy on a rank that holds it already, for example expert ${placement.replicasOnOneRank[0]?.expert} on rank ${placement.replicasOnOneRank[0]?.rank}.`}
          </li>
        )}
        {placement.notes
          .filter((note) => note !== policy.reason)
          .map((note) => (
            <li key={note}>
              <Icon name="note" />
              {note}
            </li>
          ))}
      </ul>
    </section>
  );
}

/** Ranks that fail alike share a line. */
function errorLines(placement: Placement, model: PlacementModel): string[] {
  const ranksOf = new Map<string, number[]>();
  for (const { type, message, ranks } of placement[model].errors) {
    const text = `${type}: ${message}`;
    ranksOf.set(text, [...(ranksOf.get(text) ?? []), ...ranks]);
  }
  return [...ranksOf].map(
    ([text, ranks]) =>
      `${ranks.length === placement.numRanks ? 'Every rank' : `Ranks ${listRanges(ranks.sort((a, b) => a - b))}`}: ${text}`,
  );
}

function rankList(ranks: readonly number[]): string {
  const [first = 0] = ranks;
  return ranks.length === 1 ? `rank ${first}` : `rank ${first} and ${formatCount(ranks.length - 1)} more`;
}
