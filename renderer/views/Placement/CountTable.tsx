import type { Placement } from '../../../electron/common/contract.ts';
import { formatCount, listRanges } from '../../format.ts';
import { ranksHolding } from './placementCells.ts';
import type { ExpertCounts } from './routingHeat.ts';

/** The heat of the grid as numbers, for those who can't see it: one row an expert. */
export function CountTable({ placement, counts }: { placement: Placement; counts: ExpertCounts }) {
  const holders = ranksHolding(placement);
  return (
    <div className="visuallyHidden" data-testid="count-table">
      <table>
        <caption>Tokens sent to each expert by the last run</caption>
        <thead>
          <tr>
            <th scope="col">expert</th>
            <th scope="col">times chosen</th>
            <th scope="col">on ranks</th>
          </tr>
        </thead>
        <tbody>
          {Array.from(counts.of, (count, expert) => ({ count, expert })).map(({ count, expert }) => (
            <tr key={expert}>
              <th scope="row">{expert}</th>
              <td>{formatCount(count)}</td>
              <td>{listRanges(holders[expert] ?? [])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
